// What all windows of a profile share: the session, the clock of the glass, the facts of the frame, the nodes watched at 10 Hz.
// Windows follow its signals and read; only the action coordinators send anything. GUI thread only.
#pragma once

#include "base/clock.h"
#include "domain/role.h"
#include "session/action_client.h"
#include "session/fleet_session.h"
#include "widgets/views/frame/frame_facts.h"

#include <QHash>
#include <QObject>
#include <QTimer>

#include <memory>
#include <optional>

namespace busbar::console {

class LiveFleet : public QObject {
    Q_OBJECT
public:
    /// The session must not have been started; it is here.
    explicit LiveFleet(std::unique_ptr<session::FleetSession> session, const Clock& clock = systemClock());
    ~LiveFleet() override;

    session::FleetSession& session() { return *m_session; }
    session::ActionClient& actions() { return m_session->actions(); }
    store::FleetPtr fleet() const { return m_session->fleet(); }
    const views::FrameFacts& facts() const { return m_facts; }
    std::int64_t nowWallMs() const { return m_clock.wallMs(); }

    /// "pdx1 Portland".
    QString siteTitle(const QString& site) const;
    /// "demo · operator": the roles of all sites, the name of the certificate.
    QString userText() const;
    /// How its link stands at this moment: the frame's facts may be a quarter of a second old. None of a site that the profile lacks.
    std::optional<views::SiteFact> siteFact(const QString& site) const;
    /// Why no action can start at `site` now, as far as its link goes; empty: it answers.
    QString silenceOf(const QString& site) const;
    /// Why nothing that needs `right` can start at `site` now: it is silent, or the user has no such role. Empty: it can be tried.
    /// The controller decides anyway; this only says so before a person has typed anything.
    QString offReason(const QString& site, Right right) const;
    /// The newest event of severity 3 of all sites.
    std::optional<FleetEvent> newestCritical() const;

    /// Nodes that `window` (or a part of it) shows: all windows' together come at 10 Hz. Forgotten when the window is gone.
    void watch(QObject* window, const std::vector<std::string>& ids);

Q_SIGNALS:
    /// fleet() is new, or a second has passed without that: ages go on. At most once a frame.
    void ticked();
    /// facts() are new: at most four times a second.
    void factsChanged();

private:
    void onFleet();
    void onSecond();
    void refreshFacts();
    void sendWatched();

    const Clock& m_clock;
    std::unique_ptr<session::FleetSession> m_session;
    views::FrameFacts m_facts;
    QTimer m_second, m_factsPause;
    QHash<QObject*, std::vector<std::string>> m_watched;
};

} // namespace busbar::console
