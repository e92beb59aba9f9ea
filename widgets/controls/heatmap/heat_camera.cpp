#include "widgets/controls/heatmap/heat_camera.h"

#include <algorithm>

namespace busbar::controls {

namespace {

constexpr int kMarginPx = 8;
constexpr double kLargestScale = 16; ///< a cell of 64 px
constexpr double kSmallestScale = 1.0 / 256;
constexpr double kStep = 1.25;
/// From here on lines of nodes fall on whole pixels when the scale is a multiple of this.
constexpr double kCrispFrom = 0.4, kCrispStep = 1.0 / items::kLineUnits;

/// `scale` on the grid of crisp scales: the nearest one with a bias of 0.5, the one below with kDown, the one above with kUp.
constexpr double kNear = 0.5, kDown = 1e-9, kUp = 1 - 1e-9;
double crisp(double scale, double bias) { return scale < kCrispFrom ? scale : std::floor(scale / kCrispStep + bias) * kCrispStep; }

} // namespace

double HeatCamera::fitScale() const {
    const double width = std::max(1, m_viewport.width() - 2 * kMarginPx), height = std::max(1, m_viewport.height() - 2 * kMarginPx);
    const double scale = std::min(width / std::max(1, m_world.width), height / std::max(1, m_world.height));
    return std::clamp(crisp(scale, kDown), kSmallestScale, kLargestScale / 4);
}

void HeatCamera::setScene(const items::Box& world, QSize viewport) {
    if (world == m_world && viewport == m_viewport) return;
    m_world = world;
    m_viewport = viewport;
    if (m_fit) fit();
    else keepInside();
}

void HeatCamera::fit() {
    m_fit = true;
    m_scale = fitScale();
    m_offset = QPoint(-kMarginPx, -kMarginPx);
}

void HeatCamera::setScale(double scale, QPoint anchor) {
    const QPointF held = world(anchor);
    m_scale = std::clamp(scale, fitScale(), kLargestScale);
    m_offset = QPoint(static_cast<int>(std::lround(held.x() * m_scale)) - anchor.x(), static_cast<int>(std::lround(held.y() * m_scale)) - anchor.y());
    m_fit = m_scale <= fitScale();
    if (m_fit) fit();
    else keepInside();
}

bool HeatCamera::zoom(int steps, QPoint anchor) {
    const double before = m_scale;
    double scale = m_scale;
    for (int i = 0; i < std::abs(steps); ++i) {
        const double next = steps > 0 ? crisp(scale * kStep, kNear) : crisp(scale / kStep, kNear);
        scale = steps > 0 ? std::max(next, scale + (scale >= kCrispFrom ? kCrispStep : 0)) : std::min(next, scale - (scale > kCrispFrom ? kCrispStep : 0));
    }
    setScale(scale, anchor);
    return m_scale != before;
}

void HeatCamera::pan(QPoint delta) {
    m_offset -= delta;
    keepInside();
}

void HeatCamera::centreOn(double x, double y) {
    m_offset = QPoint(static_cast<int>(std::lround(x * m_scale)) - m_viewport.width() / 2, static_cast<int>(std::lround(y * m_scale)) - m_viewport.height() / 2);
    keepInside();
}

void HeatCamera::reveal(const items::Box& box) {
    const QRect rect = pixels(box);
    const QRect view(kMarginPx, kMarginPx, m_viewport.width() - 2 * kMarginPx, m_viewport.height() - 2 * kMarginPx);
    if (view.contains(rect)) return;
    QPoint delta;
    if (rect.left() < view.left()) delta.setX(view.left() - rect.left());
    else if (rect.right() > view.right()) delta.setX(view.right() - rect.right());
    if (rect.top() < view.top()) delta.setY(view.top() - rect.top());
    else if (rect.bottom() > view.bottom()) delta.setY(view.bottom() - rect.bottom());
    pan(delta);
}

void HeatCamera::showCells(double px, double x, double y) {
    m_scale = std::clamp(std::max(m_scale, crisp(px / items::kCellUnits, kUp)), fitScale(), kLargestScale);
    m_fit = m_scale <= fitScale();
    centreOn(x, y);
    if (m_fit) fit();
}

void HeatCamera::keepInside() {
    const auto kept = [](int offset, double length, int view) {
        const int most = static_cast<int>(std::ceil(length)) + kMarginPx - view;
        return most <= -kMarginPx ? -kMarginPx : std::clamp(offset, -kMarginPx, most);
    };
    m_offset = QPoint(kept(m_offset.x(), m_world.width * m_scale, m_viewport.width()), kept(m_offset.y(), m_world.height * m_scale, m_viewport.height()));
}

HeatLevel HeatCamera::finest() const {
    constexpr int kRackHeight = 4 * items::kLineUnits;
    if (items::kLineUnits * m_scale >= 1) return HeatLevel::gpu;
    return kRackHeight * m_scale >= 1 ? HeatLevel::rack : HeatLevel::row;
}

} // namespace busbar::controls
