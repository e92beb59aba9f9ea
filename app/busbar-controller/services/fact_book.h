// The history of each node's facts in the store (/history/<name>/<number>), so that it outlives the controller: what moved, when, why, by whom.
// The newest kMaxFactChanges of each node are kept, as in the table. Recorded and modelled nodes have none: they begin anew with their source.
// One caller: the server's own thread.
#pragma once

#include "busbar-controller/state/state_store.h"

#include "busbar-controller/ingest/fleet_state.h"

#include <deque>

namespace busbar::controller {

class FleetTable;

class FactBook {
public:
    /// `store` outlives the book.
    explicit FactBook(StateStore& store) : m_store(store) {}
    /// Gives the table what the store has, before it knows any node.
    Status load(FleetTable& table);
    /// Writes what moved since the last call, at most kMostAtOnce at a time; on an error (a full disk) it is tried again at the next call.
    Status flush(FleetTable& table);
    static constexpr std::size_t kMostAtOnce = 2'000;
    /// While the store cannot be written; older ones are given up.
    static constexpr std::size_t kMostWaiting = 50'000;

private:
    StateStore& m_store;
    std::deque<NumberedChange> m_waiting;
};

} // namespace busbar::controller
