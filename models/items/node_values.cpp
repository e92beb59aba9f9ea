#include "items/node_values.h"

#include "items/node_selection.h"
#include "items/words.h"

#include <algorithm>
#include <cmath>

namespace busbar::items {
namespace {

using store::SiteSnapshot;

QString unknownText() { return QStringLiteral("?"); }
QString orUnknown(std::string_view text) { return text.empty() ? unknownText() : toQt(text); }

auto valuesOf(const SiteSnapshot& site) {
    return [&site](Metric metric, std::uint32_t row) { return site.value(metric, row); };
}

Measure measureOf(NodeColumn column, const NodeAt& at) {
    const auto value = valuesOf(at.site);
    const std::uint32_t first = at.site.firstRow(at.node);
    const int gpus = at.site.gpuCount(at.node);
    if (column == NodeColumn::utilisation) return utilisationOf(value, first, gpus);
    return column == NodeColumn::power ? powerOf(value, first, gpus) : temperatureOf(value, first, gpus);
}

QString measureText(NodeColumn column, const NodeAt& at) {
    if (at.site.gpuCount(at.node) == 0) return QStringLiteral("none");
    const Measure measure = measureOf(column, at);
    if (!measure.any()) return measure.unread > 0 ? unknownText() : QStringLiteral("n/a");
    if (column == NodeColumn::power) return (measure.unread > 0 ? QStringLiteral("\u2265%1") : QStringLiteral("%1")).arg(measure.value, 0, 'f', 1);
    // Rounding never lets 99.96 % read 100 %.
    const double whole = column == NodeColumn::utilisation && measure.value < 100 ? std::min(99.0, std::round(measure.value)) : std::round(measure.value);
    return QString::number(static_cast<int>(whole));
}

QString measureTip(NodeColumn column, const NodeAt& at) {
    const Measure measure = measureOf(column, at);
    const int gpus = at.site.gpuCount(at.node);
    QStringList words;
    if (measure.unread > 0) words << QStringLiteral("not read from %1 of %2 GPUs").arg(measure.unread).arg(gpus);
    if (measure.unsupported > 0) words << QStringLiteral("not supported by %1 of %2 GPUs").arg(measure.unsupported).arg(gpus);
    if (column == NodeColumn::utilisation && gpus > 0 && at.site.value(Metric::smActive, at.site.firstRow(at.node)) == kNotSupported)
        words << QStringLiteral("GPU utilisation: this model does not report SM activity");
    return words.join(QStringLiteral("; "));
}

QString gpusText(const NodeAt& at) {
    const int gpus = at.site.gpuCount(at.node);
    if (gpus == 0) return QStringLiteral("no GPU");
    QStringList words;
    for (int gpu = 0; gpu < gpus; ++gpu) {
        const std::int64_t plain = utilisationOfGpu(valuesOf(at.site), at.site.firstRow(at.node) + static_cast<std::uint32_t>(gpu));
        words << (plain >= 0 ? QString::number(plain) : plain == kNotSupported ? QStringLiteral("n/a") : unknownText());
    }
    return words.join(QLatin1Char(' '));
}

QString xidText(const NodeAt& at) {
    if (at.site.gpuCount(at.node) == 0) return QStringLiteral("none");
    const XidCount count = xidsOf(at.site, at.node);
    if (count.xid == 0) return count.unread > 0 ? unknownText() : QStringLiteral("none");
    const QString text = QStringLiteral("%1 \u00d7%2").arg(count.xid).arg(count.gpus);
    return count.others == 0 ? text : text + QStringLiteral(" +%1").arg(count.others);
}

QStringList leaseWords(NodeColumn column, const LeasesOfNode& of) {
    QStringList words;
    for (const LeaseInfo* lease : of.leases) {
        const QString word = toQt(column == NodeColumn::lease ? lease->id : lease->tenant);
        if (!words.contains(word)) words << word;
    }
    return words;
}

QString leaseText(NodeColumn column, const NodeAt& at) {
    const LeasesOfNode of = leasesOf(at.site, at.node);
    const QStringList words = leaseWords(column, of);
    if (!words.isEmpty()) return words.size() == 1 ? words.front() : QStringLiteral("%1 +%2").arg(words.front()).arg(words.size() - 1);
    if (of.unknown) return unknownText();
    if (at.site.gpuCount(at.node) == 0) return QStringLiteral("none");
    return column == NodeColumn::tenant ? QString() : at.site.facts(at.node).occupancy == Occupancy::free ? QStringLiteral("free") : QStringLiteral("none");
}

QString ageText(const NodeAt& at) {
    const std::int64_t ms = nodeAgeMs(at.site, at.node, at.nowWallMs);
    if (ms < 0) return unknownText();
    return ms < 60'000 ? QString::number(static_cast<double>(ms) / 1000, 'f', 1) : durationText(ms);
}

QString markText(const NodeAt& at) {
    const NodeFacts facts = at.site.facts(at.node);
    if (const int priority = priorityOf(facts); priority > 0) return QStringLiteral("P%1").arg(priority);
    const bool leaving = facts.service == Service::closing || facts.service == Service::draining;
    return toQt(leaving ? toString(facts.service) : toString(facts.occupancy));
}

QVariant numberOrNothing(bool known, double value) { return known ? QVariant(value) : QVariant(); }
QVariant wordOrNothing(std::string_view text) { return text.empty() || text == "unknown" ? QVariant() : QVariant(toQt(text)); }

} // namespace

XidCount xidsOf(const SiteSnapshot& site, std::uint32_t node) {
    XidCount count;
    std::vector<std::pair<std::int64_t, int>> seen;
    const std::uint32_t first = site.firstRow(node);
    for (std::uint32_t row = first; row < first + static_cast<std::uint32_t>(site.gpuCount(node)); ++row) {
        const std::int64_t xid = site.value(Metric::lastXid, row);
        if (xid == kNotRead) ++count.unread;
        if (xid <= 0) continue;
        const auto found = std::find_if(seen.begin(), seen.end(), [xid](const auto& one) { return one.first == xid; });
        if (found == seen.end()) seen.emplace_back(xid, 1);
        else ++found->second;
    }
    for (const auto& [xid, gpus] : seen)
        if (gpus > count.gpus || (gpus == count.gpus && xid > count.xid)) count.xid = xid, count.gpus = gpus;
    count.others = seen.empty() ? 0 : static_cast<int>(seen.size()) - 1;
    return count;
}

LeasesOfNode leasesOf(const SiteSnapshot& site, std::uint32_t node) {
    LeasesOfNode of;
    const std::uint32_t first = site.firstRow(node);
    std::int64_t last = 0;
    for (std::uint32_t row = first; row < first + static_cast<std::uint32_t>(site.gpuCount(node)); ++row) {
        const std::int64_t index = site.value(Metric::lease, row);
        if (index == last || index == 0) continue;
        last = index;
        const LeaseInfo* lease = index > 0 ? site.lease(static_cast<std::uint32_t>(index)) : nullptr;
        if (lease == nullptr) of.unknown = true;
        else if (std::find(of.leases.begin(), of.leases.end(), lease) == of.leases.end()) of.leases.push_back(lease);
    }
    return of;
}

std::int64_t nodeAgeMs(const SiteSnapshot& site, std::uint32_t node, std::int64_t nowWallMs) {
    const std::int64_t siteAge = store::ageAt(site, nowWallMs), seen = site.lastSeenWallMs(node);
    if (siteAge < 0 || site.facts(node).link == Link::connected) return siteAge;
    return seen <= 0 || site.heartbeatWallMs() <= 0 ? -1 : std::max<std::int64_t>(0, site.heartbeatWallMs() - seen) + siteAge;
}

bool isStale(const SiteSnapshot& site, std::uint32_t node, std::int64_t nowWallMs) {
    const Link link = site.facts(node).link;
    return link == Link::late || link == Link::lost || store::stateAt(site, nowWallMs) != store::SiteState::live;
}

std::string_view shortModel(std::string_view model) {
    constexpr std::string_view kMaker = "NVIDIA ";
    if (model.substr(0, kMaker.size()) == kMaker) model.remove_prefix(kMaker.size());
    const auto memoryKind = model.find(" HBM");
    return memoryKind == std::string_view::npos ? model : model.substr(0, memoryKind);
}

std::string_view columnWord(NodeColumn column, const SiteSnapshot& site, std::uint32_t node, const NodeFacts& facts) {
    switch (column) {
    case NodeColumn::site: return site.site();
    case NodeColumn::source: return toString(site.source(node));
    case NodeColumn::model: return shortModel(site.model(node));
    case NodeColumn::state: return toString(facts.state);
    case NodeColumn::service: return toString(facts.service);
    case NodeColumn::occupancy: return toString(facts.occupancy);
    case NodeColumn::health: return toString(facts.health);
    case NodeColumn::link: return toString(facts.link);
    case NodeColumn::leaf: return site.leaf(node);
    case NodeColumn::hall: return site.hall(node);
    case NodeColumn::row: return site.row(node);
    case NodeColumn::rack: return site.rack(node);
    case NodeColumn::pdu: return site.pdu(node);
    default: return site.driver(node);
    }
}

QString cellText(NodeColumn column, const NodeAt& at) {
    switch (column) {
    case NodeColumn::mark: return markText(at);
    case NodeColumn::node: return toQt(at.site.nodeName(at.node));
    case NodeColumn::source: return toQt(columnWord(column, at.site, at.node, at.site.facts(at.node))).toUpper();
    case NodeColumn::model: return at.site.gpuCount(at.node) == 0 && at.site.model(at.node).empty() ? QStringLiteral("no GPU") : orUnknown(shortModel(at.site.model(at.node)));
    case NodeColumn::state:
    case NodeColumn::service:
    case NodeColumn::occupancy:
    case NodeColumn::health:
    case NodeColumn::link: return toQt(columnWord(column, at.site, at.node, at.site.facts(at.node)));
    case NodeColumn::gpus: return gpusText(at);
    case NodeColumn::utilisation:
    case NodeColumn::power:
    case NodeColumn::temperature: return measureText(column, at);
    case NodeColumn::xid: return xidText(at);
    case NodeColumn::lease:
    case NodeColumn::tenant: return leaseText(column, at);
    case NodeColumn::rackClass: return at.rack.nodes == 0 ? unknownText() : QStringLiteral("%1/%2").arg(at.rack.healthy).arg(at.rack.nodes);
    case NodeColumn::unit: return at.site.unit(at.node) == 0 ? unknownText() : QString::number(at.site.unit(at.node));
    case NodeColumn::age: return ageText(at);
    default: return orUnknown(columnWord(column, at.site, at.node, at.site.facts(at.node)));
    }
}

QString cellTip(NodeColumn column, const NodeAt& at) {
    switch (column) {
    case NodeColumn::mark:
    case NodeColumn::node: return QString::fromStdString(nodeId(at.site, at.node));
    case NodeColumn::model: return toQt(at.site.model(at.node));
    case NodeColumn::lease:
    case NodeColumn::tenant: return leaseWords(column, leasesOf(at.site, at.node)).join(QStringLiteral(", "));
    case NodeColumn::utilisation:
    case NodeColumn::power:
    case NodeColumn::temperature: return measureTip(column, at);
    case NodeColumn::age: return at.site.facts(at.node).link == Link::connected ? QStringLiteral("Since the site's last word; its controller had heard the agent less than 3 s before") : QStringLiteral("Since the agent's last message");
    case NodeColumn::rackClass: return at.rack.nodes == 0 ? QString() : QStringLiteral("%1 of %2 nodes of rack %3 are healthy").arg(at.rack.healthy).arg(at.rack.nodes).arg(orUnknown(at.site.rack(at.node)));
    default: return cellText(column, at);
    }
}

QVariant cellRaw(NodeColumn column, const NodeAt& at) {
    switch (column) {
    case NodeColumn::mark: return priorityOf(at.site.facts(at.node));
    case NodeColumn::model: return wordOrNothing(at.site.model(at.node));
    case NodeColumn::source:
    case NodeColumn::state:
    case NodeColumn::service:
    case NodeColumn::occupancy:
    case NodeColumn::health:
    case NodeColumn::link: return wordOrNothing(columnWord(column, at.site, at.node, at.site.facts(at.node)));
    case NodeColumn::utilisation:
    case NodeColumn::power:
    case NodeColumn::temperature: {
        const Measure measure = measureOf(column, at);
        return numberOrNothing(measure.any(), measure.value);
    }
    case NodeColumn::xid: {
        const XidCount count = xidsOf(at.site, at.node);
        return numberOrNothing(count.xid != 0 || count.unread == 0, static_cast<double>(count.xid));
    }
    case NodeColumn::lease:
    case NodeColumn::tenant: return leaseWords(column, leasesOf(at.site, at.node)).join(QLatin1Char(' '));
    case NodeColumn::rackClass: return numberOrNothing(at.rack.nodes > 0, at.rack.healthy);
    case NodeColumn::unit: return numberOrNothing(at.site.unit(at.node) > 0, at.site.unit(at.node));
    case NodeColumn::age: {
        const std::int64_t ms = nodeAgeMs(at.site, at.node, at.nowWallMs);
        return numberOrNothing(ms >= 0, static_cast<double>(ms) / 1000);
    }
    case NodeColumn::node: return toQt(at.site.nodeName(at.node));
    case NodeColumn::gpus: return gpusText(at);
    default: return wordOrNothing(columnWord(column, at.site, at.node, at.site.facts(at.node)));
    }
}

} // namespace busbar::items
