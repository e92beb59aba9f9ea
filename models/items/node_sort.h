// Order of a request's nodes: the query's engine filters and sorts; columns whose value is made of several GPUs' (mean, sum) or of several
// facts (mark, age) are sorted here by what their cells show. Pure functions, any thread.
#pragma once

#include "items/node_query_worker.h"

#include <atomic>

namespace busbar::items {

/// The answer but its number and the parts' counts; a cancelled one has a status that says so.
NodeAnswer orderNodes(const NodeRequest& request, const std::atomic<bool>& cancel);

} // namespace busbar::items
