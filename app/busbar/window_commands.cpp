// The commands of a window: what keys, palette and rail can do in it.
#include "busbar/action_coordinator.h"
#include "busbar/window.h"
#include "widgets/controls/query_bar.h"
#include "widgets/views/action/action_view.h"
#include "widgets/views/parts/fleet_view.h"
#include "widgets/views/parts/text.h"
#include "widgets/views/parts/verb_menu.h"
#include "widgets/views/parts/verbs.h"

#include <QAction>

namespace busbar::console {

namespace {

const QString kGoGroup = QStringLiteral("Go"), kActionGroup = QStringLiteral("Actions"), kWindowGroup = QStringLiteral("Window");

} // namespace

void Window::buildCommands() {
    buildMoveCommands();
    buildPlanCommands();
    buildWindowCommands();
    noteViewKeys();
}

// Keys that the views handle themselves.
void Window::noteViewKeys() {
    const QString group = QStringLiteral("In a view");
    const std::pair<const char*, const char*> keys[] = {{"Next, previous row or node", "J, K"}, {"Select the row or node", "Space"}, {"Open", "Enter"}, {"Heatmap of the row", "H"},
                                                        {"Apply the pending order", "R"}, {"Heatmap: zoom, fit", "+ - 0"}, {"Heatmap: lasso", "Shift+drag"}, {"Strips: zoom and pan", "W, A, S, D"},
                                                        {"Actions: pause or resume, asks first", "P"}, {"Actions: approve, asks first", "V"}, {"Actions: all evidence of the target", "E"},
                                                        {"The safe way out", "Esc"}};
    for (const auto& [title, key] : keys) m_frame->commands().note(QLatin1String(title), QLatin1String(key), group);
}

QString Window::whyNoFleet() const { return m_live == nullptr ? QStringLiteral("no profile is open") : QString(); }

// The node on show where there is one, never the selection behind it.
QStringList Window::planTargets() const {
    if (m_frame->currentView() == view_id::kNode) return {m_where.nodeId};
    QStringList ids;
    for (const std::string& id : m_selection.ids()) ids << views::toQt(id);
    return ids;
}

QString Window::whyNoTarget() const {
    if (m_live == nullptr) return whyNoFleet();
    if (m_coordinator->isSetAside()) return {};
    return planTargets().isEmpty() ? QStringLiteral("no node is selected: Space selects one") : QString();
}

QString Window::whyNoPlan(Verb verb) const {
    if (const QString none = whyNoTarget(); !none.isEmpty()) return none;
    return views::whyNone(planTargets(), [this, verb](const QString& site) { return m_live->offReason(site, views::infoOf(verb).right); });
}

void Window::choosePlan() {
    if (m_coordinator->bringBack()) return;
    const QString why = views::openVerbMenu(m_frame, m_frame->mapToGlobal(m_frame->rect().center()), [this](Verb verb) { return whyNoPlan(verb); }, [this](Verb verb) { m_coordinator->plan(verb, planTargets()); });
    if (!why.isEmpty()) say(why);
}

bool Window::canGoBack() const { return m_live != nullptr && (m_frame->currentView() == view_id::kWelcome || m_history.canGoBack()); }

void Window::goBack() {
    if (m_frame->currentView() == view_id::kWelcome) show(m_where);
    else move(m_history.back());
}

void Window::buildMoveCommands() {
    auto& commands = m_frame->commands();
    QAction* back = commands.add(QStringLiteral("back"), QStringLiteral("Back"), QStringLiteral("Alt+Left"), kGoGroup, [this] { goBack(); }, [this] { return canGoBack() ? QString() : QStringLiteral("there is nothing to go back to"); });
    back->setShortcuts({back->shortcut(), QKeySequence(Qt::Key_Backspace)});
    commands.note(QStringLiteral("Back"), QStringLiteral("Backspace"), kGoGroup);
    commands.add(QStringLiteral("forward"), QStringLiteral("Forward"), QStringLiteral("Alt+Right"), kGoGroup, [this] { move(m_history.forward()); },
                 [this] { return m_live != nullptr && m_history.canGoForward() ? QString() : QStringLiteral("there is nothing to go forward to"); });
    commands.add(QStringLiteral("query"), QStringLiteral("Filter: type a query"), QStringLiteral("/"), kGoGroup, [this] { m_query->focusQuery(); }, [this] { return whyNoFleet(); });
    commands.add(QStringLiteral("query.clear"), QStringLiteral("Whole fleet: no filter"), {}, kGoGroup, [this] { setQuery({}); }, [this] { return m_queryText.isEmpty() ? QStringLiteral("there is no filter") : QString(); });
    commands.add(QStringLiteral("palette"), QStringLiteral("Command palette"), QStringLiteral("Ctrl+K"), kGoGroup, [this] { m_frame->openPalette(); });
    commands.add(QStringLiteral("retry"), QStringLiteral("Connect to all sites now"), {}, kGoGroup, [this] { m_live->session().retry(); }, [this] { return whyNoFleet(); });
}

void Window::buildPlanCommands() {
    auto& commands = m_frame->commands();
    commands.add(QStringLiteral("plan"), QStringLiteral("Plan an action for the selected nodes: choose which"), QStringLiteral("X"), kActionGroup, [this] { choosePlan(); }, [this] { return whyNoTarget(); });
    for (const views::VerbInfo& info : views::verbTable())
        commands.add(QStringLiteral("plan.") + views::toQt(toString(info.verb)), QStringLiteral("Plan a %1 of the selected nodes").arg(views::toQt(toString(info.verb))), info.shortcut, kActionGroup,
                     [this, verb = info.verb] { m_coordinator->plan(verb, planTargets()); }, [this, verb = info.verb] { return whyNoPlan(verb); });
    commands.add(QStringLiteral("unselect"), QStringLiteral("Select no node"), {}, kActionGroup, [this] { m_selection.clear(); }, [this] { return m_selection.empty() ? QStringLiteral("no node is selected") : QString(); });
    commands.add(QStringLiteral("stop"), QStringLiteral("Focus Stop of the action on show"), QStringLiteral("Ctrl+."), kActionGroup, [this] { m_actions->focusStop(); },
                 [this] { return m_where.view == view_id::kActions ? QString() : QStringLiteral("no action is on show: g x opens the actions"); });
}

void Window::buildWindowCommands() {
    auto& commands = m_frame->commands();
    QAction* settings = commands.add(QStringLiteral("settings"), QStringLiteral("Settings"), QStringLiteral("Ctrl+,"), kWindowGroup, [this] { Q_EMIT settingsRequested(); });
    QAction* keys = commands.add(QStringLiteral("keys"), QStringLiteral("Keys"), QStringLiteral("?"), kWindowGroup, [this] { m_frame->openKeys(); });
    commands.add(QStringLiteral("window.new"), QStringLiteral("New window on the same fleet"), QStringLiteral("Ctrl+N"), kWindowGroup, [this] { Q_EMIT newWindowRequested(); });
    commands.add(QStringLiteral("window.full"), QStringLiteral("Full screen"), QStringLiteral("F11"), kWindowGroup, [this] { m_frame->setWindowState(m_frame->windowState() ^ Qt::WindowFullScreen); });
    commands.add(QStringLiteral("theme"), QStringLiteral("Dark or light"), {}, kWindowGroup, [this] { Q_EMIT themeToggled(); });
    commands.add(QStringLiteral("profile.open"), QStringLiteral("Open another profile"), QStringLiteral("Ctrl+O"), kWindowGroup, [this] { Q_EMIT welcomeRequested(); });
    commands.add(QStringLiteral("window.close"), QStringLiteral("Close the window"), QStringLiteral("Ctrl+W"), kWindowGroup, [this] { m_frame->close(); });
    commands.add(QStringLiteral("quit"), QStringLiteral("Quit"), QStringLiteral("Ctrl+Q"), kWindowGroup, [this] { Q_EMIT quitRequested(); });
    m_frame->rail().addFoot(views::RailIcon::settings, settings, QStringLiteral("Settings"));
    m_frame->rail().addFoot(views::RailIcon::keys, keys, QStringLiteral("Keys"));
}

} // namespace busbar::console
