#include "widgets/views/heatmap/hover_facts.h"

#include "items/node_values.h"

#include "widgets/controls/node_sign.h"
#include "widgets/views/heatmap/site_captions.h"
#include "widgets/views/parts/text.h"

namespace busbar::views {

namespace {

using controls::HeatLevel;
using store::SiteSnapshot;

constexpr std::string_view kMaker = "NVIDIA ";

/// A value of one GPU; "?" with the reason in words when there is none.
Run valueRun(const SiteSnapshot& site, Metric metric, std::uint32_t row, const QString& unit, bool old) {
    const std::int64_t value = site.value(metric, row);
    if (value == kNotSupported) return plain(QStringLiteral("not supported"), Tone::muted);
    if (value < 0) return plain(QStringLiteral("? not read"), Tone::muted);
    return old ? plain(QString::number(value) + unit, Tone::muted) : strong(QString::number(value) + unit);
}

Run orUnknown(std::string_view text) { return text.empty() ? plain(QStringLiteral("?"), Tone::muted) : plain(toQt(text)); }

/// "b01 · row f · U12"
QString placeWords(const SiteSnapshot& site, std::uint32_t node) {
    QStringList words;
    for (const std::string_view part : {site.hall(node), site.row(node)})
        if (!part.empty()) words << toQt(part);
    if (site.unit(node) > 0) words << QStringLiteral("U%1").arg(site.unit(node));
    return words.isEmpty() ? QStringLiteral("?") : words.join(QStringLiteral(" \u00b7 "));
}

void addLease(HoverFacts& facts, const SiteSnapshot& site, std::uint32_t row) {
    const std::int64_t index = site.value(Metric::lease, row);
    const LeaseInfo* lease = index > 0 ? site.lease(static_cast<std::uint32_t>(index)) : nullptr;
    if (lease != nullptr) {
        facts.rows << HoverFacts::Row{QStringLiteral("lease"), {plain(QStringLiteral("%1 %2").arg(toQt(lease->id), toQt(lease->tenant)))}};
        facts.rows << HoverFacts::Row{QStringLiteral("until"), {plain(lease->untilWallMs > 0 ? dayText(lease->untilWallMs) : QStringLiteral("open-ended"))}};
        return;
    }
    facts.rows << HoverFacts::Row{QStringLiteral("lease"), {plain(index == 0 ? QStringLiteral("none") : QStringLiteral("?"), Tone::muted)}};
    const std::int64_t occupancy = site.value(Metric::occupancy, row);
    facts.rows << HoverFacts::Row{QStringLiteral("is"), {occupancy < 0 ? plain(QStringLiteral("?"), Tone::muted) : plain(toQt(toString(static_cast<Occupancy>(occupancy))))}};
}

void addGpu(HoverFacts& facts, const SiteSnapshot& site, std::uint32_t row, bool old) {
    const QString percent = QStringLiteral(" %"), celsius = QStringLiteral(" \u00b0C");
    const auto add = [&](const QString& label, Runs value) { facts.rows << HoverFacts::Row{label, std::move(value)}; };
    add(QStringLiteral("SM active"), {valueRun(site, Metric::smActive, row, percent, old)});
    add(QStringLiteral("GPU util"), {valueRun(site, Metric::gpuUtil, row, percent, old)});
    add(QStringLiteral("power"), {valueRun(site, Metric::power, row, QStringLiteral(" W"), old)});
    add(QStringLiteral("memory"), {valueRun(site, Metric::memUsedPercent, row, percent, old)});
    add(QStringLiteral("temp"), {valueRun(site, Metric::temperature, row, celsius, old)});
    add(QStringLiteral("HBM"), {valueRun(site, Metric::memTemperature, row, celsius, old)});
    add(QStringLiteral("SM clock"), {valueRun(site, Metric::smClock, row, QStringLiteral(" MHz"), old)});
    const std::int64_t xid = site.value(Metric::lastXid, row);
    add(QStringLiteral("XID 24 h"), {xid == 0 ? plain(QStringLiteral("none")) : xid > 0 ? strong(QString::number(xid)) : plain(QStringLiteral("?"), Tone::muted)});
    const std::int64_t health = site.value(Metric::health, row);
    add(QStringLiteral("health"), {plain(controls::heatWords(controls::Fill::health, health), health < 0 ? Tone::muted : Tone::text)});
}

void addNode(HoverFacts& facts, const SiteSnapshot& site, std::uint32_t node) {
    const NodeFacts five = site.facts(node);
    facts.rows << HoverFacts::Row{QStringLiteral("node"), {plain(QStringLiteral("%1 \u00b7 %2").arg(toQt(toString(five.service)), toQt(toString(five.health))))}};
    facts.rows << HoverFacts::Row{QStringLiteral("leaf"), {orUnknown(site.leaf(node))}};
    facts.rows << HoverFacts::Row{QStringLiteral("PDU"), {orUnknown(site.pdu(node))}};
}

/// The service of one GPU: its node's, or its own where it is closed apart.
void addService(HoverFacts& facts, const SiteSnapshot& site, const items::LayoutHit& cell, const NodeDetail* detail) {
    Run word = plain(QStringLiteral("?"), Tone::muted);
    if (detail != nullptr && cell.gpu < std::ssize(detail->gpus)) {
        const GpuDetail& gpu = detail->gpus[static_cast<std::size_t>(cell.gpu)];
        const bool apart = isClosedApart(gpu.service);
        word = apart ? strong(toQt(toString(gpu.service))) : plain(toQt(toString(site.facts(cell.node).service)));
        if (apart) facts.notes << QStringLiteral("GPU %1 is %2 apart from its node: %3").arg(cell.gpu).arg(toQt(toString(gpu.service)), gpu.serviceWhy.empty() ? QStringLiteral("why was not told") : toQt(gpu.serviceWhy));
    }
    facts.rows << HoverFacts::Row{QStringLiteral("service"), {word}};
}

/// Which GPUs of a node are closed apart from it.
void addClosedApart(HoverFacts& facts, const NodeDetail* detail) {
    QStringList closed;
    for (std::size_t i = 0; detail != nullptr && i < detail->gpus.size(); ++i)
        if (isClosedApart(detail->gpus[i].service)) closed << QStringLiteral("GPU %1 %2").arg(i).arg(toQt(toString(detail->gpus[i].service)));
    if (!closed.isEmpty()) facts.notes << QStringLiteral("Apart from the node: %1").arg(closed.join(QStringLiteral(", ")));
}

void addSummary(HoverFacts& facts, const controls::HeatScene& scene, HeatLevel level, const items::LayoutHit& cell) {
    const controls::HeatSummary summary = summaryOf(scene, level, cell);
    const controls::Fill fill = scene.table().fill();
    const auto add = [&](const QString& label, const Run& value) { facts.rows << HoverFacts::Row{label, {value}}; };
    if (level > HeatLevel::node) add(QStringLiteral("nodes"), plain(countText(summary.nodes)));
    add(QStringLiteral("GPUs"), plain(countText(summary.gpus)));
    const Tone tone = summary.lastKnown ? Tone::muted : Tone::text;
    add(controls::worstWord(fill), strong(controls::heatWords(fill, worstValue(fill, summary)), kDensePx, tone));
    if (fill != controls::Fill::health) {
        const std::int64_t best = controls::infoOf(fill).lowIsWorst ? summary.high : summary.low;
        add(controls::infoOf(fill).lowIsWorst ? QStringLiteral("highest") : QStringLiteral("lowest"), plain(controls::heatWords(fill, best), tone));
    }
    add(QStringLiteral("not read"), plain(countText(summary.notRead)));
    add(QStringLiteral("no metric"), plain(countText(summary.notSupported)));
    if (summary.old > 0) add(QStringLiteral("stale"), plain(countText(summary.old)));
}

QString titleOf(const SiteSnapshot& site, HeatLevel level, const items::LayoutHit& cell) {
    const QString name = toQt(site.site());
    if (level == HeatLevel::row) return QStringLiteral("%1 \u00b7 row %2").arg(name, toQt(site.row(cell.node)));
    if (level == HeatLevel::rack) return QStringLiteral("%1 \u00b7 rack %2").arg(name, site.rack(cell.node).empty() ? QStringLiteral("?") : toQt(site.rack(cell.node)));
    const QString node = QStringLiteral("%1/%2").arg(name, toQt(site.nodeName(cell.node)));
    return level == HeatLevel::gpu && cell.gpu >= 0 ? QStringLiteral("%1 \u00b7 GPU %2").arg(node).arg(cell.gpu) : node;
}

Sign signOf(int priority) { return priority == 1 ? Sign::p1 : priority == 2 ? Sign::p2 : priority == 3 ? Sign::p3 : Sign::none; }

} // namespace

HoverFacts hoverFacts(const controls::HeatScene& scene, HeatLevel level, const items::LayoutHit& cell, std::int64_t nowWallMs, const NodeDetail* detail) {
    const SiteSnapshot& site = *scene.fleet().sites[cell.site];
    const bool old = (scene.nodes(cell.site).flags(cell.node) & controls::HeatNodes::old) != 0;
    HoverFacts facts{.title = titleOf(site, level, cell)};
    if (level > HeatLevel::node) {
        facts.sign = signOf(heatCellPriority(scene, level, cell));
        addSummary(facts, scene, level, cell);
        return facts;
    }
    facts.sign = controls::nodeSign(site.facts(cell.node), scene.nodes(cell.site).stale());
    const std::int64_t age = items::nodeAgeMs(site, cell.node, nowWallMs);
    facts.source = QStringLiteral("%1 \u00b7 %2").arg(toQt(toString(site.source(cell.node))), age >= 0 ? durationText(age) : QStringLiteral("never heard of"));
    std::string_view model = site.model(cell.node);
    if (model.starts_with(kMaker)) model.remove_prefix(kMaker.size()); // all are; the room is for what differs
    facts.rows << HoverFacts::Row{QStringLiteral("model"), {orUnknown(model)}};
    facts.rows << HoverFacts::Row{QStringLiteral("place"), {plain(placeWords(site, cell.node))}};
    if (level == HeatLevel::gpu && cell.gpu >= 0) {
        const std::uint32_t row = site.firstRow(cell.node) + static_cast<std::uint32_t>(cell.gpu);
        addGpu(facts, site, row, old);
        addService(facts, site, cell, detail);
        addNode(facts, site, cell.node);
        addLease(facts, site, row);
    } else {
        addSummary(facts, scene, HeatLevel::node, cell);
        addNode(facts, site, cell.node);
        addClosedApart(facts, detail);
    }
    if (old) facts.notes << QStringLiteral("Values are the last known: %1.").arg(scene.nodes(cell.site).stale() ? QStringLiteral("the link to %1 is not live").arg(toQt(site.site())) : QStringLiteral("the node is %1").arg(toQt(toString(site.facts(cell.node).link))));
    return facts;
}

} // namespace busbar::views
