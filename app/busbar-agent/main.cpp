#include "busbar-agent/agent.h"

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <array>
#include <csignal>
#include <cstdio>
#include <unistd.h>

namespace {

std::array<int, 2> stopPipe{-1, -1};

void onStop(int) {
    const char byte = 0;
    [[maybe_unused]] const ssize_t written = write(stopPipe[1], &byte, 1);
}

} // namespace

int main(int argc, char** argv) {
    setenv("GRPC_VERBOSITY", "NONE", 0); // gRPC's own lines say less than ours, and go to the user's terminal.
    CLI::App app{"Busbar's agent: reads this node's GPUs and runs the steps of its site's controller."};
    std::string configPath, nvmlPath;
    bool inventory = false;
    app.add_option("--config", configPath, "agent.toml")->envname("BUSBAR_AGENT_CONFIG");
    app.add_flag("--inventory", inventory, "print what the agent sees of this machine and end");
    app.add_option("--nvml", nvmlPath, "driver library for --inventory (default: the system's)");
    app.set_version_flag("--version", BUSBAR_VERSION);
    CLI11_PARSE(app, argc, argv);
    if (inventory) {
        std::fputs(busbar::agent::describeMachine(nvmlPath).c_str(), stdout);
        return 0;
    }
    if (configPath.empty()) {
        std::fputs("busbar-agent: --config names no file\n", stderr);
        return 2;
    }
    auto config = busbar::agent::readConfig(configPath);
    if (!config.ok()) {
        std::fprintf(stderr, "busbar-agent: %s\n", std::string(busbar::sentenceOf(config.status())).c_str());
        return 2;
    }
    if (pipe(stopPipe.data()) != 0) return 1;
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGTERM, onStop);
    std::signal(SIGINT, onStop);
    auto agent = busbar::agent::Agent::open(*std::move(config));
    if (!agent.ok()) {
        std::fprintf(stderr, "busbar-agent: %s\n", std::string(busbar::sentenceOf(agent.status())).c_str());
        return 1;
    }
    (*agent)->run(stopPipe[0]);
    return 0;
}
