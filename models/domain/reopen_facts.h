// What the controller tells an agent with a reopen, as facts of StepCommand::expected.
#pragma once

namespace busbar {

/// Of a GPU (the subject) that a reopen of its node leaves closed, since it was closed apart from the node.
inline constexpr const char* kStaysClosedFact = "stays closed";

} // namespace busbar
