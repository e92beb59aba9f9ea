// What every command gets: the profile, the output format, links to the sites and the terminal. Not thread-safe, but forSites' work runs
// on a thread per site.
#pragma once

#include "busbarctl/exit_code.h"
#include "busbarctl/link/site_link.h"
#include "transport/profile.h"

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
} // namespace CLI

namespace busbar::ctl {

enum class Format { table, json };

/// What one site answered.
template <typename T>
struct Answer {
    std::string site;
    StatusOr<T> result;
};

class Context {
public:
    // Set by the command line.
    std::string profileName;
    Format format = Format::table;
    /// The chosen command; main runs it after parsing.
    std::function<Exit()> command;

    /// The profile by --profile, $BUSBAR_PROFILE, or the only one there is.
    StatusOr<transport::Profile> profile() const;
    /// Links to these sites of the profile (empty: all). A site that the profile does not have is InvalidArgument; a link that cannot be
    /// opened is an answer of forSites.
    Status openSites(const std::vector<std::string>& names = {});
    /// Opens the site of an action's id "site/ULID" and answers its name.
    StatusOr<std::string> openSiteOf(const std::string& actionId);
    std::vector<std::string> siteNames() const;
    const std::vector<transport::SiteAddress>& sites() const { return m_sites; }
    StatusOr<SiteLink*> link(const std::string& site);

    /// Asks all opened sites at the same time; answers in the profile's order.
    template <typename T>
    std::vector<Answer<T>> forSites(const std::function<StatusOr<T>(SiteLink&)>& ask) {
        std::vector<std::pair<std::string, std::future<StatusOr<T>>>> running;
        for (const transport::SiteAddress& site : m_sites)
            running.emplace_back(site.name, std::async(std::launch::async, [this, &ask, name = site.name]() -> StatusOr<T> {
                                     const auto to = link(name);
                                     if (!to.ok()) return to.status();
                                     return ask(**to);
                                 }));
        std::vector<Answer<T>> answers;
        for (auto& [name, answer] : running) answers.push_back({name, answer.get()});
        return answers;
    }

    bool json() const { return format == Format::json; }
    /// To stdout, pretty, invalid UTF-8 replaced.
    void print(const nlohmann::ordered_json& value) const;
    /// To stdout, as it is.
    void print(const std::string& text) const;
    /// One line to stderr: "busbarctl: …".
    static void complain(const std::string& sentence);
    /// Complains and answers the exit code of the status; `site` (may be empty) leads the sentence.
    static Exit fail(const Status& status, const std::string& site = {});
    /// True when a person can be asked.
    static bool hasTerminal();

private:
    transport::TlsFiles m_tls;
    std::vector<transport::SiteAddress> m_sites;
    std::map<std::string, StatusOr<std::unique_ptr<SiteLink>>> m_links;
};

} // namespace busbar::ctl
