// What mouse and keys do on the heatmap.
#include "widgets/controls/heatmap/heatmap_control.h"

#include <QApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QWheelEvent>

#include <algorithm>

namespace busbar::controls {

namespace {

constexpr int kWheelStep = 120;  ///< QWheelEvent::angleDelta of one notch
constexpr int kLassoStepPx = 4;  ///< between corners of the lasso
constexpr double kOpenedCellPx = 8;

} // namespace

void HeatmapControl::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    unhover();
    m_pressed = m_last = event->pos();
    m_drag = event->modifiers().testFlag(Qt::ShiftModifier) ? Drag::lasso : Drag::pressed;
    m_lassoAdds = event->modifiers().testFlag(Qt::AltModifier);
    m_lasso = QPolygon({devicePoint(event->pos())});
}

void HeatmapControl::mouseMoveEvent(QMouseEvent* event) {
    const QPoint position = event->pos();
    if (m_drag == Drag::pressed && (position - m_pressed).manhattanLength() >= QApplication::startDragDistance()) m_drag = Drag::pan;
    switch (m_drag) {
    case Drag::none: hover(position); break;
    case Drag::pressed: break;
    case Drag::pan:
        m_camera.pan(devicePoint(position) - devicePoint(m_last));
        m_last = position;
        moved();
        break;
    case Drag::lasso:
        if ((devicePoint(position) - m_lasso.last()).manhattanLength() < kLassoStepPx) break;
        m_lasso << devicePoint(position);
        update();
        break;
    }
}

void HeatmapControl::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    const Drag drag = std::exchange(m_drag, Drag::none);
    if (drag == Drag::lasso && m_lasso.size() > 2) endLasso(m_lassoAdds);
    else if (drag == Drag::pressed || drag == Drag::lasso) click(event->pos(), event->modifiers());
    update();
}

void HeatmapControl::endLasso(bool add) {
    const auto ids = nodesInLasso(m_scene, m_camera, m_lasso);
    add ? m_selection.add(ids) : m_selection.set(ids);
}

void HeatmapControl::click(QPoint position, Qt::KeyboardModifiers modifiers) {
    const auto cell = cellAt(position);
    if (!cell) return;
    setCursor(*cell);
    if (modifiers.testFlag(Qt::AltModifier)) {
        Q_EMIT filterRequested(cell->site, cell->node);
        return;
    }
    const auto ids = nodesOfCell(m_scene, level(), cell->site, cell->node);
    if (!modifiers.testFlag(Qt::ControlModifier)) m_selection.set(ids);
    else if (m_selected.contains(cell->site, cell->node)) m_selection.remove(ids);
    else m_selection.add(ids);
}

void HeatmapControl::mouseDoubleClickEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton || !cellAt(event->pos())) return;
    openCursor();
}

void HeatmapControl::wheelEvent(QWheelEvent* event) {
    m_wheel += event->angleDelta().y();
    const int steps = m_wheel / kWheelStep;
    m_wheel %= kWheelStep;
    if (steps != 0) zoomAt(steps, devicePoint(event->position()));
    event->accept();
}

void HeatmapControl::hover(QPoint position) {
    const auto cell = cellAt(position);
    m_restPosition = position;
    if (cell == m_hovered) return;
    m_hovered = cell;
    Q_EMIT hoverLeft();
    Q_EMIT hoverMoved();
    if (cell) m_rest.start();
    else m_rest.stop();
}

void HeatmapControl::unhover() {
    m_rest.stop();
    if (!m_hovered) return;
    m_hovered.reset();
    Q_EMIT hoverLeft();
    Q_EMIT hoverMoved();
}

void HeatmapControl::leaveEvent(QEvent*) { unhover(); }

void HeatmapControl::focusInEvent(QFocusEvent* event) {
    QWidget::focusInEvent(event);
    if (!m_cursor) placeCursor();
    update();
}

/// On the first cell of the fleet.
void HeatmapControl::placeCursor() {
    for (std::uint32_t site = 0; site < m_scene.siteCount(); ++site) {
        const items::SiteBlock& block = m_scene.layout().sites()[site];
        if (block.order.empty()) continue;
        setCursor({site, block.order.front(), block.spots[block.order.front()].gpus > 0 ? 0 : -1});
        return;
    }
}

/// The next cell in that direction, across gaps, labels and sites.
void HeatmapControl::stepCursor(int dx, int dy) {
    if (!m_cursor) return placeCursor();
    const items::Box from = cellBox(*m_cursor), world = m_scene.layout().world();
    double x = from.x + from.width / 2.0, y = from.y + from.height / 2.0;
    const double step = items::kCellUnits / 2.0;
    while (world.contains(x, y)) {
        x += dx * step;
        y += dy * step;
        if (from.contains(x, y)) continue;
        const auto cell = m_scene.layout().hit(x, y);
        if (!cell || cellBox(*cell) == from) continue;
        setCursor(*cell);
        return;
    }
}

void HeatmapControl::openCursor() {
    if (!m_cursor) return;
    if (level() <= HeatLevel::node) {
        Q_EMIT nodeOpened(m_cursor->site, m_cursor->node);
        return;
    }
    // A rack or a row opens by being shown closer.
    const items::Box box = cellBox(*m_cursor);
    m_level = HeatLevel::gpu;
    m_camera.showCells(kOpenedCellPx * devicePixelRatioF(), box.x + box.width / 2.0, box.y + box.height / 2.0);
    moved();
}

void HeatmapControl::keyPressEvent(QKeyEvent* event) {
    if ((event->modifiers() & (Qt::ControlModifier | Qt::MetaModifier)) != 0) return QWidget::keyPressEvent(event);
    switch (event->key()) {
    case Qt::Key_Left: stepCursor(-1, 0); break;
    case Qt::Key_Right: stepCursor(1, 0); break;
    case Qt::Key_Up:
    case Qt::Key_K: stepCursor(0, -1); break;
    case Qt::Key_Down:
    case Qt::Key_J: stepCursor(0, 1); break;
    case Qt::Key_Plus:
    case Qt::Key_Equal: zoom(1); break;
    case Qt::Key_Minus: zoom(-1); break;
    case Qt::Key_0: fit(); break;
    case Qt::Key_X: Q_EMIT planRequested(); break;
    case Qt::Key_Return:
    case Qt::Key_Enter: openCursor(); break;
    case Qt::Key_Space:
        if (m_cursor) {
            const auto ids = nodesOfCell(m_scene, level(), m_cursor->site, m_cursor->node);
            const bool all = std::ranges::all_of(ids, [this](const std::string& id) { return m_selection.contains(id); });
            all ? m_selection.remove(ids) : m_selection.add(ids);
        }
        break;
    case Qt::Key_Escape:
        if (m_drag == Drag::lasso) m_drag = Drag::none;
        else if (!m_selection.empty()) m_selection.clear();
        else return QWidget::keyPressEvent(event);
        update();
        break;
    default: QWidget::keyPressEvent(event);
    }
}

} // namespace busbar::controls
