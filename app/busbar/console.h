// The console as a whole: its windows, the profile they show, the settings they keep. One a process. GUI thread only.
#pragma once

#include "base/status.h"
#include "busbar/live_fleet.h"
#include "busbar/view_ref.h"
#include "busbar/theme_choice.h"
#include "items/fleet_trends.h"

#include <QPalette>
#include <QPointer>

#include <memory>
#include <vector>

class QApplication;
class QSettings;

namespace busbar::views {
struct EnrolIntent;
}

namespace busbar::console {

class SettingsDialog;
class Window;

class Console : public QObject {
    Q_OBJECT
public:
    /// `desktop` is the palette before any theme was set.
    Console(QApplication& application, QSettings& settings, const QPalette& desktop);
    ~Console() override;

    ThemeChoice themeChoice() const { return m_themeChoice; }
    /// `remember`: also for the next start.
    void setTheme(ThemeChoice choice, bool remember);

    /// A name, a file (with a '/' or ending in .toml), or empty: $BUSBAR_PROFILE, else the only one. On failure what was open stays open,
    /// and every welcome screen says why. Where another fleet is open already, all windows are made anew.
    Status openProfile(const QString& nameOrFile);
    /// nullptr without a profile.
    LiveFleet* live() const { return m_live.get(); }

    /// The windows of the last time, each with its state; one when there were none.
    void restoreWindows();
    /// One more, as its slot was left the last time; at `where` when given.
    Window& openWindow(const ViewRef* where = nullptr);
    /// One of exactly this size without remembered state: for pictures.
    Window& openPlainWindow(const QSize& size);
    const std::vector<Window*>& windows() const { return m_windows; }

public Q_SLOTS:
    /// Saves all windows, and ends the application.
    void quit();

private:
    void useFleet(std::unique_ptr<LiveFleet> live);
    Window& openIn(int slot, const ViewRef* where = nullptr);
    Window& makeWindow(int slot);
    void connectWindow(Window* window);
    void save(Window& window);
    void onClosing(Window* window);
    void forget(Window* window);
    void openSettings(Window* window);
    void prepareWelcome(Window& window);
    void enrol(const views::EnrolIntent& intent);
    int freeSlot() const;
    void rememberOpen(const std::vector<Window*>& open);

    QApplication& m_application;
    QSettings& m_settings;
    const QPalette m_desktop;
    ThemeChoice m_themeChoice = ThemeChoice::dark;
    QString m_problem;
    std::unique_ptr<LiveFleet> m_live;
    std::shared_ptr<items::FleetTrends> m_trends; ///< of the present fleet, for all windows
    std::vector<Window*> m_windows; ///< owned
    QPointer<SettingsDialog> m_settingsDialog;
};

} // namespace busbar::console
