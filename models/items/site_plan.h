// The order of one site's nodes on the heatmap and the sizes of its racks and rows, before they get their places (fleet_layout.h).
// Internal to models/items. Pure function, any thread.
#pragma once

#include "items/fleet_layout.h"

namespace busbar::items {

/// Fills everything but x and y.
SiteBlock planSite(const store::SiteSnapshot& site, Arrangement arrangement);

inline constexpr int kRackGapUnits = 2; ///< between racks side by side
inline constexpr int kStripGapUnits = 1;

} // namespace busbar::items
