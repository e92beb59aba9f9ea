// A site's header on the heatmap: name, size, counts of marks, where the data come from, how old they are. GUI thread only.
#pragma once

#include "widgets/controls/heatmap/heat_overlay.h"

class QPainter;

namespace busbar::controls {

/// Height of the line of words at the foot of a header.
inline constexpr double kHeatHeaderPx = 17;

/// `header` may be partly outside `view`; the words keep to what is seen of it. `overCells`: on a ground of its own.
void paintHeatHeader(QPainter& painter, const QRectF& header, const QRectF& view, const HeatCaption& caption, const HeatTally& tally, bool overCells);

} // namespace busbar::controls
