#include "widgets/controls/heatmap/heatmap_control.h"

#include "widgets/controls/heatmap/heat_access.h"
#include "widgets/controls/theme.h"

#include <QElapsedTimer>
#include <QPaintEvent>
#include <QPainter>

#include <utility>

namespace busbar::controls {

namespace {

constexpr int kHoverRestMs = 150;
constexpr int kSmallestCursorPx = 8;

} // namespace

HeatmapControl::HeatmapControl(HeatScene& scene, items::NodeSelection& selection, QWidget* parent) : QWidget(parent), m_scene(scene), m_selection(selection) {
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAttribute(Qt::WA_OpaquePaintEvent);
    setMinimumSize(240, 160);
    installHeatmapAccess();
    m_rest.setSingleShot(true);
    m_rest.setInterval(kHoverRestMs);
    connect(&m_rest, &QTimer::timeout, this, [this] { Q_EMIT hoverRested(m_restPosition); });
    connect(&m_selection, &items::NodeSelection::changed, this, &HeatmapControl::refresh);
}

HeatLevel HeatmapControl::level() const { return std::max(m_level, m_camera.finest()); }

QPoint HeatmapControl::devicePoint(QPointF position) const { return (position * devicePixelRatioF()).toPoint(); }

void HeatmapControl::refresh() {
    m_camera.setScene(m_scene.layout().world(), size() * devicePixelRatioF());
    if (std::exchange(m_look, m_scene.lookVersion()) != m_scene.lookVersion()) unhover(); // its numbers may be those of other nodes now
    keepCursor();
    const bool selected = m_selected.update(m_scene, m_selection);
    if (!isVisible() || m_camera.viewport().isEmpty()) return;
    QElapsedTimer timer;
    timer.start();
    const QRect changed = m_raster.update(m_scene, m_camera, level());
    m_rasterMs = static_cast<double>(timer.nsecsElapsed()) / 1e6;
    const double ratio = devicePixelRatioF();
    if (selected || m_overlayMarks != m_scene.marksVersion()) update();
    else if (!changed.isEmpty()) update(QRectF(changed.x() / ratio, changed.y() / ratio, changed.width() / ratio, changed.height() / ratio).toAlignedRect());
    m_overlayMarks = m_scene.marksVersion();
}

void HeatmapControl::setCaptions(QVector<HeatCaption> captions) {
    if (m_overlay.setCaptions(std::move(captions))) update();
}

void HeatmapControl::moved() {
    unhover();
    refresh();
    update();
    Q_EMIT viewMoved();
}

void HeatmapControl::setLevel(HeatLevel level) {
    m_level = level;
    moved();
}

void HeatmapControl::fit() {
    m_camera.fit();
    moved();
}

void HeatmapControl::zoom(int steps) { zoomAt(steps, QPoint(m_camera.viewport().width() / 2, m_camera.viewport().height() / 2)); }

void HeatmapControl::zoomAt(int steps, QPoint anchor) {
    // At the fit there is nothing more to see by going out: the cells come to stand for more instead, and back.
    if (steps < 0 && m_camera.isFit()) m_level = std::min(HeatLevel::row, static_cast<HeatLevel>(static_cast<int>(level()) + 1));
    else if (steps > 0 && m_camera.isFit() && level() > m_camera.finest()) m_level = static_cast<HeatLevel>(static_cast<int>(level()) - 1);
    else m_camera.zoom(steps, anchor);
    moved();
}

void HeatmapControl::centreOn(double x, double y) {
    m_camera.centreOn(x, y);
    moved();
}

items::Box HeatmapControl::cellBox(const items::LayoutHit& cell) const {
    const items::FleetLayout& layout = m_scene.layout();
    switch (level()) {
    case HeatLevel::gpu:
        if (cell.gpu >= 0) return layout.gpuBox(cell.site, cell.node, cell.gpu);
        [[fallthrough]];
    case HeatLevel::node: return layout.nodeBox(cell.site, cell.node);
    case HeatLevel::rack: return layout.rackOf(cell.site, cell.node).box;
    case HeatLevel::row: return layout.stripOf(cell.site, cell.node).box;
    }
    return {};
}

QRectF HeatmapControl::cellRect(const items::LayoutHit& cell) const {
    const QRect pixels = m_camera.pixels(cellBox(cell));
    const double ratio = devicePixelRatioF();
    return {pixels.x() / ratio, pixels.y() / ratio, pixels.width() / ratio, pixels.height() / ratio};
}

std::optional<items::LayoutHit> HeatmapControl::cellAt(QPoint position) const {
    const QPointF world = m_camera.world(devicePoint(position));
    return m_scene.layout().hit(world.x(), world.y());
}

void HeatmapControl::setCursor(const items::LayoutHit& cell) {
    m_cursor = cell;
    m_cursorId = items::nodeId(*m_scene.fleet().sites[cell.site], cell.node);
    m_camera.reveal(cellBox(cell));
    refresh();
    update();
    announceCursor(*this);
    Q_EMIT cursorMoved();
    Q_EMIT viewMoved();
}

/// Nodes get other numbers with a new epoch; the cursor stays with its node.
void HeatmapControl::keepCursor() {
    if (!m_cursor) return;
    const auto slash = m_cursorId.find('/');
    for (std::uint32_t site = 0; site < m_scene.siteCount(); ++site) {
        const store::SiteSnapshot& snapshot = *m_scene.fleet().sites[site];
        if (m_cursorId.compare(0, slash, snapshot.site()) != 0) continue;
        const std::uint32_t node = snapshot.findNode(std::string_view(m_cursorId).substr(slash + 1));
        if (node >= snapshot.nodeCount()) break;
        m_cursor = items::LayoutHit{site, node, std::min(m_cursor->gpu, snapshot.gpuCount(node) - 1)};
        return;
    }
    m_cursor.reset();
}

void HeatmapControl::paintEvent(QPaintEvent* event) {
    QElapsedTimer timer;
    timer.start();
    QPainter painter(this);
    const double ratio = devicePixelRatioF();
    const QRect area = event->rect();
    const QRectF pixels(area.x() * ratio, area.y() * ratio, area.width() * ratio, area.height() * ratio);
    painter.drawImage(QRectF(area), m_raster.image(), pixels);
    const QPixmap& layer = m_overlay.layer(m_scene, m_selected, m_selection.version(), m_camera, level(), ratio);
    painter.drawPixmap(QRectF(area), layer, pixels);
    paintCursor(painter);
    paintLasso(painter);
    if (hasFocus()) {
        painter.setPen(QPen(tone(Tone::link), 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
    }
    m_paintMs = static_cast<double>(timer.nsecsElapsed()) / 1e6;
}

void HeatmapControl::paintCursor(QPainter& painter) const {
    if (!m_cursor || !hasFocus()) return;
    QRectF box = cellRect(*m_cursor).adjusted(-1, -1, 1, 1);
    const double grow = std::max(0.0, kSmallestCursorPx - std::min(box.width(), box.height())) / 2;
    box.adjust(-grow, -grow, grow, grow);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(tone(Tone::onBright), 3));
    painter.drawRect(box);
    painter.setPen(QPen(tone(Tone::link), 1.6));
    painter.drawRect(box);
}

void HeatmapControl::paintLasso(QPainter& painter) const {
    if (m_drag != Drag::lasso || m_lasso.size() < 2) return;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.scale(1 / devicePixelRatioF(), 1 / devicePixelRatioF());
    QColor fill = tone(Tone::link);
    fill.setAlphaF(0.08F);
    painter.setBrush(fill);
    QPen pen(tone(Tone::link), 2 * devicePixelRatioF());
    pen.setDashPattern({3, 1.5});
    painter.setPen(pen);
    painter.drawPolygon(m_lasso);
    painter.restore();
}

void HeatmapControl::resizeEvent(QResizeEvent*) { moved(); }

void HeatmapControl::showEvent(QShowEvent*) { moved(); }

void HeatmapControl::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() != QEvent::PaletteChange && event->type() != QEvent::StyleChange) return;
    m_scene.touch();
    moved();
}

} // namespace busbar::controls
