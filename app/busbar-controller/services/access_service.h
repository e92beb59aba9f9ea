// Access: WhoAmI, MakeToken, Revoke. Thread-safe; sync handlers that read and write the store only.
#pragma once

#include "base/clock.h"
#include "busbar-controller/auth/authorizer.h"
#include "busbar-controller/auth/token_book.h"

#include <grpcpp/impl/codegen/service_type.h>

#include <functional>
#include <memory>
#include <string>

namespace busbar::controller {

/// All references must outlive the service.
struct AccessParts {
    const Authorizer& authorizer;
    TokenBook& tokens;
    StateStore& store;
    const Clock& clock;
    /// Ends all streams of a certificate and answers how many.
    std::function<std::size_t(const std::string& serial, const Status& why)> endStreams;
    std::string enrolAddress, rootPem; ///< for tokens (design.md §9)
};
std::unique_ptr<grpc::Service> makeAccessService(AccessParts parts);

} // namespace busbar::controller
