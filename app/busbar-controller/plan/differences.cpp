#include "busbar-controller/plan/differences.h"

#include "base/status.h"
#include "domain/lifecycle.h"

#include <algorithm>

namespace busbar::controller {
namespace {

class Differences {
public:
    void say(std::string sentence) {
        if (++m_count <= kMaxDifferences) m_list.push_back(std::move(sentence));
    }
    template <typename Value>
    void fact(const std::string& node, const char* name, Value before, Value now) {
        if (before != now) say(fmt::format("{}: {} was {}, is {}", node, name, toString(before), toString(now)));
    }
    void larger(const std::string& what, std::int64_t before, std::int64_t now) {
        if (now > before) say(fmt::format("{} touched: {} shown, {} now", what, before, now));
    }
    std::vector<std::string> finish() {
        if (m_count > kMaxDifferences) m_list.push_back(fmt::format("and {} more differences", m_count - kMaxDifferences));
        return std::move(m_list);
    }

private:
    std::vector<std::string> m_list;
    std::size_t m_count = 0;
};

/// A late link is a connected one for this purpose: it comes and goes within seconds and changes nothing about the plan.
Link settled(Link link) { return link == Link::late ? Link::connected : link; }

std::string join(const std::vector<std::string>& list) {
    std::string text;
    for (const std::string& item : list) text += (text.empty() ? "" : ", ") + item;
    return text.empty() ? "none" : text;
}

void compareTarget(Differences& out, const PlanTarget& shown, const PlanTarget& now) {
    if (!shown.queuedBehind.empty()) return; // The action before it changes the node, as shown; it is judged again at its turn.
    out.fact(now.nodeId, "state", shown.facts.state, now.facts.state);
    out.fact(now.nodeId, "service", shown.facts.service, now.facts.service);
    out.fact(now.nodeId, "occupancy", shown.facts.occupancy, now.facts.occupancy);
    out.fact(now.nodeId, "health", shown.facts.health, now.facts.health);
    out.fact(now.nodeId, "link", settled(shown.facts.link), settled(now.facts.link));
    if (shown.leases != now.leases) out.say(fmt::format("{}: leases were {}, are {}", now.nodeId, join(shown.leases), join(now.leases)));
    if (shown.eligible && !now.eligible) out.say(fmt::format("{}: {}", now.nodeId, now.sentence));
    if (!shown.eligible && now.eligible) out.say(fmt::format("{}: was not to run ({}), now would", now.nodeId, shown.sentence));
}

void compareShares(Differences& out, const char* what, const std::vector<Share>& shown, const std::vector<Share>& now) {
    for (const Share& share : now) {
        const auto before = std::find_if(shown.begin(), shown.end(), [&](const Share& other) { return other.name == share.name; });
        out.larger(fmt::format("{} {}", what, share.name), before == shown.end() ? 0 : before->part, share.part);
    }
}

} // namespace

std::vector<std::string> differencesOf(const Plan& shown, const Plan& now) {
    Differences out;
    for (std::size_t i = 0; i < std::min(shown.targets.size(), now.targets.size()); ++i) compareTarget(out, shown.targets[i], now.targets[i]);
    out.larger("nodes", shown.blast.nodes, now.blast.nodes);
    out.larger("GPUs", shown.blast.gpus, now.blast.gpus);
    out.larger("leases", shown.blast.leases, now.blast.leases);
    if (isForced(now.request)) out.larger("processes", shown.blast.processes, now.blast.processes);
    compareShares(out, "GPUs of tenant", shown.blast.tenants, now.blast.tenants);
    compareShares(out, "free GPUs of model", shown.blast.freeByModel, now.blast.freeByModel);
    compareShares(out, "nodes of", shown.blast.failureDomains, now.blast.failureDomains);
    return out.finish();
}

} // namespace busbar::controller
