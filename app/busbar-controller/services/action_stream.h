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
class ActionUpdate;
} // namespace busbar::v1

namespace busbar::controller {

/// A reactor that owns itself until its stream is done or its watcher's certificate ends; without a principal it only refuses.
grpc::ServerWriteReactor<v1::ActionUpdate>* startActionStream(Engine& engine, StreamBook& streams, const StatusOr<Principal>& watcher);

} // namespace busbar::controller
