#include "busbar/console.h"

#include "busbar/fleet_views.h"
#include "busbar/layout_state.h"
#include "busbar/settings_dialog.h"
#include "busbar/window.h"
#include "session/profiles.h"
#include "widgets/controls/query_bar.h"
#include "widgets/views/nodes/nodes_view.h"
#include "widgets/views/parts/text.h"
#include "widgets/views/welcome/welcome_view.h"

#include <QApplication>
#include <QSettings>

#include <algorithm>
#include <functional>
#include <utility>

namespace busbar::console {

namespace {

const QString kThemeKey = QStringLiteral("theme"), kOpenKey = QStringLiteral("windows/open"), kWhereKey = QStringLiteral("view"), kQueryKey = QStringLiteral("query"), kNodesKey = QStringLiteral("nodes"),
              kHistoryKey = QStringLiteral("queries");
/// Windows that a start brings back at most.
constexpr int kMostWindows = 16;

QString groupOf(int slot) { return QStringLiteral("windows/%1").arg(slot); }

StatusOr<std::unique_ptr<session::FleetSession>> openSession(const QString& nameOrFile) {
    if (nameOrFile.contains(QLatin1Char('/')) || nameOrFile.endsWith(QStringLiteral(".toml"))) return session::FleetSession::openFile(nameOrFile.toStdString());
    if (!nameOrFile.isEmpty()) return session::FleetSession::open(nameOrFile.toStdString());
    const QString named = qEnvironmentVariable("BUSBAR_PROFILE");
    if (!named.isEmpty()) return session::FleetSession::open(named.toStdString());
    const auto names = session::profileNames();
    if (names.size() == 1) return session::FleetSession::open(names.front());
    // No mistake of anybody: the welcome screen says what to do.
    return absl::NotFoundError("");
}

} // namespace

Console::Console(QApplication& application, QSettings& settings, const QPalette& desktop) : m_application(application), m_settings(settings), m_desktop(desktop), m_trends(std::make_shared<items::FleetTrends>()) {
    const auto remembered = parseThemeChoice(m_settings.value(kThemeKey).toString());
    setTheme(remembered.value_or(ThemeChoice::dark), false);
}

Console::~Console() {
    for (Window* window : m_windows) delete window;
}

void Console::setTheme(ThemeChoice choice, bool remember) {
    m_themeChoice = choice;
    controls::setTheme(m_application, resolveTheme(choice, m_desktop));
    if (remember) m_settings.setValue(kThemeKey, toString(choice));
}

Status Console::openProfile(const QString& nameOrFile) {
    auto session = openSession(nameOrFile);
    m_problem = session.ok() ? QString() : views::toQt(sentenceOf(session.status()));
    if (session.ok()) useFleet(std::make_unique<LiveFleet>(*std::move(session)));
    for (Window* window : m_windows) prepareWelcome(*window);
    return session.status();
}

void Console::useFleet(std::unique_ptr<LiveFleet> live) {
    if (!m_live) {
        m_live = std::move(live);
        for (Window* window : m_windows) window->setLive(*m_live);
        return;
    }
    // Another fleet: nothing of the old one may be left in a view, so the windows are made anew in their slots.
    std::vector<int> slotsOpen;
    for (Window* window : m_windows) {
        save(*window);
        slotsOpen.push_back(window->slot());
    }
    const std::vector<Window*> old = std::exchange(m_windows, {});
    for (Window* window : old) delete window;
    m_live = std::move(live);
    m_trends = std::make_shared<items::FleetTrends>();
    for (const int slot : slotsOpen) openIn(slot);
}

void Console::enrol(const views::EnrolIntent& intent) {
    const Status written = session::createProfile(intent.profile.toStdString(), intent.site.toStdString(), intent.address.toStdString(), intent.folder.toStdString());
    if (written.ok()) return openProfile(intent.profile).IgnoreError();
    m_problem = views::toQt(sentenceOf(written));
    for (Window* window : m_windows) prepareWelcome(*window);
}

void Console::prepareWelcome(Window& window) {
    QStringList names;
    for (const std::string& name : session::profileNames()) names << views::toQt(name);
    window.welcome().setProfiles(names, views::toQt(session::configDirectory()) + QStringLiteral("/profiles"));
    window.welcome().setDemoCommand(QStringLiteral("packaging/demo.sh"));
    window.welcome().setProblem(m_problem);
    window.welcome().setOpenProfile(m_live ? views::toQt(m_live->session().profileName()) : QString());
}

int Console::freeSlot() const {
    int slot = 0;
    while (std::ranges::any_of(m_windows, [slot](const Window* window) { return window->slot() == slot; })) ++slot;
    return slot;
}

Window& Console::makeWindow(int slot) {
    auto* window = new Window(slot, m_trends);
    m_windows.push_back(window);
    prepareWelcome(*window);
    connectWindow(window);
    return *window;
}

void Console::connectWindow(Window* window) {
    connect(window, &Window::newWindowRequested, this, [this, window] {
        const ViewRef where = window->where();
        openWindow(&where);
    });
    window->query().setHistory(m_settings.value(kHistoryKey).toStringList());
    connect(window, &Window::queryHistoryChanged, this, [this, window](const QStringList& history) {
        m_settings.setValue(kHistoryKey, history);
        for (Window* other : m_windows)
            if (other != window) other->query().setHistory(history);
    });
    connect(window, &Window::settingsRequested, this, [this, window] { openSettings(window); });
    connect(window, &Window::themeToggled, this, [this] { setTheme(controls::theme() == controls::Theme::dark ? ThemeChoice::light : ThemeChoice::dark, true); });
    connect(window, &Window::quitRequested, this, &Console::quit);
    // Later: another profile replaces the window that asks.
    const auto later = [this](const std::function<void()>& run) { QMetaObject::invokeMethod(this, run, Qt::QueuedConnection); };
    for (auto signal : {&Window::profileChosen, &Window::profileFileChosen})
        connect(window, signal, this, [this, later](const QString& profile) { later([this, profile] { openProfile(profile).IgnoreError(); }); });
    connect(window, &Window::enrolRequested, this, [this, later](const views::EnrolIntent& intent) { later([this, intent] { enrol(intent); }); });
    connect(window, &Window::welcomeRequested, this, [this, window] {
        m_problem.clear();
        prepareWelcome(*window);
        window->showProfiles();
    });
    connect(window, &Window::closing, this, [this, window] { onClosing(window); });
    connect(window, &Window::closed, this, [this, window] { forget(window); });
}

Window& Console::openWindow(const ViewRef* where) { return openIn(freeSlot(), where); }

Window& Console::openIn(int slot, const ViewRef* where) {
    Window& window = makeWindow(slot);
    m_settings.beginGroup(groupOf(window.slot()));
    window.frame().restoreFrom(m_settings);
    restoreLayout(window.frame(), m_settings);
    window.views().nodes().restoreFrom(m_settings, kNodesKey);
    auto remembered = parseViewRef(m_settings.value(kWhereKey).toString());
    if (remembered.ok()) remembered->query = m_settings.value(kQueryKey).toString();
    m_settings.endGroup();
    window.goTo(where != nullptr ? *where : remembered.value_or(ViewRef{}));
    if (m_live) window.setLive(*m_live);
    window.frame().show();
    return window;
}

Window& Console::openPlainWindow(const QSize& size) {
    Window& window = makeWindow(freeSlot());
    window.frame().setFixedSize(size);
    if (m_live) window.setLive(*m_live);
    return window;
}

void Console::restoreWindows() {
    for (const QVariant& slot : m_settings.value(kOpenKey).toList().mid(0, kMostWindows)) openIn(std::clamp(slot.toInt(), 0, kMostWindows - 1));
    if (m_windows.empty()) openWindow();
}

void Console::save(Window& window) {
    m_settings.beginGroup(groupOf(window.slot()));
    window.frame().saveTo(m_settings);
    saveLayout(window.frame(), m_settings);
    window.views().nodes().saveTo(m_settings, kNodesKey);
    m_settings.setValue(kWhereKey, printViewRef(window.where()));
    m_settings.setValue(kQueryKey, window.where().query);
    m_settings.endGroup();
}

void Console::rememberOpen(const std::vector<Window*>& open) {
    QVariantList slots_;
    for (const Window* window : open) slots_ << window->slot();
    m_settings.setValue(kOpenKey, slots_);
}

void Console::onClosing(Window* window) {
    save(*window);
    // The last one to close is the one that comes back.
    std::vector<Window*> left = m_windows;
    if (left.size() > 1) std::erase(left, window);
    rememberOpen(left);
}

void Console::forget(Window* window) {
    std::erase(m_windows, window);
    window->deleteLater();
}

void Console::quit() {
    for (Window* window : m_windows) save(*window);
    rememberOpen(m_windows);
    m_settings.sync();
    QCoreApplication::quit();
}

void Console::openSettings(Window* window) {
    if (m_settingsDialog) return m_settingsDialog->raise();
    m_settingsDialog = new SettingsDialog(m_themeChoice, &window->frame());
    m_settingsDialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(m_settingsDialog, &SettingsDialog::themeChosen, this, [this](ThemeChoice choice) { setTheme(choice, true); });
    m_settingsDialog->show();
}

} // namespace busbar::console
