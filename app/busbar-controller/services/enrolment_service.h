// Enrolment.Enrol, on its own port with server-authenticated TLS: a new node shows its token and serial and gets a certificate for the
// key it made. At most kPerMinute tries a minute in all. Thread-safe.
#pragma once

#include "base/clock.h"
#include "busbar-controller/auth/token_book.h"
#include "transport/pki.h"

#include <grpcpp/impl/codegen/service_type.h>

#include <memory>
#include <string>

namespace busbar::controller {

struct EnrolmentParts {
    std::string site;
    transport::KeyPair siteCa; ///< signs node certificates
    std::string rootPem;
};

/// References must outlive the service.
std::unique_ptr<grpc::Service> makeEnrolmentService(TokenBook& tokens, StateStore& store, const Clock& clock, EnrolmentParts parts);

} // namespace busbar::controller
