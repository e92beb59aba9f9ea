#include "widgets/views/nodes/selection_facts.h"

#include "items/node_values.h"
#include "widgets/views/parts/text.h"

#include <algorithm>
#include <set>

namespace busbar::views {

namespace {

const store::SiteSnapshot* siteNamed(const store::FleetSnapshot& fleet, std::string_view name) {
    const auto found = std::find_if(fleet.sites.begin(), fleet.sites.end(), [name](const store::SitePtr& site) { return site->site() == name; });
    return found == fleet.sites.end() ? nullptr : found->get();
}

} // namespace

SelectionFacts selectionFacts(const std::vector<std::string>& ids, const store::FleetSnapshot& fleet, std::int64_t nowWallMs) {
    SelectionFacts facts{.nodes = static_cast<std::uint32_t>(ids.size())};
    std::set<const LeaseInfo*> leases;
    std::set<std::string_view> tenants;
    for (const std::string& id : ids) {
        const std::string_view all = id, name = all.substr(all.find('/') + 1), siteName = all.substr(0, all.find('/'));
        if (std::find(facts.sites.begin(), facts.sites.end(), siteName) == facts.sites.end()) facts.sites.emplace_back(siteName);
        const store::SiteSnapshot* site = siteNamed(fleet, siteName);
        const std::uint32_t node = site == nullptr ? 0 : site->findNode(name);
        if (site == nullptr || node >= site->nodeCount()) {
            ++facts.notFound;
            continue;
        }
        facts.gpus += static_cast<std::uint32_t>(site->gpuCount(node));
        const Health health = items::isStale(*site, node, nowWallMs) ? Health::unknown : site->facts(node).health;
        ++facts.byHealth[static_cast<std::size_t>(health)];
        for (const LeaseInfo* lease : items::leasesOf(*site, node).leases) {
            leases.insert(lease);
            tenants.insert(lease->tenant);
        }
    }
    facts.leases = static_cast<std::uint32_t>(leases.size());
    facts.tenants = static_cast<std::uint32_t>(tenants.size());
    return facts;
}

QString selectionText(const SelectionFacts& facts) {
    QStringList words{countOf(facts.gpus, QStringLiteral("GPU")), countOf(static_cast<std::int64_t>(facts.sites.size()), QStringLiteral("site")),
                      countOf(facts.leases, QStringLiteral("lease")), countOf(facts.tenants, QStringLiteral("tenant"))};
    QStringList health;
    for (const Health value : {Health::failed, Health::degraded, Health::watch, Health::unknown, Health::ok})
        if (const std::uint32_t count = facts.byHealth[static_cast<std::size_t>(value)]; count > 0) health << QStringLiteral("%1 %2").arg(countText(count), toQt(toString(value)));
    if (!health.isEmpty()) words << health.join(QStringLiteral(", "));
    if (facts.notFound > 0) words << QStringLiteral("%1 not in the data now").arg(countText(facts.notFound));
    return words.join(QStringLiteral(" \u00b7 "));
}

} // namespace busbar::views
