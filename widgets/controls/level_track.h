// Two small measures for a table's cell: a level on a track with a mark of comparison, and an amount on a common scale. Painter-drawn;
// GUI thread only.
#pragma once

#include <QRectF>

class QPainter;

namespace busbar::controls {

/// A track from 0 to 100 % with a pointer at `percent`, and a dashed tick at `comparison` (below zero: none). `past`: muted pointer.
void paintLevelTrack(QPainter& painter, const QRectF& area, double percent, double comparison, bool past);
/// A bar of `amount` where `scale` fills the width. `past`: hatched.
void paintAmountBar(QPainter& painter, const QRectF& area, double amount, double scale, bool past);

} // namespace busbar::controls
