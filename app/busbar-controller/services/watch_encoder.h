// One delta as the messages of Fleet.Watch, serialized once: gRPC's buffers count their users, so that all watchers write the same bytes.
#pragma once

#include "busbar-controller/fanout/fleet_delta.h"
#include "busbar-controller/fanout/publisher.h"

#include <grpcpp/support/byte_buffer.h>

#include <vector>

namespace busbar::controller {

struct EncodedFrames {
    std::vector<grpc::ByteBuffer> messages;
};

/// Stateless, thread-safe.
FramesPtr encodeFrames(const FleetDelta& delta);

} // namespace busbar::controller
