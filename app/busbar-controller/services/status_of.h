// Statuses of ours as gRPC's: same codes, same sentence.
#pragma once

#include "base/status.h"

#include <grpcpp/support/status.h>

namespace busbar::controller {

/// absl's and gRPC's codes have the same numbers.
inline grpc::Status toGrpcStatus(const Status& status) {
    return {static_cast<grpc::StatusCode>(static_cast<int>(status.code())), std::string(status.message())};
}

/// The sentence alone, for logs (fmt does not know absl's string_view).
inline std::string sentenceOf(const Status& status) { return std::string(status.message()); }

} // namespace busbar::controller
