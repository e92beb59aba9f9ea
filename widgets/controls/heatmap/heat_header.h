// A site's header on the heatmap: name, size, counts of marks, where the data come from, how old they are. GUI thread only.
#pragma once

#include "widgets/controls/heatmap/heat_overlay.h"

class QPainter;

namespace busbar::controls {

/// `header` may be partly outside `view`; the words keep to what is seen of it.
void paintHeatHeader(QPainter& painter, const QRectF& header, const QRectF& view, const HeatCaption& caption, const HeatTally& tally);

} // namespace busbar::controls
