// Actions: Plan, Submit, Cancel, PlanUndo, Get, List and Watch over the engine. gRPC callback API: handlers return at once; Submit and Cancel
// are answered by the engine's event thread when the journal has them. Every mutation, accepted or refused, goes into the audit.
#pragma once

#include "busbar-controller/reconcile/engine.h"

#include <memory>

namespace grpc {
class Service;
} // namespace grpc

namespace busbar::controller {

class Authorizer;
class StreamBook;

/// All parts outlive the service; the engine is stopped after the port is closed, since it answers open calls.
struct ActionParts {
    Engine& engine;
    StateStore& store;
    const Authorizer& authorizer;
    StreamBook& streams;
};
std::unique_ptr<grpc::Service> makeActionsService(ActionParts parts);

} // namespace busbar::controller
