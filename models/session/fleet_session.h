// The console's link to all sites of a profile: one mutual-TLS connection and one worker thread per site, which decodes, applies and
// publishes; this object, on the GUI thread, hands out the newest snapshots. Nothing here blocks the GUI thread but the destructor
// (which ends all calls, for milliseconds; while a site's name is being looked up as long as that takes).
//
// All functions are for the thread the object lives in. Callbacks come on it, later, once each; not at all once the session is gone.
#pragma once

#include "base/clock.h"
#include "base/status.h"
#include "domain/fleet_batch.h"
#include "domain/role.h"
#include "store/fleet_snapshot.h"
#include "transport/profile.h"

#include <QObject>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace busbar::session {

class ActionClient;

/// Shortest time between two publications of a site, and between two fleetChanged signals, in ms.
inline constexpr int kFrameMs = 16;

class FleetSession : public QObject {
    Q_OBJECT
public:
    /// By the name of a profile, or of its file. The errors name the file, the line and the way out.
    static StatusOr<std::unique_ptr<FleetSession>> open(const std::string& profileName);
    static StatusOr<std::unique_ptr<FleetSession>> openFile(const std::string& path);
    explicit FleetSession(transport::Profile profile, const Clock& clock = systemClock());
    ~FleetSession() override;

    /// Starts to connect, and goes on for ever; until then all sites are `connecting`.
    void start();
    /// Tries at once instead of after the waiting time; empty: all sites.
    void retry(const std::string& site = {});

    std::string profileName() const;
    std::vector<std::string> sites() const;
    /// Title of the profile, or the site's name.
    std::string siteTitle(const std::string& site) const;

    /// Newest state of all sites in the profile's order; never nullptr.
    store::FleetPtr fleet() const;

    /// Nodes ("site/name") that shall come at 10 Hz with every metric; at most 64 a site, the first ones win.
    void watchNodes(std::vector<std::string> ids);

    using DescribeReply = std::function<void(StatusOr<NodeDetail>)>;
    void describe(const std::string& nodeId, DescribeReply reply);
    using HistoryReply = std::function<void(StatusOr<std::vector<HistorySeries>>)>;
    /// The controller's window: `spanMs` until now in steps of at least `stepMs`; no metrics named: all that it keeps.
    void history(const std::string& nodeId, std::vector<Metric> metrics, std::int64_t spanMs, std::int64_t stepMs, HistoryReply reply);

    /// Name in the user's certificate as the controllers read it; empty until the first has said so.
    std::string user() const;
    /// Roles of the user at a site; empty until known. Asked for anew whenever the site becomes live.
    std::vector<Role> roles(const std::string& site) const;
    std::string controllerVersion(const std::string& site) const;
    /// When the user's certificate ends, wall ms; 0 until known.
    std::int64_t certificateExpiresWallMs() const;

    ActionClient& actions();

Q_SIGNALS:
    /// fleet() has changed; at most once per frame.
    void fleetChanged();
    void identityKnown();

private:
    friend class ActionClient;
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace busbar::session
