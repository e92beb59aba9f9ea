// How fast an action goes: waves (1 node, 5 %, the rest), how many nodes at a time in a PDU, a leaf and the site, and the breaker that
// pauses an action on failures (lifecycle.md §2.4). Event thread only.
#pragma once

#include "busbar-controller/reconcile/work.h"

#include <map>

namespace busbar::controller {

/// Wave of the `number`-th of `count` targets that will run, from 1.
int waveOf(std::size_t number, std::size_t count, const EngineOptions& options);

/// Fills in the waves of a plan and the limits of its breaker; of the site's, which counts other actions too, nothing.
void addPace(Plan& plan, const EngineOptions& options);

/// Room for further nodes now, by failure domain and for the whole site.
class Room {
public:
    explicit Room(const Work& work);
    bool any() const { return m_site > 0; }
    /// Takes the node's place in its domains; false when one is full.
    bool take(const std::string& nodeId);
    /// "64 nodes are under way at the site, the most at a time": what was full when a place was asked for last.
    std::string why() const;

private:
    struct Full {
        std::string where;
        std::size_t most = 0;
    };
    std::size_t& left(const std::string& domain, std::size_t most);
    const Work& m_work;
    std::size_t m_site = 0;
    std::map<std::string, std::size_t> m_left; ///< "pdu p1" → nodes that may still start
    Full m_full;
};

/// Earliest wave that has not ended yet: only its targets may start. A target that waits for a lost agent holds up nobody.
int openWave(const Work& work, const ActionRun& run);
/// Failures of the action against the limits at which its own breaker pauses it.
BreakerCounts breakerCounts(const Work& work, const ActionRun& run);
/// Why the action must pause now because of failures; empty: it need not.
std::string breakerOf(const Work& work, const ActionRun& run);
/// Whether a target has not started yet.
bool hasWaiting(const Action& action);
/// Failures and unknowns of the action so far.
std::uint32_t failuresOf(const Action& action);

} // namespace busbar::controller
