// What state a site is in, from what its link knows (design.md §6): a pure function, so that its table can be tested.
#pragma once

#include "base/status.h"
#include "store/fleet_snapshot.h"

#include <cstdint>
#include <string>

namespace busbar::session {

/// Without a heartbeat for this long a site is stale, then lost.
inline constexpr std::int64_t kStaleAfterMs = 3'000;
inline constexpr std::int64_t kLostAfterMs = 15'000;

struct LinkSigns {
    std::string site, address;
    bool hasData = false;               ///< a snapshot has come whole
    bool loading = false;               ///< a first one is on its way
    std::int64_t sinceHeartbeatMs = 0;  ///< age of the last heartbeat on the monotonic clock; of the link itself before the first
    std::int64_t heartbeatWallMs = 0;   ///< when it arrived
    Status failure;                     ///< how the last try ended; OK while a stream is open
};

struct LinkVerdict {
    store::SiteState state = store::SiteState::connecting;
    std::string sentence; ///< empty when live
};

LinkVerdict judgeLink(const LinkSigns& signs);

/// Longest pause before a site's action stream is tried again.
inline constexpr std::int64_t kMaxActionPauseMs = 60'000;

/// Why a site's actions do not come as they change, or not all of them; empty: they do. `failure`: how their stream ended; `unreadable`: how
/// many of them could not be read, `firstWhy` of one of those.
std::string actionTrouble(const std::string& site, const Status& failure, std::size_t unreadable, const std::string& firstWhy);

/// True for ends that do not heal by trying again soon: wrong certificate, no role, wrong site.
bool isRefusal(const Status& status);

} // namespace busbar::session
