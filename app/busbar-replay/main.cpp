#include "busbar-replay/link/player.h"
#include "busbar-replay/sources/recording.h"
#include "busbar-replay/sources/simulator.h"
#include "busbar-replay/sources/trace.h"

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>
#include <toml++/toml.h>

#include <cstdlib>
#include <array>
#include <csignal>
#include <cstdio>
#include <unistd.h>

namespace {

using namespace busbar;
using namespace busbar::replay;

std::array<int, 2> stopPipe{-1, -1};

void onStop(int) {
    const char byte = 0;
    [[maybe_unused]] const ssize_t written = write(stopPipe[1], &byte, 1);
}

struct Settings {
    std::string mode = "simulate";
    PlayerOptions player;
    TraceOptions trace;
    RecordingOptions recording;
    SimulatorOptions simulator;

    void setSpeed(double speed) { trace.speed = simulator.speed = recording.speed = speed; }
};

StatusOr<Settings> readSettings(const std::string& path) {
    toml::table table;
    try {
        table = toml::parse_file(path);
    } catch (const toml::parse_error& error) {
        return invalid("{}: line {}: {}", path, error.source().begin.line, error.description());
    }
    const auto text = [&](const char* key, const char* fallback) { return table[key].value_or(std::string(fallback)); };
    Settings settings;
    settings.mode = text("mode", "simulate");
    if (settings.mode != "trace" && settings.mode != "recording" && settings.mode != "simulate") return invalid("{}: mode '{}' is neither trace, recording nor simulate", path, settings.mode);
    settings.player.site = text("site", "");
    settings.player.controller = text("controller", "");
    settings.player.tls = {text("ca", ""), text("cert", ""), text("key", "")};
    if (!isValidName(settings.player.site)) return invalid("{}: site '{}' is no valid name", path, settings.player.site);
    if (settings.player.controller.find(':') == std::string::npos) return invalid("{}: controller '{}' is not host:port", path, settings.player.controller);
    const std::string connections = table["connections"].is_string() ? text("connections", "") : std::to_string(table["connections"].value_or(4));
    settings.player.connections = connections == "per-node" ? 0 : std::atoi(connections.c_str());
    if (settings.player.connections < 0 || (settings.player.connections == 0 && connections != "per-node")) return invalid("{}: connections '{}' is neither a number nor per-node", path, connections);
    const std::string state = text("state", "");
    settings.player.closedFile = state.empty() ? "" : state + "/closed-nodes.txt";
    settings.trace.data = text("data", "../shared/data");
    settings.recording.file = text("recording", "");
    settings.trace.prefix = settings.simulator.prefix = settings.recording.prefix = text("prefix", "g-");
    settings.setSpeed(table["speed"].value_or(settings.mode == "recording" ? 1.0 : 60.0));
    settings.trace.startSeconds = table["start"].value_or(settings.trace.startSeconds);
    settings.simulator.gpus = table["gpus"].value_or(2048);
    settings.simulator.seed = table["seed"].value_or(1U);
    settings.simulator.faultRate = table["fault_rate"].value_or(1.0);
    return settings;
}

Status check(const Settings& settings) {
    if (settings.trace.speed < 0.01 || settings.trace.speed > 100'000) return invalid("speed {} is not 0.01 to 100000", settings.trace.speed);
    if (settings.simulator.gpus < 1 || settings.simulator.gpus > 1'000'000) return invalid("gpus {} is not 1 to 1000000", settings.simulator.gpus);
    if (settings.trace.startSeconds < 0 || settings.trace.startSeconds >= kTraceSeconds) return invalid("start {} is not 0 to {} seconds", settings.trace.startSeconds, kTraceSeconds - 1);
    if (settings.simulator.faultRate < 0 || settings.simulator.faultRate > 1e6) return invalid("fault_rate {} is not 0 to 1000000", settings.simulator.faultRate);
    return absl::OkStatus();
}

StatusOr<std::unique_ptr<SourceModel>> openSource(const Settings& settings) {
    if (settings.mode == "simulate") return std::unique_ptr<SourceModel>(std::make_unique<Simulator>(settings.simulator, systemClock().wallMs()));
    if (settings.mode == "recording") {
        auto recording = Recording::open(settings.recording, systemClock().wallMs());
        if (!recording.ok()) return recording.status();
        spdlog::info("{}", (*recording)->sentence());
        return std::unique_ptr<SourceModel>(*std::move(recording));
    }
    auto trace = Trace::open(settings.trace, systemClock().wallMs());
    if (!trace.ok()) return trace.status();
    for (const ReadReport& report : (*trace)->reports()) spdlog::info("{}", report.sentence());
    return std::unique_ptr<SourceModel>(*std::move(trace));
}

int fail(const Status& status, int code) {
    std::fprintf(stderr, "busbar-replay: %s\n", std::string(sentenceOf(status)).c_str());
    return code;
}

} // namespace

int main(int argc, char** argv) {
    setenv("GRPC_VERBOSITY", "NONE", 0); // gRPC's own lines say less than ours, and go to the user's terminal.
    CLI::App app{"Feeds a Busbar controller with many recorded or simulated nodes, labelled as such."};
    std::string configPath;
    double speed = 0;
    int gpus = 0, connections = -1;
    std::uint32_t seed = 0;
    app.add_option("--config", configPath, "replay.toml")->required();
    auto* speedOption = app.add_option("--speed", speed, "trace, recorded or model seconds per second");
    auto* gpusOption = app.add_option("--gpus", gpus, "GPUs to simulate");
    auto* seedOption = app.add_option("--seed", seed, "of the simulator");
    auto* connectionsOption = app.add_option("--connections", connections, "shared connections; 0: one a node");
    app.set_version_flag("--version", BUSBAR_VERSION);
    CLI11_PARSE(app, argc, argv);
    auto settings = readSettings(configPath);
    if (!settings.ok()) return fail(settings.status(), 2);
    if (*speedOption) settings->setSpeed(speed);
    if (*gpusOption) settings->simulator.gpus = gpus;
    if (*seedOption) settings->simulator.seed = seed;
    if (*connectionsOption) settings->player.connections = connections;
    if (const Status status = check(*settings); !status.ok()) return fail(status, 2);
    if (pipe(stopPipe.data()) != 0) return 1;
    std::signal(SIGTERM, onStop);
    std::signal(SIGINT, onStop);
    auto source = openSource(*settings);
    if (!source.ok()) return fail(source.status(), 1);
    Player player(**source, settings->player, systemClock());
    const Status ended = player.run(stopPipe[0]);
    return ended.ok() ? 0 : fail(ended, 1);
}
