// busbar-controller: the truth of one site. See config.h for the file it reads.
#include "busbar-controller/config.h"
#include "busbar-controller/server.h"
#include "transport/handshake_log.h"

#include <CLI/CLI.hpp>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdio>

namespace {

/// Logs go to the file of the configuration, else to stderr: stdout has only the line that says where the controller listens.
void openLog(const std::string& path) {
    if (path.empty())
        spdlog::set_default_logger(spdlog::stderr_logger_mt("controller"));
    else
        spdlog::set_default_logger(spdlog::basic_logger_mt("controller", path));
    spdlog::set_pattern("%Y-%m-%d %H:%M:%S.%e %L %v");
    spdlog::flush_on(spdlog::level::info);
}

int fail(const busbar::Status& status) {
    std::fprintf(stderr, "busbar-controller: %s\n", std::string(status.message()).c_str());
    return 1;
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("Controller of one Busbar site", "busbar-controller");
    std::string configPath;
    app.add_option("--config", configPath, "controller.toml")->required();
    app.set_version_flag("--version", BUSBAR_VERSION);
    CLI11_PARSE(app, argc, argv);

    // Blocked before any thread starts, so that only sigwait below sees them.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    const auto config = busbar::controller::loadConfig(configPath);
    if (!config.ok()) return fail(config.status());
    try {
        openLog(config->logPath);
    } catch (const spdlog::spdlog_ex& error) {
        return fail(busbar::unavailable("cannot write the log {}: {}", config->logPath, error.what()));
    }
    busbar::transport::tellRefusedClients([](const std::string& sentence) { spdlog::warn("{}", sentence); });
    auto server = busbar::controller::ControllerServer::start(*config);
    if (!server.ok()) return fail(server.status());
    std::printf("listening on %s\n", (*server)->address().c_str());
    std::fflush(stdout);
    spdlog::info("controller {} of site {} listens on {}", config->name, config->site, (*server)->address());
    int signal = 0;
    sigwait(&signals, &signal);
    spdlog::info("stopping on signal {}", signal);
    return 0;
}
