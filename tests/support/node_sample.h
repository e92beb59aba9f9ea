// The node view over made values, to look at: `node` with eight GPUs at work, an XID and a gap; `node-lost` its agent is gone; `node-stale`
// its site is silent; `node-bare` a machine without driver; `node-unknown` an id that nobody knows.
#pragma once

#include "widgets/views/node/node_view.h"

namespace busbar::samples {

/// The view, shown with data that goes on; owned by the caller.
views::NodeView* makeNodeSample(const QString& what);

} // namespace busbar::samples
