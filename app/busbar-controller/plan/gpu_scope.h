// A plan that is about some GPUs of one node (lifecycle.md §3, scope). Pure, thread-safe.
#pragma once

#include "busbar-controller/core/ports.h"

#include <string>
#include <vector>

namespace busbar::controller {

/// UUIDs of the GPUs asked for, each by its UUID or its slot ("3"), in the order of the slots; NotFound names what the node lacks.
StatusOr<std::vector<std::string>> resolveScope(const std::vector<std::string>& asked, const NodeStatus& node);
/// True for slots of the scope; of an empty scope: all.
bool isInScope(const std::vector<std::string>& scope, const NodeStatus& node, std::size_t slot);
/// The node as if it had only the GPUs of the scope: their service, leases, processes and power. That is made in `room`; of an empty scope it is
/// `node` itself, not copied. Lives as long as both.
const NodeStatus& scopedTo(const std::vector<std::string>& scope, const NodeStatus& node, NodeStatus& room);
/// A GPU's own service; open where it follows its node.
Service gpuServiceOf(const NodeStatus& node, const std::string& uuid);
/// "its GPU 3 (GPU-…) is drained apart from it" of the first such; "" when every GPU follows the node.
std::string closedApart(const NodeStatus& node);

} // namespace busbar::controller
