#include "busbarctl/context.h"

#include "busbarctl/output/stdout.h"
#include "transport/plan_json.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

namespace busbar::ctl {

StatusOr<transport::Profile> Context::profile() const {
    if (!profileName.empty()) return transport::loadProfile(profileName);
    if (const char* name = std::getenv("BUSBAR_PROFILE"); name != nullptr && *name != '\0') return transport::loadProfile(name);
    const auto names = transport::listProfiles();
    if (names.size() == 1) return transport::loadProfile(names.front());
    if (names.empty()) return transport::loadProfile("default");
    return invalid("there are several profiles ({}): choose one with --profile NAME or BUSBAR_PROFILE", fmt::join(names, ", "));
}

Status Context::openSites(const std::vector<std::string>& names) {
    auto loaded = profile();
    if (!loaded.ok()) return invalid("{}", sentenceOf(loaded.status()));
    m_tls = loaded->tls;
    for (const std::string& name : names)
        if (std::none_of(loaded->sites.begin(), loaded->sites.end(), [&](const auto& site) { return site.name == name; })) {
            std::vector<std::string> known;
            for (const auto& site : loaded->sites) known.push_back(site.name);
            return invalid("profile {} has no site '{}'; it has {}", loaded->name, name, fmt::join(known, ", "));
        }
    for (const transport::SiteAddress& site : loaded->sites) {
        if (!names.empty() && std::find(names.begin(), names.end(), site.name) == names.end()) continue;
        m_sites.push_back(site);
        m_links.insert_or_assign(site.name, SiteLink::open(m_tls, site));
    }
    return absl::OkStatus();
}

StatusOr<std::string> Context::openSiteOf(const std::string& actionId) {
    const auto slash = actionId.find('/');
    if (slash == std::string::npos) return invalid("'{}' is no action id: it is site/ULID, see busbarctl actions", actionId);
    const std::string site = actionId.substr(0, slash);
    if (Status opened = openSites({site}); !opened.ok()) return opened;
    return site;
}

std::vector<std::string> Context::siteNames() const {
    std::vector<std::string> names;
    for (const auto& site : m_sites) names.push_back(site.name);
    return names;
}

StatusOr<SiteLink*> Context::link(const std::string& site) {
    const auto found = m_links.find(site);
    if (found == m_links.end()) return invalid("site '{}' is not open", site);
    if (!found->second.ok()) return found->second.status();
    return found->second->get();
}

void Context::print(const nlohmann::ordered_json& value) const { print(transport::printed(value)); }

void Context::print(const std::string& text) const { printed(text); }

void Context::complain(const std::string& sentence) { std::fprintf(stderr, "busbarctl: %s\n", sentence.c_str()); }

Exit Context::fail(const Status& status, const std::string& site) {
    complain(site.empty() ? std::string(sentenceOf(status)) : fmt::format("{}: {}", site, sentenceOf(status)));
    return exitOf(status);
}

bool Context::hasTerminal() { return isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1; }

} // namespace busbar::ctl
