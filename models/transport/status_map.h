// The one table between absl and gRPC status codes (they share numbers by design); sentences and reasons (base/refusal.h) pass. Thread-safe.
#pragma once

#include "base/status.h"

#include <grpcpp/support/status.h>

namespace busbar::transport {

grpc::Status toGrpc(const Status& status);
Status fromGrpc(const grpc::Status& status);

} // namespace busbar::transport
