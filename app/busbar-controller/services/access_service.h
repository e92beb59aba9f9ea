// Access.WhoAmI and Access.MakeToken. Thread-safe; sync handlers that read the store only.
#pragma once

#include "base/clock.h"
#include "busbar-controller/auth/authorizer.h"
#include "busbar-controller/auth/token_book.h"

#include <grpcpp/impl/codegen/service_type.h>

#include <memory>
#include <string>

namespace busbar::controller {

/// All references must outlive the service. `enrolAddress` and `rootPem` go into tokens (design.md §9).
std::unique_ptr<grpc::Service> makeAccessService(const Authorizer& authorizer, TokenBook& tokens, StateStore& store, std::string enrolAddress, std::string rootPem);

} // namespace busbar::controller
