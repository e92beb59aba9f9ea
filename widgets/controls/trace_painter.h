// Draws a trace of pixel columns as an oscilloscope does: each column a vertical stroke from its lowest to its highest value, joined with
// its neighbours, blended straight into an image (QPainter's polylines take a hundred times as long for dense readings). Where the
// readings stop, a hatch. GUI thread only.
#pragma once

#include "items/trace.h"

#include <QColor>
#include <QRectF>

class QPainter;

namespace busbar::controls {

/// Colour of the first or second line of a chart, with the contrast that the theme of the moment needs.
QColor traceColour(int index);

struct TraceFrame {
    QRectF area; ///< device-independent pixels
    std::int64_t firstColumn = 0, lastColumn = 0; ///< at the left and right edge
    double ratio = 1; ///< device pixels, which are the columns, per device-independent pixel
    double low = 0, high = 100; ///< values at the bottom and at the top
    double x(std::int64_t column) const { return area.left() + (static_cast<double>(column - firstColumn) + 0.5) / ratio; }
    double y(double value) const { return area.bottom() - (value - low) / (high - low) * area.height(); }
};

struct TraceStyle {
    QColor colour;
    bool dashed = false; ///< told apart without colour; the dashes stay with their moment when the window moves
    double ground = 0; ///< opacity of the area below, 0 none
};
void paintTrace(QPainter& painter, const items::Trace& trace, const TraceFrame& frame, const TraceStyle& style);
/// Fills each column from its lowest to its highest value, and between columns that are joined: what is usual, behind a line.
void paintTraceBand(QPainter& painter, const items::Trace& trace, const TraceFrame& frame, const QColor& colour);
/// Hatches the stretches without readings; those shorter than `shortest` columns at the right edge are the newest value's age.
void paintTraceGaps(QPainter& painter, const items::Trace& trace, const TraceFrame& frame, std::int64_t shortest);

} // namespace busbar::controls
