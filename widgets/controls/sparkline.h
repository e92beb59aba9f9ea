// A line of the last values without axes, for a table's cell. Painter-drawn; GUI thread only.
#pragma once

#include "items/fleet_trends.h"

#include <QRectF>

class QPainter;

namespace busbar::controls {

/// Draws the trend over the whole width of `area`, lowest and highest value of each pixel column joined, between `low` (bottom) and
/// `high` (top); gaps stay open. `past`: muted and dashed. With fewer than two samples nothing is drawn.
void paintSparkline(QPainter& painter, const QRectF& area, const items::Trend& trend, double low, double high, bool past);

} // namespace busbar::controls
