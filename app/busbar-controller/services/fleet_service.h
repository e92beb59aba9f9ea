// Fleet: Watch, Describe, List, History for consoles and busbarctl. gRPC callback API: handlers run on gRPC's threads; Watch writes
// buffers that the Publisher shares between all watchers.
#pragma once

#include "base/status.h"
#include "domain/role.h"

#include <functional>
#include <memory>

namespace grpc {
class AuthContext;
class Service;
} // namespace grpc

namespace busbar::controller {

class FleetTable;
class HistoryWindow;
class Publisher;

/// Says whether the peer of a call has a right; the refusal is a sentence that names who and what.
using AccessCheck = std::function<Status(const grpc::AuthContext& peer, Right right)>;

/// All parts outlive the service.
struct FleetParts {
    FleetTable& table;
    Publisher& publisher;
    const HistoryWindow& history;
    AccessCheck access;
};
std::unique_ptr<grpc::Service> makeFleetService(FleetParts parts);

} // namespace busbar::controller
