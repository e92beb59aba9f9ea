// One window of the console: the frame with all views, where it is, its query, its selection, and the binding of these to the live fleet. Any
// number of windows share one LiveFleet; without one it shows the welcome screen, and the fleet as soon as there is one. GUI thread only.
#pragma once

#include "busbar/live_fleet.h"
#include "busbar/view_ref.h"
#include "items/node_selection.h"
#include "store/query/query.h"
#include "widgets/views/frame/main_frame.h"

#include <QPointer>

namespace busbar::controls {
class QueryBar;
}

namespace busbar::items {
class FleetTrends;
}

namespace busbar::views {
class ActionView;
class WelcomeView;
struct EnrolIntent;
} // namespace busbar::views

namespace busbar::console {

class ActionBinder;
class ActionCoordinator;
class FleetViews;
class NodeBinder;

class Window : public QObject {
    Q_OBJECT
public:
    /// `slot`: which of the remembered windows it is, from 0. `trends` are shared by all windows of a profile.
    Window(int slot, const std::shared_ptr<items::FleetTrends>& trends, QObject* parent = nullptr);
    ~Window() override;

    int slot() const { return m_slot; }
    views::MainFrame& frame() { return *m_frame; }
    views::WelcomeView& welcome() { return *m_welcome; }
    FleetViews& views() { return *m_views; }
    controls::QueryBar& query() { return *m_query; }
    items::NodeSelection& selection() { return m_selection; }
    /// nullptr without a fleet.
    ActionCoordinator* coordinator() const { return m_coordinator; }
    /// True once the node on show has its detail and history.
    bool nodeComplete() const;

    /// Once: from the welcome screen to the fleet, which outlives the window.
    void setLive(LiveFleet& live);
    /// Before there is a fleet: where to go when there is one.
    void goTo(const ViewRef& where);
    const ViewRef& where() const { return m_where; }
    /// The welcome screen while the fleet stays open: Back leads to where the window was.
    void showProfiles();
    /// A sentence in the status line.
    void say(const QString& sentence);

Q_SIGNALS:
    void newWindowRequested();
    void settingsRequested();
    void themeToggled();
    void quitRequested();
    void profileFileChosen(const QString& path);
    void profileChosen(const QString& name);
    void enrolRequested(const busbar::views::EnrolIntent& intent);
    void queryHistoryChanged(const QStringList& history);
    /// "Open another profile": the welcome screen without a problem.
    void welcomeRequested();
    /// The frame is about to close: its state can be saved now.
    void closing();
    /// The frame is gone.
    void closed();

private:
    struct Crumb {
        QString text;
        ViewRef where;
    };
    void unbind();
    void buildViews();
    void connectFrame();
    void connectViews();
    void buildCommands();
    void buildMoveCommands();
    void buildPlanCommands();
    void buildWindowCommands();
    void noteViewKeys();
    /// To a place that the history holds already.
    void move(const ViewRef& where);
    void show(const ViewRef& where);
    void waitForFleet();
    void setQuery(const QString& text);
    void onQuery(const query::QueryPtr& query, const QString& text);
    void showChips();
    void showCrumbs();
    std::vector<Crumb> crumbs() const;
    void showSelection();
    void showOnHeatmap(const QStringList& nodeIds);
    void onTick();
    void onFacts();
    void chooseObject(const QString& target);
    bool canGoBack() const;
    void goBack();
    QStringList planTargets() const;
    QString whyNoTarget() const;
    QString whyNoPlan(Verb verb) const;
    void choosePlan();
    QString whyNoFleet() const;

    const int m_slot;
    LiveFleet* m_live = nullptr;
    items::NodeSelection m_selection;
    ViewHistory m_history;
    ViewRef m_where;
    std::vector<Crumb> m_crumbs;
    std::vector<query::Chip> m_chips;
    QObject* m_binding = nullptr; ///< what lives as long as the present fleet, or the time without one
    ActionCoordinator* m_coordinator = nullptr; ///< these three only with a fleet; children of m_binding
    ActionBinder* m_actionBinder = nullptr;
    NodeBinder* m_nodeBinder = nullptr;
    QPointer<views::MainFrame> m_frame;
    FleetViews* m_views = nullptr;
    controls::QueryBar* m_query = nullptr;
    QString m_queryText; ///< the last valid one
    views::WelcomeView* m_welcome = nullptr;
    views::ActionView* m_actions = nullptr;
};

} // namespace busbar::console
