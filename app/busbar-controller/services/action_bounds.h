// Actions as messages that are never too large for their receiver: what does not fit is left out, and the message says what. Pure functions.
#pragma once

#include "wire/codec.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace busbar::v1 {
class Action;
class ListActionsReply;
} // namespace busbar::v1

namespace busbar::controller {

/// Largest answer: a receiver's limit less what surrounds it.
inline constexpr std::size_t kReplyBytes = wire::kMaxMessageBytes - 64 * 1024;
/// Largest action in a Watch, where each change sends it anew. Enough for the ids and states of kMaxTargets.
inline constexpr std::size_t kWatchedActionBytes = 4 * 1024 * 1024;

/// Encodes within `maxBytes`: one ActionPart after the other is left out of all targets until it fits. Whatever the action holds it fits
/// into kWatchedActionBytes; ids and states of targets are never left out.
void encodeWithin(const Action& action, std::size_t maxBytes, v1::Action* to);

/// As many of `actions`, from the first on, as `maxBytes` take, each within kWatchedActionBytes; when not all of them fit so, each within its
/// share. Those that still do not fit are counted.
void encodeWithin(const std::vector<std::shared_ptr<const Action>>& actions, std::size_t maxBytes, v1::ListActionsReply* to);

} // namespace busbar::controller
