#include "busbar-agent/config.h"

#include "base/ids.h"

#include <sys/stat.h>
#include <toml++/toml.h>

#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace busbar::agent {
namespace {

Status readPolicy(const toml::table& table, AgentPolicy& policy) {
    const std::string settings = table["policy"]["settings"].value_or(std::string("read-only"));
    const std::string terminate = table["policy"]["terminate"].value_or(std::string("never"));
    const std::string reboot = table["policy"]["reboot"].value_or(std::string("never"));
    if (settings != "read-only" && settings != "allowed") return invalid("[policy] settings is '{}': read-only or allowed", settings);
    if (terminate != "never" && terminate != "holders") return invalid("[policy] terminate is '{}': never or holders", terminate);
    if (reboot != "never" && reboot != "allowed") return invalid("[policy] reboot is '{}': never or allowed", reboot);
    policy = {settings == "allowed", terminate == "holders", reboot == "allowed"};
    return absl::OkStatus();
}

Status readReboot(const toml::table& table, Config& config) {
    config.simulatedBootId = table["simulated"]["boot_id"].value_or(std::string());
    const toml::node_view<const toml::node> command = table["reboot"]["command"];
    if (!command) return absl::OkStatus();
    config.rebootCommand.clear();
    if (const toml::array* words = command.as_array())
        for (const toml::node& word : *words) config.rebootCommand.push_back(word.value_or(std::string()));
    const std::string program = config.rebootCommand.empty() ? std::string() : config.rebootCommand.front();
    if (!program.starts_with('/')) return invalid("[reboot] command must be a list that begins with an absolute path, as [\"/usr/bin/systemctl\", \"reboot\"]");
    return absl::OkStatus();
}

Status readPlace(const toml::table& table, Place& place) {
    const std::pair<const char*, std::string*> fields[] = {{"hall", &place.hall}, {"row", &place.row}, {"rack", &place.rack}, {"leaf", &place.leaf}, {"rail", &place.rail},
                                                           {"pdu", &place.pdu},   {"feed", &place.feed}, {"loop", &place.loop}};
    for (const auto& [key, to] : fields) {
        *to = table["place"][key].value_or(std::string());
        if (!to->empty() && !isValidName(*to)) return invalid("[place] {} '{}' is not 1 to 63 letters, digits, '.', '_' or '-'", key, *to);
    }
    place.unit = table["place"]["unit"].value_or(0);
    if (place.unit < 0 || place.unit > 60) return invalid("[place] unit {} is not 0 to 60", place.unit);
    return absl::OkStatus();
}

Status readLink(const toml::table& table, LinkConfig& link) {
    if (const toml::array* controllers = table["controllers"].as_array())
        for (const toml::node& node : *controllers) link.controllers.push_back(node.value_or(std::string()));
    if (link.controllers.empty()) return invalid("'controllers' lists no address (host:port)");
    for (const std::string& address : link.controllers)
        if (address.find(':') == std::string::npos) return invalid("controller address '{}' is not host:port", address);
    link.tls = {table["ca"].value_or(std::string()), table["cert"].value_or(std::string()), table["key"].value_or(std::string())};
    if (link.tls.ca.empty() || link.tls.cert.empty() || link.tls.key.empty()) return invalid("'ca', 'cert' and 'key' must name PEM files: enrol this node with busbarctl pki enrol");
    return absl::OkStatus();
}

// The file decides what may be changed on this machine, so only root (or the agent's own user) may write it.
Status checkOwner(const std::string& path) {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0) return notFound("no configuration {}: {}", path, std::strerror(errno));
    if (info.st_uid != 0 && info.st_uid != geteuid()) return refused("{} is not owned by root: it decides what this agent may change, so chown it to root", path);
    const bool groupWrites = (info.st_mode & S_IWGRP) != 0 && info.st_gid != 0 && info.st_gid != getegid();
    if (groupWrites || (info.st_mode & S_IWOTH) != 0) return refused("{} can be written by others: it decides what this agent may change, so chmod go-w it", path);
    return absl::OkStatus();
}

} // namespace

StatusOr<Config> readConfig(const std::string& path) {
    if (Status status = checkOwner(path); !status.ok()) return status;
    toml::table table;
    try {
        table = toml::parse_file(path);
    } catch (const toml::parse_error& error) {
        return invalid("{}: line {}: {}", path, error.source().begin.line, error.description());
    }
    Config config;
    config.nodeId = table["node"].value_or(std::string());
    const auto id = NodeId::parse(config.nodeId);
    if (!id.ok()) return invalid("{}: {}", path, sentenceOf(id.status()));
    config.link.site = id->site;
    config.state = table["state"].value_or(std::string());
    if (config.state.empty()) return invalid("{}: 'state' must name a folder for the journal", path);
    config.hooks = table["hooks"].value_or(std::string());
    config.hookSeconds = table["hook_seconds"].value_or(60);
    if (config.hookSeconds < 1 || config.hookSeconds > 3'600) return invalid("{}: 'hook_seconds' {} is not 1 to 3600", path, config.hookSeconds);
    config.kmsg = table["kmsg"].value_or(std::string(kKernelLog));
    config.nvml = table["driver"]["nvml"].value_or(std::string());
    config.quickHoldSeconds = table["burn_in"]["quick_hold_seconds"].value_or(config.quickHoldSeconds);
    if (config.quickHoldSeconds < 1 || config.quickHoldSeconds > 240) return invalid("{}: [burn_in] quick_hold_seconds {} is not 1 to 240", path, config.quickHoldSeconds);
    config.scrubRounds = table["scrub"]["rounds"].value_or(config.scrubRounds);
    if (config.scrubRounds < 1 || config.scrubRounds > 1'000) return invalid("{}: [scrub] rounds {} is not 1 to 1000", path, config.scrubRounds);
    config.cuda = table["driver"]["cuda"].value_or(std::string());
    config.gpuSilenceSeconds = table["driver"]["silence_seconds"].value_or(config.gpuSilenceSeconds);
    if (config.gpuSilenceSeconds < 2 || config.gpuSilenceSeconds > 3'600) return invalid("{}: [driver] silence_seconds {} is not 2 to 3600", path, config.gpuSilenceSeconds);
    for (const Status& status : {readLink(table, config.link), readPolicy(table, config.policy), readPlace(table, config.place), readReboot(table, config)})
        if (!status.ok()) return invalid("{}: {}", path, sentenceOf(status));
    return config;
}

} // namespace busbar::agent
