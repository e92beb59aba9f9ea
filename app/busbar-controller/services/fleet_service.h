// Fleet: Watch, Describe, List, History for consoles and busbarctl. gRPC callback API: handlers run on gRPC's threads; Watch writes
// buffers that the Publisher shares between all watchers.
#pragma once

#include <grpcpp/impl/codegen/service_type.h>

#include <memory>

namespace busbar::controller {

class Authorizer;
class FleetTable;
class HistoryWindow;
class Publisher;
class StreamBook;

/// All parts outlive the service.
struct FleetParts {
    FleetTable& table;
    Publisher& publisher;
    const HistoryWindow& history;
    const Authorizer& authorizer;
    StreamBook& streams;
};
std::unique_ptr<grpc::Service> makeFleetService(FleetParts parts);

} // namespace busbar::controller
