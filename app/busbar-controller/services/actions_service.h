// Actions: Plan, Submit, Cancel, PlanUndo, Get, List, Watch and Evidence over the engine. gRPC callback API: handlers return at once; Submit and Cancel
// are answered by the engine's event thread when the journal has them. Every mutation, accepted or refused, goes into the audit.
#pragma once

#include "busbar-controller/reconcile/engine.h"

#include <memory>

namespace grpc {
class Service;
} // namespace grpc

namespace busbar::transport {
class Signer;
} // namespace busbar::transport

namespace busbar::controller {

class Authorizer;
class StreamBook;

/// All parts outlive the service; the engine is stopped after the port is closed, since it answers open calls.
struct ActionParts {
    Engine& engine;
    StateStore& store;
    const Authorizer& authorizer;
    StreamBook& streams;
    transport::Signer& signer; ///< the controller's key: signs evidence that is given out
    const Clock& clock;
};
std::unique_ptr<grpc::Service> makeActionsService(ActionParts parts);

} // namespace busbar::controller
