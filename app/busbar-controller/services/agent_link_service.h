// AgentLink.Session: one stream a node. Turns wire messages into calls of AgentIngest and back; ends streams with a sentence that says
// why. gRPC callback API: handlers run on gRPC's threads and never block.
#pragma once

#include <grpcpp/impl/codegen/service_type.h>

#include <memory>

namespace busbar::controller {

class AgentIngest;

/// Commands waiting for one agent to read them; more end its stream.
inline constexpr std::size_t kMaxQueuedToAgent = 256;

/// `ingest` outlives the service.
std::unique_ptr<grpc::Service> makeAgentLinkService(AgentIngest& ingest);

} // namespace busbar::controller
