#include "widgets/views/node/head_facts.h"

#include "domain/lifecycle.h"
#include "widgets/views/node/node_words.h"
#include "widgets/views/parts/text.h"

#include <algorithm>

namespace busbar::views {

namespace {

constexpr int kShortId = 8;

/// When a fact last changed, from the node's history; 0 unknown.
std::int64_t changedAt(const NodeDetail* detail, std::string_view fact) {
    if (detail == nullptr) return 0;
    for (auto change = detail->history.rbegin(); change != detail->history.rend(); ++change)
        if (change->fact == fact) return change->wallMs;
    return 0;
}

QString sinceText(const NodeRef& node, std::string_view fact) {
    const std::int64_t at = changedAt(node.detail, fact);
    return at > 0 ? QStringLiteral("since %1 \u00b7 %2").arg(momentText(at, node.siteNowMs), ageText(at, node.siteNowMs)) : QString();
}

/// Rack and unit; hall and row are in the breadcrumb and the tooltip.
QString placeOf(const NodeRef& node) {
    if (node.detail != nullptr) return placeText({.rack = node.detail->place.rack, .unit = node.detail->place.unit});
    return node.listed ? placeText({.rack = std::string(node.site->rack(node.node)), .unit = node.site->unit(node.node)}) : QString();
}

QString gpusOf(const NodeRef& node) {
    if (node.detail != nullptr && !node.detail->gpus.empty()) return gpusText(node.detail->gpus);
    if (node.gpus() > 0)
        return QStringLiteral("%1 \u00d7 %2")
            .arg(node.gpus())
            .arg(node.site->model(node.node).empty() ? QStringLiteral("unknown model") : shortModel(std::string(node.site->model(node.node))));
    return QStringLiteral("no GPU known");
}

QString occupancyText(const NodeRef& node, const std::vector<NodeLease>& leases) {
    const QString word = toQt(toString(node.facts().occupancy));
    int held = 0;
    for (const NodeLease& lease : leases) held += lease.here;
    return held > 0 ? QStringLiteral("%1 %2 of %3").arg(word).arg(held).arg(node.gpus()) : word;
}

QString leaseNote(const std::vector<NodeLease>& leases) {
    if (leases.empty()) return {};
    if (leases.size() > 1) return countOf(std::ssize(leases), QStringLiteral("lease"));
    return QStringLiteral("%1 %2").arg(toQt(leases[0].info.id), toQt(leases[0].info.tenant));
}

QString healthNote(const NodeRef& node) {
    if (node.detail == nullptr || node.detail->findings.empty()) return {};
    const auto worst = std::max_element(node.detail->findings.begin(), node.detail->findings.end(),
                                        [](const Finding& a, const Finding& b) { return a.health < b.health; });
    const QString more = node.detail->findings.size() > 1 ? QStringLiteral(" +%1").arg(node.detail->findings.size() - 1) : QString();
    return QStringLiteral("%1, since %2%3").arg(toQt(worst->component), momentText(worst->sinceWallMs, node.siteNowMs), more);
}

QString linkNote(const NodeRef& node) {
    QStringList words{QStringLiteral("%1 ago").arg(ageText(node.lastSeenWallMs(), node.siteNowMs))};
    if (node.detail != nullptr && !node.detail->inventory.bootId.empty())
        words << QStringLiteral("boot %1").arg(toQt(node.detail->inventory.bootId).left(kShortId));
    if (node.detail != nullptr && !node.detail->agentVersion.empty()) words << QStringLiteral("agent %1").arg(toQt(node.detail->agentVersion));
    return words.join(QStringLiteral(" \u00b7 "));
}

QString exitsText(NodeState state) {
    switch (state) {
    case NodeState::triage: return QStringLiteral("in triage: next repair, then discovered again");
    case NodeState::repair: return QStringLiteral("in repair: next discovered, inspection and burn-in again");
    case NodeState::retired: return QStringLiteral("retired");
    default: return QStringLiteral("exits: triage \u2192 repair \u2192 discovered \u00b7 retired");
    }
}

} // namespace

HeadFacts headFacts(const NodeRef& node, const std::vector<NodeLease>& leases, const Neighbours& neighbours, bool stale) {
    const NodeFacts facts = node.facts();
    HeadFacts head{.name = nameOf(node.id), .source = node.source(), .facts = facts, .stale = stale};
    QStringList line{gpusOf(node), placeOf(node)};
    if (node.detail != nullptr && !node.detail->inventory.serial.empty()) line << QStringLiteral("SN %1").arg(toQt(node.detail->inventory.serial));
    line.removeAll(QString());
    head.line = line.join(QStringLiteral(" \u00b7 "));
    head.tip = QStringLiteral("%1\n%2").arg(toQt(node.id), head.line);
    if (node.detail != nullptr) {
        head.tip += QStringLiteral("\n%1").arg(placeText(node.detail->place));
        for (const std::string& sentence : node.detail->inventory.provenance)
            head.sourceTip += (head.sourceTip.isEmpty() ? QString() : QStringLiteral("\n")) + toQt(sentence);
        if (!node.detail->inventory.driver.empty()) head.tip += QStringLiteral("\n%1").arg(toQt(node.detail->inventory.driver));
    }
    head.stateNote = sinceText(node, "state");
    head.serviceNote = sinceText(node, "service");
    head.occupancy = occupancyText(node, leases);
    head.occupancyNote = leaseNote(leases);
    head.healthNote = healthNote(node);
    head.linkNote = linkNote(node);
    if (neighbours.rackNodes > 0) {
        head.rack = QStringLiteral("%1 of %2 healthy").arg(neighbours.rackHealthy).arg(neighbours.rackNodes);
        head.rackNote = node.listed ? QStringLiteral("rack %1").arg(toQt(node.site->rack(node.node))) : QString();
    }
    head.steps = lifecycleSteps(facts.state, node.detail == nullptr ? std::vector<FactChange>{} : node.detail->history);
    head.exits = exitsText(facts.state);
    head.drainOff = verbOff(Verb::drain, facts);
    head.returnOff = verbOff(Verb::giveBack, facts);
    return head;
}

std::vector<NodeLease> leasesOf(const NodeRef& node) {
    std::vector<NodeLease> leases;
    if (!node.listed) return leases;
    const store::SiteSnapshot& site = *node.site;
    const std::uint32_t first = site.firstRow(node.node);
    for (std::uint32_t row = first; row < first + static_cast<std::uint32_t>(site.gpuCount(node.node)); ++row) {
        const std::int64_t index = site.value(Metric::lease, row);
        const LeaseInfo* info = index > 0 ? site.lease(static_cast<std::uint32_t>(index)) : nullptr;
        if (info == nullptr) continue;
        const auto same = std::find_if(leases.begin(), leases.end(), [info](const NodeLease& one) { return one.info.index == info->index; });
        if (same == leases.end()) leases.push_back({*info, 1});
        else ++same->here;
    }
    if (leases.empty()) return leases;
    std::vector<std::uint32_t> lastNode(leases.size(), UINT32_MAX);
    for (std::uint32_t other = 0; other < site.nodeCount(); ++other)
        for (std::uint32_t row = site.firstRow(other); row < site.firstRow(other) + static_cast<std::uint32_t>(site.gpuCount(other)); ++row)
            for (std::size_t i = 0; i < leases.size(); ++i) {
                if (site.value(Metric::lease, row) != leases[i].info.index) continue;
                ++leases[i].gpus;
                if (lastNode[i] != other) ++leases[i].nodes;
                lastNode[i] = other;
            }
    std::stable_sort(leases.begin(), leases.end(), [](const NodeLease& a, const NodeLease& b) { return a.here > b.here; });
    return leases;
}

namespace {

QString serviceOff(Verb verb, Service service) {
    if (isAlready(verb, service)) return verb == Verb::drain ? QStringLiteral("it is drained already") : QStringLiteral("it is open already");
    const bool moving = service == Service::closing || service == Service::draining;
    if (verb == Verb::drain && moving) return QStringLiteral("it is %1 already").arg(toQt(toString(service)));
    if (verb == Verb::giveBack && moving) return QStringLiteral("it is %1; cancel that action instead").arg(toQt(toString(service)));
    return service == Service::opening ? QStringLiteral("it is opening") : QString();
}

QString leaseOff(const NodeFacts& facts) {
    if (facts.state != NodeState::ready) return QStringLiteral("it is %1, only ready nodes are leased").arg(toQt(toString(facts.state)));
    if (facts.service != Service::open) return QStringLiteral("it is %1, not open").arg(toQt(toString(facts.service)));
    return facts.occupancy == Occupancy::free ? QString() : QStringLiteral("it is %1, not free").arg(toQt(toString(facts.occupancy)));
}

} // namespace

// A hint for the person: the plan of the controller decides, with more facts than are here.
QString verbOff(Verb verb, const NodeFacts& facts) {
    const bool free = facts.occupancy == Occupancy::free || facts.occupancy == Occupancy::unknown;
    switch (verb) {
    case Verb::drain:
    case Verb::giveBack: return serviceOff(verb, facts.service);
    case Verb::lease: return leaseOff(facts);
    case Verb::release: return free ? QStringLiteral("it is %1, there is no lease to end").arg(toQt(toString(facts.occupancy))) : QString();
    case Verb::provision: return free || facts.occupancy == Occupancy::scrubFailed ? QString() : QStringLiteral("it is %1").arg(toQt(toString(facts.occupancy)));
    case Verb::swap: return facts.occupancy == Occupancy::leased ? QString() : QStringLiteral("it is %1, in no lease that goes on").arg(toQt(toString(facts.occupancy)));
    default: return {};
    }
}

} // namespace busbar::views
