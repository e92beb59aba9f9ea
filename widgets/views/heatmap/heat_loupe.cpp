#include "widgets/views/heatmap/heat_loupe.h"

#include "widgets/controls/heatmap/heat_palette.h"
#include "widgets/controls/node_sign.h"
#include "widgets/views/parts/look.h"
#include "widgets/views/parts/text.h"

#include <QPainter>

#include <algorithm>

namespace busbar::views {

namespace {

namespace heat = controls::heat;

constexpr int kCellWidth = 8 * items::kCellUnits, kCellHeight = 20, kNameHeight = 16, kNodeGap = 4, kSignPx = 13;

/// The number alone: the unit stands in the legend.
QString shortWords(controls::Fill fill, std::int64_t value) {
    if (value == kNotSupported) return QStringLiteral("n/a");
    if (value < 0) return QStringLiteral("?");
    return fill == controls::Fill::health ? controls::heatWords(fill, value).left(3) : QString::number(value);
}

QColor textOn(const QColor& ground) {
    // The threshold where black and white have the same contrast (WCAG 2 luminance 0.18, lightness about 0.46).
    return ground.lightnessF() > 0.5F ? tone(Tone::onBright) : QColor(Qt::white);
}

} // namespace

HeatLoupe::HeatLoupe(const controls::HeatScene& scene, QWidget* parent) : QWidget(parent), m_scene(scene) {
    setMinimumSize(8 * kCellWidth + 2, kNameHeight + kCellHeight);
    setAccessibleName(QStringLiteral("Loupe"));
}

void HeatLoupe::setCell(const std::optional<items::LayoutHit>& cell) {
    m_cell = cell;
    setAccessibleDescription(caption());
    update();
}

int HeatLoupe::nodeHeight(std::uint32_t node) const { return kNameHeight + m_scene.layout().sites()[m_cell->site].spots[node].lines * kCellHeight + kNodeGap; }

HeatLoupe::Window HeatLoupe::window() const {
    const items::SiteBlock& block = m_scene.layout().sites()[m_cell->site];
    const items::RackBox& rack = m_scene.layout().rackOf(m_cell->site, m_cell->node);
    const auto first = block.order.begin() + rack.firstNode, last = first + rack.nodeCount;
    Window window;
    window.begin = static_cast<std::uint32_t>(std::find(first, last, m_cell->node) - block.order.begin());
    window.end = window.begin + 1;
    int room = height() - nodeHeight(m_cell->node);
    // Nodes above and below in turn, while they fit.
    for (bool grew = true; grew;) {
        grew = false;
        if (window.end < rack.firstNode + rack.nodeCount && nodeHeight(block.order[window.end]) <= room) room -= nodeHeight(block.order[window.end++]), grew = true;
        if (window.begin > rack.firstNode && nodeHeight(block.order[window.begin - 1]) <= room) room -= nodeHeight(block.order[--window.begin]), grew = true;
    }
    return window;
}

QString HeatLoupe::caption() const {
    if (!m_cell) return {};
    const store::SiteSnapshot& site = *m_scene.fleet().sites[m_cell->site];
    const items::RackBox& rack = m_scene.layout().rackOf(m_cell->site, m_cell->node);
    const QString name = site.rack(m_cell->node).empty() ? QStringLiteral("rack ?") : toQt(site.rack(m_cell->node));
    const Window shown = window();
    const QString nodes = shown.end - shown.begin == rack.nodeCount ? countOf(rack.nodeCount, QStringLiteral("node"))
                                                                    : QStringLiteral("%1\u2013%2 of %3").arg(shown.begin - rack.firstNode + 1).arg(shown.end - rack.firstNode).arg(countOf(rack.nodeCount, QStringLiteral("node")));
    return QStringLiteral("%1 \u00b7 %2 \u00b7 8\u00d7").arg(name, nodes);
}

void HeatLoupe::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    if (!m_cell) {
        painter.setFont(face(kDensePx));
        painter.setPen(tone(Tone::muted));
        painter.drawText(rect(), Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap, QStringLiteral("Point at a rack, or move the cursor with the arrows."));
        return;
    }
    const items::SiteBlock& block = m_scene.layout().sites()[m_cell->site];
    const Window shown = window();
    int y = 0;
    for (std::uint32_t i = shown.begin; i < shown.end; ++i) {
        paintNode(painter, block.order[i], y);
        y += nodeHeight(block.order[i]);
    }
}

void HeatLoupe::paintNode(QPainter& painter, std::uint32_t node, int y) const {
    const store::SiteSnapshot& site = *m_scene.fleet().sites[m_cell->site];
    const items::SiteBlock& block = m_scene.layout().sites()[m_cell->site];
    paintSign(painter, controls::nodeSign(site.facts(node), m_scene.nodes(m_cell->site).stale()), QRectF(0, y + 1, kSignPx, kSignPx));
    painter.setFont(face(kCaptionPx, node == m_cell->node));
    painter.setPen(tone(Tone::secondary));
    const QString unit = site.unit(node) > 0 ? QStringLiteral("u%1").arg(site.unit(node), 2, 10, QLatin1Char('0')) : QStringLiteral("u?");
    const QRect words(kSignPx + 5, y, width() - kSignPx - 5, kNameHeight);
    painter.drawText(words, Qt::AlignLeft | Qt::AlignVCenter, painter.fontMetrics().elidedText(QStringLiteral("%1  %2").arg(unit, toQt(site.nodeName(node))), Qt::ElideRight, words.width()));
    const int gpus = block.spots[node].gpus;
    for (int gpu = 0; gpu < gpus; ++gpu)
        paintGpu(painter, node, gpu, QRect(gpu % block.gpusPerLine * kCellWidth, y + kNameHeight + gpu / block.gpusPerLine * kCellHeight, kCellWidth - 1, kCellHeight - 1));
    if (gpus > 0) return;
    QPen dots(tone(Tone::muted), 1, Qt::DotLine);
    painter.setPen(dots);
    painter.drawRect(QRect(0, y + kNameHeight, block.gpusPerLine * kCellWidth - 2, kCellHeight - 2));
    painter.setPen(tone(Tone::muted));
    painter.drawText(QRect(0, y + kNameHeight, block.gpusPerLine * kCellWidth, kCellHeight - 1), Qt::AlignCenter, QStringLiteral("no GPUs"));
}

void HeatLoupe::paintGpu(QPainter& painter, std::uint32_t node, int gpu, const QRect& box) const {
    const std::uint8_t index = m_scene.indexOf(m_cell->site, node, gpu);
    const QColor ground = controls::heatColour(index);
    const bool old = (m_scene.nodes(m_cell->site).flags(node) & controls::HeatNodes::old) != 0;
    painter.fillRect(box, ground);
    if (old || index == heat::kNotRead) paintHatch(painter, box);
    const controls::Fill fill = m_scene.table().fill();
    const std::int64_t value = controls::heatValue(fill, *m_scene.fleet().sites[m_cell->site], m_scene.layout().sites()[m_cell->site].spots[node].firstRow + static_cast<std::uint32_t>(gpu));
    painter.setFont(face(kCaptionPx));
    painter.setPen(heat::isValue(index) && index < heat::kDim ? textOn(ground) : tone(Tone::secondary));
    painter.drawText(box, Qt::AlignCenter, shortWords(fill, value));
    if (node != m_cell->node || gpu != m_cell->gpu) return;
    painter.setPen(QPen(tone(Tone::link), 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(box.adjusted(0, 0, 0, 0));
}

} // namespace busbar::views
