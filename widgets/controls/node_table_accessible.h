// What a screen reader gets of the node table: rows and columns as shown, each cell with its head and value. Qt's own interface for item
// views crashes on Qt 6.4 when its table is empty, reset or closed while a reader holds a cell (console.md §4); here a cell outlives
// neither the table nor a reset, and says so when asked. GUI thread only.
#pragma once

namespace busbar::controls {

/// Makes NodeTable accessible; may be called again.
void installNodeTableAccessible();

} // namespace busbar::controls
