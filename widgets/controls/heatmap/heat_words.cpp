#include "widgets/controls/heatmap/heat_words.h"

#include "domain/facts.h"

#include <QLocale>
#include <QStringList>

#include <algorithm>
#include <span>

namespace busbar::controls {

namespace {

QString toQt(std::string_view text) { return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size())); }

/// The nodes that the cell stands for.
std::span<const std::uint32_t> nodesOf(const HeatScene& scene, HeatLevel level, const items::LayoutHit& cell) {
    const items::SiteBlock& block = scene.layout().sites()[cell.site];
    if (level <= HeatLevel::node) return {&cell.node, 1};
    const items::StripBox& strip = scene.layout().stripOf(cell.site, cell.node);
    const items::RackBox& first = block.racks[level == HeatLevel::row ? strip.firstRack : block.spots[cell.node].rack];
    const items::RackBox& last = block.racks[level == HeatLevel::row ? strip.firstRack + strip.rackCount - 1 : block.spots[cell.node].rack];
    return {&block.order[first.firstNode], last.firstNode + last.nodeCount - first.firstNode};
}

void take(HeatSummary& summary, std::int64_t value) {
    if (value == kNotSupported) ++summary.notSupported;
    if (value == kNotRead) ++summary.notRead;
    if (value < 0) return;
    summary.low = summary.low < 0 ? value : std::min(summary.low, value);
    summary.high = std::max(summary.high, value);
}

QString worstWords(const HeatScene& scene, HeatLevel level, const items::LayoutHit& cell) {
    const HeatSummary summary = summaryOf(scene, level, cell);
    if (summary.gpus == 0) return QStringLiteral("no GPUs");
    const Fill fill = scene.table().fill();
    const std::int64_t worst = summary.low < 0 && summary.notSupported == summary.gpus ? kNotSupported : worstValue(fill, summary);
    return QStringLiteral("%1 GPUs, %2 %3 %4%5").arg(QLocale(QLocale::English).toString(summary.gpus), worstWord(fill), infoOf(fill).key, heatWords(fill, worst), summary.lastKnown ? QStringLiteral(", last known") : QString());
}

} // namespace

HeatSummary summaryOf(const HeatScene& scene, HeatLevel level, const items::LayoutHit& cell) {
    HeatSummary fresh, old;
    const store::SiteSnapshot& site = *scene.fleet().sites[cell.site];
    for (const std::uint32_t node : nodesOf(scene, level, cell)) {
        const items::NodeSpot& spot = scene.layout().sites()[cell.site].spots[node];
        const bool isOld = (scene.nodes(cell.site).flags(node) & HeatNodes::old) != 0;
        ++fresh.nodes;
        fresh.gpus += spot.gpus;
        if (isOld) fresh.old += spot.gpus;
        for (std::uint32_t row = spot.firstRow; row < spot.firstRow + spot.gpus; ++row) take(isOld ? old : fresh, heatValue(scene.table().fill(), site, row));
    }
    fresh.lastKnown = fresh.gpus > 0 && fresh.old == fresh.gpus;
    if (!fresh.lastKnown) return fresh;
    fresh.notRead = old.notRead;
    fresh.notSupported = old.notSupported;
    fresh.low = old.low;
    fresh.high = old.high;
    return fresh;
}

std::int64_t worstValue(Fill fill, const HeatSummary& summary) { return infoOf(fill).lowIsWorst ? summary.low : summary.high; }

QString worstWord(Fill fill) { return infoOf(fill).lowIsWorst ? QStringLiteral("lowest") : fill == Fill::health ? QStringLiteral("worst") : QStringLiteral("highest"); }

int heatCellPriority(const HeatScene& scene, HeatLevel level, const items::LayoutHit& cell) {
    int worst = 0;
    for (const std::uint32_t node : nodesOf(scene, level, cell))
        if (const int priority = priorityOf(scene.fleet().sites[cell.site]->facts(node)); priority > 0 && (worst == 0 || priority < worst)) worst = priority;
    return worst;
}

QString heatCellWords(const HeatScene& scene, HeatLevel level, const items::LayoutHit& cell) {
    const store::SiteSnapshot& site = *scene.fleet().sites[cell.site];
    QStringList words;
    if (level == HeatLevel::row) words << QStringLiteral("row %1").arg(toQt(site.row(cell.node)));
    else words << QStringLiteral("rack %1").arg(site.rack(cell.node).empty() ? QStringLiteral("?") : toQt(site.rack(cell.node)));
    if (level <= HeatLevel::node) words << (site.unit(cell.node) > 0 ? QStringLiteral("U%1").arg(site.unit(cell.node)) : QStringLiteral("U?"));
    if (level == HeatLevel::gpu && cell.gpu >= 0) {
        words << QStringLiteral("GPU %1").arg(cell.gpu) << heatWords(scene.table().fill(), heatValue(scene.table().fill(), site, site.firstRow(cell.node) + static_cast<std::uint32_t>(cell.gpu)));
        if ((scene.nodes(cell.site).flags(cell.node) & HeatNodes::old) != 0) words << QStringLiteral("last known");
    } else {
        words << worstWords(scene, level, cell);
    }
    if (const int priority = heatCellPriority(scene, level, cell); priority > 0) words << QStringLiteral("P%1").arg(priority);
    return words.join(QStringLiteral(", "));
}

} // namespace busbar::controls
