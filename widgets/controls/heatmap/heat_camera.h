// What of the heatmap's world is on the glass and how large: scale and offset in device pixels. All edges are rounded in one way, so that
// the pixel under the pointer and the cell painted there are the same at every zoom. A value; GUI thread by habit.
#pragma once

#include "items/fleet_layout.h"

#include <QPoint>
#include <QPointF>
#include <QRect>
#include <QSize>

#include <cmath>
#include <cstdint>

namespace busbar::controls {

/// What one cell stands for; coarser ones show the worst of theirs.
enum class HeatLevel : std::uint8_t { gpu, node, rack, row };

class HeatCamera {
public:
    /// Device pixels a world unit.
    double scale() const { return m_scale; }
    QSize viewport() const { return m_viewport; }
    QPoint offset() const { return m_offset; }
    bool isFit() const { return m_fit; }
    bool operator==(const HeatCamera&) const = default;

    /// A new world or window: keeps the fit, or the scale and as much of the place as there is.
    void setScene(const items::Box& world, QSize viewport);
    void fit();
    /// One step in (> 0) or out (< 0), with the point under `anchor` held; false at the end of the range.
    bool zoom(int steps, QPoint anchor);
    void pan(QPoint delta);
    void centreOn(double x, double y);
    /// Pans by as little as it takes to show the box.
    void reveal(const items::Box& box);
    /// The scale at which a GPU's cell is at least `px`, around the point.
    void showCells(double px, double x, double y);

    int pixelX(int x) const { return static_cast<int>(std::floor(x * m_scale + 0.5)) - m_offset.x(); }
    int pixelY(int y) const { return static_cast<int>(std::floor(y * m_scale + 0.5)) - m_offset.y(); }
    QRect pixels(const items::Box& box) const { return {QPoint(pixelX(box.x), pixelY(box.y)), QPoint(pixelX(box.right()) - 1, pixelY(box.bottom()) - 1)}; }
    /// World point of a pixel's centre.
    QPointF world(QPoint pixel) const { return {(pixel.x() + m_offset.x() + 0.5) / m_scale, (pixel.y() + m_offset.y() + 0.5) / m_scale}; }
    /// Size of a GPU's cell in pixels.
    double cellPx() const { return items::kCellUnits * m_scale; }
    /// The finest level whose cells are told apart at this scale.
    HeatLevel finest() const;

private:
    double fitScale() const;
    void setScale(double scale, QPoint anchor);
    void keepInside();

    items::Box m_world;
    QSize m_viewport;
    double m_scale = 1;
    QPoint m_offset;
    bool m_fit = true;
};

} // namespace busbar::controls
