// One site: its channel, its two streams (fleet and actions), its shard, its worker thread. Internal to models/session.
// The constructor and all functions are thread-safe and do not block; the destructor ends the streams and the thread.
#pragma once

#include "base/clock.h"
#include "store/action_book.h"
#include "store/fleet_snapshot.h"
#include "transport/profile.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace grpc {
class Channel;
}

namespace busbar::session {

/// Where a link puts what it has; called on its worker thread.
class SiteLinkSink {
public:
    virtual ~SiteLinkSink() = default;
    virtual void published(std::size_t site, store::SitePtr snapshot) = 0;
    virtual void actionsChanged(std::size_t site, std::vector<store::ActionPtr> actions, bool synced) = 0;
    /// The site's actions do not come as they change, or not all of them; an empty sentence: now they do.
    virtual void actionsTroubled(std::size_t site, std::string sentence) = 0;
};

class SiteLink {
public:
    /// `index` of the site in the profile. Does nothing until start().
    SiteLink(std::size_t index, transport::SiteAddress address, transport::TlsFiles tls, const Clock& clock, SiteLinkSink& sink);
    ~SiteLink();
    SiteLink(const SiteLink&) = delete;
    SiteLink& operator=(const SiteLink&) = delete;

    const transport::SiteAddress& address() const;
    /// The snapshot of a site that was not tried yet.
    store::SitePtr emptySnapshot() const;
    void start();
    /// Begins to end: the destructor then waits for less. Links that are stopped together end together.
    void stop();
    void watchNodes(std::vector<std::string> ids);
    void retryNow();
    /// For calls of their own; nullptr while there is none (certificate files that cannot be used).
    std::shared_ptr<grpc::Channel> channel() const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace busbar::session
