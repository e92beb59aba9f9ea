// The GPUs of one node as a row of small cells by utilisation, for table cells and cards. GUI thread only.
#pragma once

#include "store/fleet_snapshot.h"

#include <QRectF>

class QPainter;

namespace busbar::controls {

/// One cell a GPU slot in `area`, at most 9 px apart: filled by the ramp (SM activity, GPU utilisation where that is not supported),
/// hollow when free and idle, hatched when not known, underlined in P2 or P3 when it is not healthy.
void paintGpuStrip(QPainter& painter, const QRectF& area, const store::SiteSnapshot& site, std::uint32_t node);

} // namespace busbar::controls
