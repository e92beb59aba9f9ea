// The words of the sites' headers on the heatmap: size, where the data come from, how old they are. Pure functions.
#pragma once

#include "store/fleet_snapshot.h"
#include "widgets/controls/heatmap/heat_overlay.h"

#include <cstdint>
#include <vector>

namespace busbar::views {

controls::HeatCaption siteCaption(const store::SiteSnapshot& site, std::int64_t nowWallMs);
QVector<controls::HeatCaption> siteCaptions(const store::FleetSnapshot& fleet, std::int64_t nowWallMs);
/// By site: whether its link is anything but live.
std::vector<bool> staleSites(const store::FleetSnapshot& fleet, std::int64_t nowWallMs);
/// "live", "replayed + simulated": where the data of these nodes come from.
QString sourceWords(std::uint32_t live, std::uint32_t replayed, std::uint32_t simulated);

} // namespace busbar::views
