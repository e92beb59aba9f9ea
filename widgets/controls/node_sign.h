// The one mark of a node, the same in table, heatmap and lists. Pure functions.
#pragma once

#include "domain/facts.h"
#include "widgets/controls/marks.h"

namespace busbar::controls {

/// P1 wins, then draining, P2, P3, then what the node is busy with. `stale`: the site's link is not live, so that the last priority stands
/// with a "?".
Sign nodeSign(const NodeFacts& facts, bool stale = false);

} // namespace busbar::controls
