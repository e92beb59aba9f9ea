// One console's Actions.Watch: bounded and coalesced. At most one version of each action waits; a slow console gets the latest.
#pragma once

#include "busbar-controller/auth/authorizer.h"
#include "busbar-controller/auth/stream_book.h"
#include "busbar-controller/reconcile/engine.h"

#include <functional>
#include <memory>

namespace grpc {
template <class>
class ServerWriteReactor;
}
namespace busbar::v1 {
class Action;
class ActionUpdate;
} // namespace busbar::v1

namespace busbar::controller {

/// Largest action in a Watch; of a larger one evidence is left out (Get has it).
inline constexpr std::size_t kWatchedActionBytes = 4 * 1024 * 1024;

/// A reactor that owns itself until its stream is done or its watcher's certificate ends; without a principal it only refuses.
grpc::ServerWriteReactor<v1::ActionUpdate>* startActionStream(Engine& engine, StreamBook& streams, const StatusOr<Principal>& watcher);

/// Encodes within `maxBytes`: evidence goes first, then all log lines but the newest, then blockers.
void encodeWithin(const Action& action, std::size_t maxBytes, v1::Action* to);

} // namespace busbar::controller
