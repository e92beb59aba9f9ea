// What the frame of every window says about the whole: ages, counts, states. Derived from a fleet snapshot and the open actions by pure
// functions, so that it is the same in every window and testable without one.
#pragma once

#include "domain/action.h"
#include "store/fleet_snapshot.h"

#include <QString>
#include <QStringList>

#include <cstdint>
#include <memory>
#include <vector>

namespace busbar::views {

struct SiteFact {
    QString name;
    store::SiteState state = store::SiteState::connecting;
    std::int64_t ageMs = -1; ///< since the last heartbeat arrived; -1 none yet
    std::int64_t lastHeardWallMs = 0;
    QString sentence;
    bool usable() const { return state == store::SiteState::live; }
};

struct FrameFacts {
    std::vector<SiteFact> sites;
    std::int64_t worstLiveAgeMs = -1; ///< of the usable sites
    int usableSites = 0;
    /// Nodes that need a person: 1 = a failed node that holds a lease or a drain that failed; 2 = any other failed, degraded or lost
    /// node; 3 = one to watch. Nodes of stale sites are in none.
    int priority[4] = {0, 0, 0, 0};
    int actionsRunning = 0, actionsWaiting = 0;
    std::uint32_t nodes = 0, live = 0, replayed = 0, simulated = 0;
    std::uint64_t epoch = 0, revision = 0; ///< of the only site, else 0
    std::int64_t nowWallMs = 0;
};

/// State of a site at `nowWallMs`: what the snapshot says, but stale and lost by the clock as well, so that a stopped stream shows.
SiteFact siteFact(const store::SiteSnapshot& site, std::int64_t nowWallMs);
FrameFacts frameFacts(const store::FleetSnapshot& fleet, const std::vector<std::shared_ptr<const Action>>& actions, std::int64_t nowWallMs);

/// "Link to fra1 stale since 14:30:33, 1 m 34 s …": the bar's sentence for all unusable sites; empty when every site is live.
QString staleSentence(const FrameFacts& facts);
/// Why no action can start at `site`; empty when it can.
QString actionsOffReason(const FrameFacts& facts, const QString& site);
QString stateWord(store::SiteState state);

} // namespace busbar::views
