// The terms that this state has ruled with. Each start draws its own, so that a state restored from a backup, or a copy of it, meets agents
// whose term it has never had, however often it was started: it is not to rule them before somebody adopts.
#pragma once

#include "busbar-controller/state/state_store.h"

namespace busbar::controller {

/// Terms of sessions: the store's fencing term × this + what the start drew × kTermsPerDraw + takeovers since the start.
inline constexpr std::uint64_t kTermsPerStart = 100'000'000'000;
inline constexpr std::uint64_t kTermsPerDraw = 1'000'000;

/// Safe to use from any thread, as the store is.
class TermBook {
public:
    explicit TermBook(StateStore& store) : m_store(store) {}
    /// Draws and writes down the first term of a start, or of an adoption, at the store's present fencing term.
    StatusOr<std::uint64_t> begin();
    /// Was this term given out by this state, adopted, or by a controller from before terms were drawn (below kTermsPerStart)?
    bool isOurs(std::uint64_t term) const;
    /// Terms up to this one count as ours from now on.
    Status adopt(std::uint64_t term);

private:
    StateStore& m_store;
};

} // namespace busbar::controller
