// What the palette finds in the fleet by a few typed characters. Pure functions over a snapshot.
#pragma once

#include "store/fleet_snapshot.h"
#include "widgets/views/frame/palette.h"

namespace busbar::console {

/// Sites and nodes whose name holds `typed`, whatever its case, at most `limit`, in the fleet's order. A node's target is its view
/// ("node:SITE/NAME"), a site's is "site:NAME": a query.
std::vector<views::PaletteObject> findObjects(const store::FleetSnapshot& fleet, const QString& typed, int limit);

} // namespace busbar::console
