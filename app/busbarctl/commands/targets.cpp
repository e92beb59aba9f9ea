#include "busbarctl/commands/targets.h"

#include "base/ids.h"

#include <algorithm>

namespace busbar::ctl {

void addTargets(CLI::App& command, Targets& targets) {
    command.add_option("IDS", targets.ids, "Nodes: site/name, more with spaces or commas between them")->delimiter(',');
    command.add_option("--filter,-f", targets.filter, "Instead of ids: a query, resolved once by each controller");
    command.add_option("--site", targets.sites, "Only these sites (with --filter)");
}

StatusOr<std::map<std::string, std::vector<std::string>>> idsBySite(const Targets& targets) {
    std::map<std::string, std::vector<std::string>> sites;
    if (targets.ids.empty() == targets.filter.empty()) return invalid("give node ids or --filter, one of the two");
    for (const std::string& text : targets.ids) {
        const auto id = NodeId::parse(text);
        if (!id.ok()) return id.status();
        auto& ids = sites[id->site];
        if (std::find(ids.begin(), ids.end(), text) == ids.end()) ids.push_back(text);
    }
    return sites;
}

Status openTargets(Context& context, const Targets& targets, const std::map<std::string, std::vector<std::string>>& ids) {
    std::vector<std::string> names = targets.sites;
    for (const auto& [site, list] : ids) names.push_back(site);
    return context.openSites(names);
}

} // namespace busbar::ctl
