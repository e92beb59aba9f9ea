#include "transport/profile.h"

#include "base/ids.h"

#include <toml++/toml.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace busbar::transport {
namespace {

constexpr std::size_t kMaxSites = 64;

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

Status wrong(const std::string& path, std::string_view what) { return invalid("profile '{}': {}", path, what); }

StatusOr<SiteAddress> readSite(const std::string& path, const toml::node& node) {
    const toml::table* table = node.as_table();
    if (table == nullptr) return wrong(path, "each [[site]] is a table with name and address");
    SiteAddress site{(*table)["name"].value_or(std::string()), (*table)["address"].value_or(std::string()), (*table)["title"].value_or(std::string())};
    if (!isValidName(site.name)) return wrong(path, fmt::format("site name '{}' is not 1 to 63 letters, digits, '.', '_' or '-'", site.name.substr(0, 80)));
    if (site.address.find(':') == std::string::npos) return wrong(path, fmt::format("site {}: address '{}' is not host:port", site.name, site.address));
    return site;
}

Status readSites(const std::string& path, const toml::table& table, Profile& profile) {
    const toml::array* sites = table["site"].as_array();
    if (sites == nullptr || sites->empty()) return wrong(path, "there is no [[site]] with name and address");
    if (sites->size() > kMaxSites) return wrong(path, fmt::format("{} sites, the limit is {}", sites->size(), kMaxSites));
    for (const toml::node& node : *sites) {
        auto site = readSite(path, node);
        if (!site.ok()) return site.status();
        for (const SiteAddress& other : profile.sites)
            if (other.name == site->name) return wrong(path, fmt::format("site {} is listed twice", site->name));
        profile.sites.push_back(*std::move(site));
    }
    return absl::OkStatus();
}

} // namespace

std::string configDirectory() {
    if (std::string dir = environment("BUSBAR_CONFIG"); !dir.empty()) return dir;
    if (std::string dir = environment("XDG_CONFIG_HOME"); !dir.empty()) return dir + "/busbar";
    return environment("HOME") + "/.config/busbar";
}

std::vector<std::string> listProfiles() {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(configDirectory() + "/profiles", error))
        if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
    std::sort(names.begin(), names.end());
    return names;
}

StatusOr<Profile> loadProfile(const std::string& name) {
    if (!isValidName(name)) return invalid("profile name '{}' is not 1 to 63 letters, digits, '.', '_' or '-'", name.substr(0, 80));
    const std::string path = fmt::format("{}/profiles/{}.toml", configDirectory(), name);
    if (std::filesystem::exists(path)) return loadProfileFile(path);
    const auto others = listProfiles();
    return notFound("there is no profile '{}' ({} does not exist){}", name, path,
                    others.empty() ? "; busbar started without a profile says how to enrol with a site; packaging/demo.sh starts the demo" : fmt::format("; there are: {}", fmt::join(others, ", ")));
}

StatusOr<Profile> loadProfileFile(const std::string& path) {
    toml::table table;
    try {
        table = toml::parse_file(path);
    } catch (const toml::parse_error& error) {
        return wrong(path, fmt::format("line {}: {}", error.source().begin.line, error.description()));
    }
    Profile profile;
    profile.path = path;
    profile.name = std::filesystem::path(path).stem().string();
    const std::filesystem::path base = std::filesystem::path(path).parent_path();
    for (const auto& [key, to] : {std::pair{"ca", &profile.tls.ca}, {"cert", &profile.tls.cert}, {"key", &profile.tls.key}}) {
        const std::string value = table[key].value_or(std::string());
        if (value.empty()) return wrong(path, fmt::format("'{}' (a path to a PEM file) is missing", key));
        *to = (base / value).lexically_normal().string();
    }
    if (Status status = readSites(path, table, profile); !status.ok()) return status;
    return profile;
}

Status writeProfile(const Profile& profile) {
    namespace fs = std::filesystem;
    if (!isValidName(profile.name)) return invalid("profile name '{}' is not 1 to 63 letters, digits, '.', '_' or '-'", profile.name.substr(0, 80));
    for (const std::string& file : {profile.tls.ca, profile.tls.cert, profile.tls.key})
        if (!fs::is_regular_file(file)) return notFound("there is no file {}", file);
    const std::string folder = configDirectory() + "/profiles", path = fmt::format("{}/{}.toml", folder, profile.name);
    if (fs::exists(path)) return absl::AlreadyExistsError(fmt::format("the profile {} exists already ({}): choose another name", profile.name, path));
    toml::table table{{"ca", fs::absolute(profile.tls.ca).string()}, {"cert", fs::absolute(profile.tls.cert).string()}, {"key", fs::absolute(profile.tls.key).string()}};
    toml::array sites;
    for (const SiteAddress& site : profile.sites) sites.push_back(toml::table{{"name", site.name}, {"address", site.address}, {"title", site.title}});
    table.insert("site", std::move(sites));
    std::error_code error;
    fs::create_directories(folder, error);
    {
        std::ofstream file(path);
        file << table << "\n";
        if (!file.good()) return unavailable("{} cannot be written: may you write there?", path);
    }
    const Status readable = loadProfileFile(path).status();
    if (!readable.ok()) fs::remove(path, error);
    return readable;
}

} // namespace busbar::transport
