// Certificates that count no longer at this site, by serial: /revoked/<SERIAL> in the state store (design.md §9). Asked on each RPC and at
// each agent's Hello. Revoking is for ever: a wrongly revoked peer gets a new certificate. Thread-safe.
#pragma once

#include "base/clock.h"
#include "base/status.h"
#include "busbar-controller/state/state_store.h"
#include "transport/identity.h"

#include <string>
#include <string_view>

namespace busbar::controller {

class Revocations {
public:
    /// `store` must outlive it.
    explicit Revocations(StateStore& store) : m_store(store) {}

    /// Unauthenticated, with who revoked it, when and why, if this certificate is revoked. A store that cannot be read refuses too.
    Status check(const transport::Identity& identity) const;
    /// Revokes the certificate; AlreadyExists when it is. The sentence that its peers get is the answer.
    StatusOr<std::string> add(const std::string& serial, const std::string& who, const std::string& why, std::int64_t wallMs);
    /// Serials as certificates show them: hex digits, upper case, ':' left out.
    static StatusOr<std::string> normalSerial(std::string_view text);

private:
    StateStore& m_store;
};

} // namespace busbar::controller
