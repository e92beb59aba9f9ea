// One-time enrolment tokens (design.md §9): 256 random bits, stored hashed under /tokens/, 24 h, for one node name and one DMI serial.
// A token for the operator reads ENROLADDRESS|SITE|NODE|ROOTHASH|SECRET, so that a new node needs nothing else. Thread-safe.
#pragma once

#include "base/clock.h"
#include "base/status.h"
#include "busbar-controller/state/state_store.h"

#include <string>

namespace busbar::controller {

class TokenBook {
public:
    static constexpr std::int64_t kLifeMs = 24 * 3'600'000;

    TokenBook(StateStore& store, const Clock& clock) : m_store(store), m_clock(clock) {}

    struct Made { std::string secret; std::int64_t expiresWallMs = 0; };
    StatusOr<Made> make(const std::string& nodeName, const std::string& serial);
    /// Consumes the token and answers its node name. The refusals say: unknown or used, expired, another serial (which keeps the token).
    StatusOr<std::string> redeem(const std::string& secret, const std::string& serial);

private:
    StateStore& m_store;
    const Clock& m_clock;
};

} // namespace busbar::controller
