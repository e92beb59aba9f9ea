// The heatmap for assistive technology: a grid with the cell at the cursor as its child, read as "rack r12, U14, GPU 3, 91 %, P2".
// GUI thread only.
#pragma once

namespace busbar::controls {

class HeatmapControl;

/// Makes QAccessible know the control; any number of times.
void installHeatmapAccess();
/// The cursor is on another cell.
void announceCursor(HeatmapControl& control);

} // namespace busbar::controls
