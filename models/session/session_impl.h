// What FleetSession and ActionClient share. Internal to models/session (.cpp files only).
#pragma once

#include "session/fleet_session.h"
#include "session/site_link.h"
#include "session/unary.h"

#include <QTimer>

#include <map>
#include <mutex>

namespace busbar::session {

struct SiteAccess {
    std::string identity, controllerVersion;
    std::vector<Role> roles;
    std::int64_t certificateExpiresWallMs = 0;
};

struct FleetSession::Impl final : SiteLinkSink {
    Impl(FleetSession& owner, transport::Profile opened, const Clock& time);

    // SiteLinkSink: on workers' threads.
    void published(std::size_t site, store::SitePtr snapshot) override;
    void actionsChanged(std::size_t site, std::vector<store::ActionPtr> actions, bool synced) override;
    void actionsTroubled(std::size_t site, std::string sentence) override;
    /// On a worker's thread: `put` leaves something, with `mutex` held; the GUI thread collects it in its next frame.
    void leave(const std::function<void()>& put);

    /// In the GUI thread: takes what the workers left.
    void collect();
    void askWhoAmI(const SiteLink& link);
    const SiteLink* linkOf(const std::string& site) const;
    /// Channel of the site of "site/name"; or why there is none.
    StatusOr<std::shared_ptr<grpc::Channel>> channelOf(const std::string& id) const;

    FleetSession& session;
    const transport::Profile profile;
    std::map<std::string, SiteAccess> access;
    store::FleetPtr fleet;
    std::unique_ptr<ActionClient, void (*)(ActionClient*)> actions;
    QTimer frame; ///< bounds fleetChanged to one per frame

    std::mutex mutex;
    // Left by the workers, guarded by `mutex`:
    std::vector<store::SitePtr> newSites;
    std::vector<store::ActionPtr> newActions;
    std::vector<std::string> newSynced;
    std::vector<store::ActionTrouble> newTroubles;
    bool called = false;

    std::unique_ptr<Desk> desk;
    std::vector<std::unique_ptr<SiteLink>> links; ///< last: its threads end first
};

} // namespace busbar::session
