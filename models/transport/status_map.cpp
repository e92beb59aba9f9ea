#include "transport/status_map.h"

namespace busbar::transport {

grpc::Status toGrpc(const Status& status) {
    if (status.ok()) return grpc::Status::OK;
    return {static_cast<grpc::StatusCode>(status.raw_code()), std::string(sentenceOf(status))};
}

Status fromGrpc(const grpc::Status& status) {
    if (status.ok()) return absl::OkStatus();
    return {static_cast<absl::StatusCode>(status.error_code()), status.error_message()};
}

} // namespace busbar::transport
