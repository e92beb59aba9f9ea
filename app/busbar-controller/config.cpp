#include "busbar-controller/config.h"

#include "base/ids.h"
#include "domain/role.h"

#include <toml++/toml.h>

#include <filesystem>

namespace busbar::controller {
namespace {

namespace fs = std::filesystem;

class Reader {
public:
    Reader(const toml::table& table, std::string file) : m_table(table), m_file(std::move(file)) {}

    std::string text(const char* key, bool required) {
        const auto value = m_table[key].value<std::string>();
        if (!value && (required || m_table.contains(key))) fail(invalid("{}: `{}` must be a text", m_file, key));
        return value.value_or("");
    }
    std::string path(const char* key, bool required) {
        const std::string value = text(key, required);
        if (value.empty() || fs::path(value).is_absolute()) return value;
        return (fs::path(m_file).parent_path() / value).lexically_normal().string();
    }
    /// `to` stays as it is where the file has no such key.
    void number(const char* section, const char* key, std::int64_t min, std::int64_t max, std::int64_t& to) {
        const auto node = m_table[section][key];
        if (!node) return;
        const auto value = node.value_exact<std::int64_t>();
        if (!value || *value < min || *value > max) fail(invalid("{}: `{}` of [{}] must be a number from {} to {}", m_file, key, section, min, max));
        else to = *value;
    }
    std::map<std::string, std::vector<std::string>> roles() {
        std::map<std::string, std::vector<std::string>> roles;
        const toml::table* table = m_table["roles"].as_table();
        if (table == nullptr) return roles;
        for (const auto& [user, list] : *table) {
            const toml::array* words = list.as_array();
            if (words == nullptr) fail(invalid("{}: roles of {} must be a list, as [\"viewer\"]", m_file, user.str()));
            for (std::size_t i = 0; words != nullptr && i < words->size(); ++i) {
                const std::string word = (*words)[i].value_or(std::string());
                if (!parseRole(word)) fail(invalid("{}: {} has the role `{}`, known are viewer, operator, planner, technician, admin", m_file, user.str(), word));
                roles[std::string(user.str())].push_back(word);
            }
        }
        return roles;
    }
    void fail(Status status) {
        if (m_status.ok()) m_status = std::move(status);
    }
    const Status& status() const { return m_status; }

private:
    const toml::table& m_table;
    const std::string m_file;
    Status m_status;
};

constexpr std::int64_t kMostNodes = 20'000;

void readPace(Reader& read, Config::Pace& pace) {
    read.number("limits", "concurrent", 1, kMostNodes, pace.concurrent);
    read.number("limits", "per_pdu", 1, kMostNodes, pace.perPdu);
    read.number("limits", "per_leaf", 1, kMostNodes, pace.perLeaf);
    read.number("limits", "approval_nodes", 0, kMostNodes, pace.approvalNodes);
    read.number("waves", "from_nodes", 1, kMostNodes, pace.wavesFromNodes);
    read.number("waves", "first_nodes", 1, kMostNodes, pace.firstWaveNodes);
    read.number("waves", "second_percent", 1, 100, pace.secondWavePercent);
    read.number("breaker", "failures", 1, kMostNodes, pace.breakerFailures);
    read.number("breaker", "percent", 1, 100, pace.breakerPercent);
    read.number("site_breaker", "percent", 1, 100, pace.sitePercent);
    read.number("site_breaker", "nodes", 1, kMostNodes, pace.siteNodes);
    read.number("site_breaker", "minutes", 1, 1'440, pace.siteMinutes);
}

void readBaseline(Reader& read, const toml::table& table, const std::string& path, Config& config) {
    const auto driver = table["baseline"]["driver"];
    config.baselineDriver = driver.value_or(std::string());
    if (driver && config.baselineDriver.empty()) read.fail(invalid("{}: `driver` of [baseline] must be a version, as \"570.124.06\"", path));
    const toml::table* vbios = table["baseline"]["vbios"].as_table();
    if (table["baseline"]["vbios"] && vbios == nullptr) read.fail(invalid("{}: [baseline.vbios] must be a table of models and versions", path));
    if (vbios == nullptr) return;
    for (const auto& [model, version] : *vbios) {
        config.baselineVbios[std::string(model.str())] = version.value_or(std::string());
        if (config.baselineVbios[std::string(model.str())].empty()) read.fail(invalid("{}: `{}` of [baseline.vbios] must be a version, as \"96.00.C8.00.01\"", path, model.str()));
    }
}

void readLeaseEnd(Reader& read, const toml::table& table, const std::string& path, Config& config) {
    read.number("lease_end", "grace_minutes", 0, 44'640, config.leaseGraceMinutes);
    const auto policy = table["lease_end"]["at_deadline"];
    if (!policy) return;
    const std::string word = policy.value_or(std::string());
    const auto parsed = parseDeadlinePolicy(word);
    if (!parsed) read.fail(invalid("{}: `at_deadline` of [lease_end] is \"{}\", known are wait, ask and force", path, word));
    config.leaseEndPolicy = parsed.value_or(DeadlinePolicy::wait);
}

} // namespace

StatusOr<Config> loadConfig(const std::string& path) {
    if (!fs::exists(path)) return notFound("no configuration file {}: give one with --config", path);
    toml::table table;
    try {
        table = toml::parse_file(path);
    } catch (const toml::parse_error& error) {
        return invalid("{} line {}: {}", path, error.source().begin.line, error.description());
    }
    Reader read(table, fs::absolute(path).string());
    Config config;
    config.site = read.text("site", true);
    config.name = read.text("name", true);
    config.listen = read.text("listen", true);
    config.enrolListen = read.text("enrol_listen", false);
    config.statePath = read.path("state", true);
    config.ca = read.path("ca", true);
    config.cert = read.path("cert", true);
    config.key = read.path("key", true);
    config.siteCaCert = read.path("site_ca_cert", false);
    config.siteCaKey = read.path("site_ca_key", false);
    config.logPath = read.path("log", false);
    config.healthPath = read.path("health", false);
    config.thresholdsPath = read.path("thresholds", false);
    const std::string newNodes = read.text("new_nodes", false);
    if (!newNodes.empty() && newNodes != "ready" && newNodes != "discovered") read.fail(invalid("{}: `new_nodes` is \"{}\", known are ready and discovered", path, newNodes));
    config.newNodesReady = newNodes != "discovered";
    const std::string approval = read.text("approval", false);
    if (!approval.empty() && approval != "second-person" && approval != "none") read.fail(invalid("{}: `approval` is \"{}\", known are second-person and none", path, approval));
    config.approval = approval != "none";
    readPace(read, config.pace);
    readLeaseEnd(read, table, path, config);
    readBaseline(read, table, path, config);
    config.roles = read.roles();
    if (!read.status().ok()) return read.status();
    if (!isValidName(config.site)) return invalid("{}: `site` = \"{}\" is not a name (1 to 63 letters, digits, . _ -)", path, config.site);
    if (!isValidName(config.name)) return invalid("{}: `name` = \"{}\" is not a name (1 to 63 letters, digits, . _ -)", path, config.name);
    if (config.listen.rfind(':') == std::string::npos) return invalid("{}: `listen` = \"{}\" must be host:port", path, config.listen);
    if (!config.enrolListen.empty() && config.siteCaKey.empty()) return invalid("{}: `enrol_listen` needs `site_ca_cert` and `site_ca_key`", path);
    return config;
}

} // namespace busbar::controller
