// Access: WhoAmI, MakeToken, Revoke, Adopt, SetRoles. Thread-safe; sync handlers that read and write the store only.
#pragma once

#include "base/clock.h"
#include "busbar-controller/auth/authorizer.h"
#include "busbar-controller/auth/token_book.h"

#include <grpcpp/impl/codegen/service_type.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace busbar::controller {

/// All references must outlive the service.
struct AccessParts {
    Authorizer& authorizer;
    TokenBook& tokens;
    StateStore& store;
    const Clock& clock;
    /// Ends all streams of a certificate and answers how many.
    std::function<std::size_t(const std::string& serial, const Status& why)> endStreams;
    /// FailedPrecondition where `term` may not be adopted (AgentIngest::checkAdopt).
    std::function<Status(std::uint64_t term)> checkAdopt;
    /// Takes over above `term`, with its audit row; answers the new term and how many streams ended.
    std::function<StatusOr<std::pair<std::uint64_t, std::size_t>>(std::uint64_t term, const AuditNote& note)> adopt;
    std::string enrolAddress, rootPem; ///< for tokens (design.md §9)
};
std::unique_ptr<grpc::Service> makeAccessService(AccessParts parts);

} // namespace busbar::controller
