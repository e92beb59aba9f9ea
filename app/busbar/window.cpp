#include "busbar/window.h"

#include "busbar/action_binder.h"
#include "busbar/action_coordinator.h"
#include "busbar/fleet_views.h"
#include "busbar/node_binder.h"
#include "busbar/node_finder.h"
#include "widgets/controls/query_bar.h"
#include "widgets/views/action/action_view.h"
#include "widgets/views/frame/top_band.h"
#include "widgets/views/heatmap/heatmap_view.h"
#include "widgets/views/node/node_view.h"
#include "widgets/views/nodes/nodes_view.h"
#include "widgets/views/overview/overview_view.h"
#include "widgets/views/parts/text.h"
#include "widgets/views/parts/verbs.h"
#include "widgets/views/welcome/welcome_view.h"

namespace busbar::console {

using views::MainFrame;

Window::Window(int slot, const std::shared_ptr<items::FleetTrends>& trends, QObject* parent) : QObject(parent), m_slot(slot), m_frame(new MainFrame) {
    m_views = new FleetViews(m_selection, trends, *m_frame, this);
    buildViews();
    buildCommands();
    connectFrame();
    connectViews();
    connect(&m_selection, &items::NodeSelection::changed, this, &Window::showSelection);
    connect(&m_selection, &items::NodeSelection::vanished, this, [this](const QStringList& ids) { say(QStringLiteral("Gone from the fleet, no longer selected: %1").arg(ids.join(QStringLiteral(", ")))); });
    waitForFleet();
}

Window::~Window() {
    // The views read the selection and the fleet: they go first.
    unbind();
    if (m_frame) m_frame->disconnect(this);
    delete m_frame;
}

void Window::buildViews() {
    m_query = new controls::QueryBar;
    m_frame->band().setQueryWidget(m_query);
    m_actions = new views::ActionView;
    m_welcome = new views::WelcomeView;
    m_frame->addView(view_id::kActions, QStringLiteral("Actions"), views::RailIcon::actions, QStringLiteral("G, X"), m_actions, QStringLiteral("j k move \u00b7 Enter node \u00b7 e evidence \u00b7 p pause \u00b7 v approve \u00b7 Ctrl+. focuses Stop, does not stop"));
    m_frame->addDetail(view_id::kWelcome, m_welcome, {}, {});
}

void Window::connectFrame() {
    connect(m_frame, &MainFrame::viewRequested, this, [this](const QString& view) { goTo({view, {}, m_where.query}); });
    connect(m_frame, &MainFrame::objectChosen, this, &Window::chooseObject);
    connect(m_frame, &MainFrame::closing, this, [this] {
        Q_EMIT closing();
        unbind();
    });
    connect(m_frame, &QObject::destroyed, this, &Window::closed);
    auto& band = m_frame->band();
    connect(&band, &views::TopBand::crumbActivated, this, [this](int index) { goTo(m_crumbs[static_cast<std::size_t>(index)].where); });
    connect(&band, &views::TopBand::actionsActivated, this, [this] { goTo({view_id::kActions, {}, m_where.query}); });
    connect(&band, &views::TopBand::priorityActivated, this, [this](int priority) { goTo({view_id::kNodes, {}, QStringLiteral("prio:%1").arg(priority)}); });
    auto& chips = m_frame->chips();
    connect(&chips, &views::ChipRow::criticalActivated, this, [this](const QString& node) { goTo({view_id::kNode, node, m_where.query}); });
    connect(&chips, &views::ChipRow::chipRemoved, this, [this](int index) { setQuery(views::toQt(m_chips[static_cast<std::size_t>(index)].without)); });
    m_frame->setPaletteObjects([this](const QString& typed, int limit) { return m_live == nullptr ? std::vector<views::PaletteObject>() : findObjects(*m_live->fleet(), typed, limit); });
}

void Window::connectViews() {
    const auto openNode = [this](const QString& id) { goTo({view_id::kNode, id, m_where.query}); };
    connect(m_query, &controls::QueryBar::queryChanged, this, &Window::onQuery);
    connect(m_query, &controls::QueryBar::left, this, [this] { m_frame->view(m_frame->currentView())->setFocus(); });
    connect(m_query, &controls::QueryBar::historyChanged, this, &Window::queryHistoryChanged);
    for (const views::FleetView* view : m_views->all()) {
        connect(view, &views::FleetView::nodeOpened, this, openNode);
        connect(view, &views::FleetView::planRequested, this, [this](Verb verb, const QStringList& ids) { if (m_coordinator != nullptr) m_coordinator->plan(verb, ids); });
        connect(view, &views::FleetView::queryRequested, this, &Window::setQuery);
        connect(view, &views::FleetView::viewRequested, this, [this](const QString& viewId) { goTo({viewId, {}, m_where.query}); });
    }
    connect(m_views, &FleetViews::statusChanged, this, [this](const QString& text) { m_frame->status().setViewText(text); });
    connect(&m_views->overview(), &views::OverviewView::actionOpened, this, [this](const QString& id) {
        goTo({view_id::kActions, {}, m_where.query});
        m_actions->showAction(id.toStdString());
    });
    connect(&m_views->node(), &views::NodeView::stepRequested, this, [this, openNode](int step) {
        const QString next = m_views->neighbourOf(m_where.nodeId, step);
        if (next.isEmpty()) say(QStringLiteral("There is no further node in the table"));
        else openNode(next);
    });
    connect(&m_views->node(), &views::NodeView::backRequested, this, [this] { m_frame->commands().run(QStringLiteral("back")); });
    connect(m_actions, &views::ActionView::nodeActivated, this, [openNode](const std::string& id) { openNode(views::toQt(id)); });
    connect(m_welcome, &views::WelcomeView::profileFileChosen, this, &Window::profileFileChosen);
    connect(m_welcome, &views::WelcomeView::profileChosen, this, &Window::profileChosen);
    connect(m_welcome, &views::WelcomeView::enrolRequested, this, &Window::enrolRequested);
}

void Window::unbind() {
    if (m_live != nullptr && m_frame)
        for (views::FleetView* view : m_views->all()) view->setOffReason({});
    delete m_binding;
    m_binding = nullptr;
    m_coordinator = nullptr;
    m_actionBinder = nullptr;
    m_nodeBinder = nullptr;
    m_live = nullptr;
}

void Window::setLive(LiveFleet& live) {
    unbind();
    m_live = &live;
    m_binding = new QObject(this);
    m_coordinator = new ActionCoordinator(live, m_frame, m_binding);
    m_actionBinder = new ActionBinder(live, *m_actions, *m_coordinator, m_binding);
    m_nodeBinder = new NodeBinder(live, m_views->node(), m_binding);
    connect(&m_views->heatmap(), &views::HeatmapView::detailWanted, m_binding, [this, &live](const QString& id) {
        live.session().describe(id.toStdString(), [view = QPointer<views::HeatmapView>(&m_views->heatmap()), id](StatusOr<NodeDetail> detail) { if (view) view->setDetail(id, std::move(detail)); });
    });
    for (views::FleetView* view : m_views->all()) view->setOffReason([&live](const QString& site, Verb verb) { return live.offReason(site, views::infoOf(verb).right); });
    connect(m_coordinator, &ActionCoordinator::said, this, &Window::say);
    connect(m_actionBinder, &ActionBinder::said, this, &Window::say);
    connect(m_coordinator, &ActionCoordinator::accepted, this, [this](const QString& actionId) {
        goTo({view_id::kActions, {}, m_where.query});
        m_actions->showAction(actionId.toStdString());
    });
    connect(m_coordinator, &ActionCoordinator::setAsideChanged, this, &Window::showSelection);
    connect(m_coordinator, &ActionCoordinator::heatmapWanted, this, &Window::showOnHeatmap);
    connect(&live, &LiveFleet::ticked, m_binding, [this] { onTick(); });
    connect(&live, &LiveFleet::factsChanged, m_binding, [this] { onFacts(); });
    connect(&live.actions(), &session::ActionClient::changed, m_binding, [this] { m_views->overview().setActions(m_live->actions().snapshot()); });
    m_views->overview().setActions(live.actions().snapshot());
    m_query->setEnabled(true);
    setQuery(m_where.query);
    show(m_where);
    onFacts();
}

void Window::waitForFleet() {
    m_binding = new QObject(this);
    const auto showTime = [this] { m_frame->setFacts({.nowWallMs = systemClock().wallMs()}); };
    auto* second = new QTimer(m_binding);
    connect(second, &QTimer::timeout, m_binding, showTime);
    second->start(1'000);
    showTime();
    m_frame->band().setUser({});
    m_query->setEnabled(false);
    m_frame->showView(view_id::kWelcome);
    showCrumbs();
}

void Window::goTo(const ViewRef& where) {
    m_history.visit(where);
    if (m_live != nullptr) move(where);
    else m_where = where;
}

void Window::move(const ViewRef& where) {
    m_where = where;
    if (where.query != m_queryText || m_query->error()) setQuery(where.query);
    show(m_where);
}

void Window::setQuery(const QString& text) {
    m_query->setText(text);
    // What is wrong with a text stands in the bar; the window stays with the last valid one.
    if (!m_query->error()) return;
    m_where.query = m_queryText;
    m_history.visit(m_where);
}

void Window::onQuery(const query::QueryPtr& query, const QString& text) {
    m_queryText = m_where.query = text;
    if (m_live != nullptr) m_history.visit(m_where);
    m_chips = query::chips(*query);
    m_views->setQuery(query, text);
    if (m_live != nullptr) m_views->feed(m_live->fleet(), m_live->nowWallMs());
    showChips();
}

void Window::showChips() {
    const QString position = m_where.view == view_id::kNode ? m_views->positionOf(m_where.nodeId) : QString();
    if (!position.isEmpty()) return m_frame->chips().setCaption(position, {QStringLiteral("j"), QStringLiteral("k")});
    QStringList labels;
    for (const query::Chip& chip : m_chips) labels << views::toQt(chip.label);
    m_frame->chips().setChips(labels, QStringLiteral("whole fleet"));
}

void Window::show(const ViewRef& where) {
    if (where.view == view_id::kNode) m_views->node().showNode(where.nodeId);
    m_frame->showView(where.view);
    m_views->show(where.view, m_live->fleet(), m_live->nowWallMs());
    if (where.view == view_id::kActions) m_actionBinder->refresh();
    showCrumbs();
    showChips();
}

void Window::showProfiles() {
    m_frame->showView(view_id::kWelcome);
    showCrumbs();
}

bool Window::nodeComplete() const { return m_nodeBinder != nullptr && m_nodeBinder->complete(m_where.nodeId); }

void Window::onTick() {
    m_selection.setFleet(m_live->fleet());
    m_views->feed(m_live->fleet(), m_live->nowWallMs());
}

void Window::onFacts() {
    m_frame->setFacts(m_live->facts());
    m_query->setFleet(m_live->fleet(), m_live->nowWallMs());
    m_frame->band().setUser(m_live->userText());
    const auto critical = m_live->newestCritical();
    m_frame->chips().setNewestCritical(critical ? &*critical : nullptr, m_live->nowWallMs());
    if (m_where.view == view_id::kNode) {
        showCrumbs(); // The node's rack is known when its site has loaded.
        showChips();
    }
}

void Window::showSelection() {
    const auto count = static_cast<std::int64_t>(m_selection.size());
    QStringList words;
    if (count > 0) words << QStringLiteral("%1 selected").arg(views::countOf(count, QStringLiteral("node")));
    if (m_coordinator != nullptr && m_coordinator->isSetAside()) words << QStringLiteral("a plan is set aside: x brings it back");
    m_frame->status().setSelection(words.join(QStringLiteral(" \u00b7 ")));
}

void Window::showOnHeatmap(const QStringList& nodeIds) {
    std::vector<std::string> ids;
    for (const QString& id : nodeIds) ids.push_back(id.toStdString());
    m_selection.set(ids);
    goTo({view_id::kHeatmap, {}, m_where.query});
    if (!nodeIds.isEmpty()) m_views->heatmap().showNode(nodeIds.front());
}

void Window::chooseObject(const QString& target) {
    const auto where = parseViewRef(target);
    goTo(where.ok() ? *where : ViewRef{view_id::kNodes, {}, target});
}

void Window::say(const QString& sentence) { m_frame->status().say(sentence); }

} // namespace busbar::console
