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
    config.roles = read.roles();
    if (!read.status().ok()) return read.status();
    if (!isValidName(config.site)) return invalid("{}: `site` = \"{}\" is not a name (1 to 63 letters, digits, . _ -)", path, config.site);
    if (!isValidName(config.name)) return invalid("{}: `name` = \"{}\" is not a name (1 to 63 letters, digits, . _ -)", path, config.name);
    if (config.listen.rfind(':') == std::string::npos) return invalid("{}: `listen` = \"{}\" must be host:port", path, config.listen);
    if (!config.enrolListen.empty() && config.siteCaKey.empty()) return invalid("{}: `enrol_listen` needs `site_ca_cert` and `site_ca_key`", path);
    return config;
}

} // namespace busbar::controller
