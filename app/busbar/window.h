// One window of the console: the frame with all views, where it is, its query, its marks, and the binding of these to the live fleet. Any
// number of windows share one LiveFleet; without one it shows the welcome screen, and the fleet as soon as there is one. GUI thread only.
#pragma once

#include "busbar/live_fleet.h"
#include "busbar/view_ref.h"
#include "models/items/node_selection.h"
#include "widgets/views/frame/main_frame.h"

#include <QPointer>

namespace busbar::views {
class ActionView;
class FleetView;
class WelcomeView;
struct EnrolIntent;
} // namespace busbar::views

namespace busbar::console {

class ActionBinder;
class ActionCoordinator;

class Window : public QObject {
    Q_OBJECT
public:
    /// `slot`: which of the remembered windows it is, from 0.
    explicit Window(int slot, QObject* parent = nullptr);
    ~Window() override;

    int slot() const { return m_slot; }
    views::MainFrame& frame() { return *m_frame; }
    views::WelcomeView& welcome() { return *m_welcome; }
    ActionCoordinator* coordinator() const { return m_coordinator; }

    /// nullptr: there is no profile; where it shall be is kept for when there is one. The fleet outlives the window or this is called first.
    void setLive(LiveFleet* live);
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
    void buildCommands();
    void buildMoveCommands();
    void buildPlanCommands();
    void buildWindowCommands();
    void show(const ViewRef& where);
    void waitForFleet();
    void showCrumbs();
    std::vector<Crumb> crumbs() const;
    void showSelection();
    void onTick();
    void onFacts();
    void chooseObject(const QString& target);
    bool canGoBack() const;
    void goBack();
    void planMarked(Verb verb);
    QString whyNoPlan() const;
    QString whyNoFleet() const;

    const int m_slot;
    LiveFleet* m_live = nullptr;
    items::NodeSelection m_selection;
    ViewHistory m_history;
    ViewRef m_where;
    std::vector<Crumb> m_crumbs;
    QObject* m_binding = nullptr; ///< what lives as long as the present fleet, or the time without one
    ActionCoordinator* m_coordinator = nullptr; ///< these two only with a fleet; children of m_binding
    ActionBinder* m_actionBinder = nullptr;
    QPointer<views::MainFrame> m_frame;
    views::WelcomeView* m_welcome = nullptr;
    views::ActionView* m_actions = nullptr;
};

} // namespace busbar::console
