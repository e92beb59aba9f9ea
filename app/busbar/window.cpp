#include "busbar/window.h"

#include "busbar/action_binder.h"
#include "busbar/action_coordinator.h"
#include "busbar/node_finder.h"
#include "widgets/views/action/action_view.h"
#include "widgets/views/frame/top_band.h"
#include "widgets/views/parts/fleet_view.h"
#include "widgets/views/parts/text.h"
#include "widgets/views/welcome/welcome_view.h"

namespace busbar::console {

using views::MainFrame;

Window::Window(int slot, QObject* parent) : QObject(parent), m_slot(slot), m_frame(new MainFrame) {
    buildViews();
    buildCommands();
    connect(m_frame, &MainFrame::viewRequested, this, [this](const QString& view) { goTo({view, {}, m_where.query}); });
    connect(m_frame, &MainFrame::objectChosen, this, &Window::chooseObject);
    connect(m_frame, &MainFrame::closing, this, [this] {
        Q_EMIT closing();
        unbind();
    });
    connect(m_frame, &QObject::destroyed, this, &Window::closed);
    connect(&m_frame->band(), &views::TopBand::crumbActivated, this, [this](int index) { goTo(m_crumbs[static_cast<std::size_t>(index)].where); });
    connect(&m_frame->band(), &views::TopBand::actionsActivated, this, [this] { goTo({view_id::kActions, {}, m_where.query}); });
    connect(&m_frame->chips(), &views::ChipRow::criticalActivated, this, [this](const QString& node) { goTo({view_id::kNode, node, m_where.query}); });
    connect(&m_selection, &items::NodeSelection::changed, this, &Window::showSelection);
    connect(&m_selection, &items::NodeSelection::vanished, this, [this](const QStringList& ids) { say(QStringLiteral("Gone from the fleet, no longer marked: %1").arg(ids.join(QStringLiteral(", ")))); });
    waitForFleet();
}

Window::~Window() {
    // The views read the selection and the fleet: they go first.
    unbind();
    if (m_frame) m_frame->disconnect(this);
    delete m_frame;
}

void Window::buildViews() {
    m_actions = new views::ActionView;
    m_welcome = new views::WelcomeView;
    m_frame->addView(view_id::kActions, QStringLiteral("Actions"), views::RailIcon::actions, QStringLiteral("G, X"), m_actions, QStringLiteral("j k move \u00b7 Enter node \u00b7 Ctrl+. focuses Stop, does not stop"));
    m_frame->addDetail(view_id::kWelcome, m_welcome, {}, {});
    connect(m_actions, &views::ActionView::nodeActivated, this, [this](const std::string& id) { goTo({view_id::kNode, views::toQt(id), m_where.query}); });
    connect(m_welcome, &views::WelcomeView::profileFileChosen, this, &Window::profileFileChosen);
    connect(m_welcome, &views::WelcomeView::profileChosen, this, &Window::profileChosen);
    connect(m_welcome, &views::WelcomeView::enrolRequested, this, &Window::enrolRequested);
    m_frame->setPaletteObjects([this](const QString& typed, int limit) { return m_live == nullptr ? std::vector<views::PaletteObject>() : findObjects(*m_live->fleet(), typed, limit); });
}

void Window::unbind() {
    delete m_binding;
    m_binding = nullptr;
    m_coordinator = nullptr;
    m_actionBinder = nullptr;
    m_live = nullptr;
}

void Window::setLive(LiveFleet* live) {
    unbind();
    m_live = live;
    m_selection.clear();
    if (live == nullptr) return waitForFleet();
    m_binding = new QObject(this);
    m_coordinator = new ActionCoordinator(*live, m_frame, m_binding);
    m_actionBinder = new ActionBinder(*live, *m_actions, *m_coordinator, m_binding);
    connect(m_coordinator, &ActionCoordinator::said, this, &Window::say);
    connect(m_coordinator, &ActionCoordinator::accepted, this, [this](const QString& actionId) {
        goTo({view_id::kActions, {}, m_where.query});
        m_actions->showAction(actionId.toStdString());
    });
    connect(live, &LiveFleet::ticked, m_binding, [this] { onTick(); });
    connect(live, &LiveFleet::factsChanged, m_binding, [this] { onFacts(); });
    show(m_where);
    onFacts();
}

void Window::showProfiles() {
    m_frame->showView(view_id::kWelcome);
    showCrumbs();
}

void Window::waitForFleet() {
    m_binding = new QObject(this);
    const auto showTime = [this] { m_frame->setFacts({.nowWallMs = systemClock().wallMs()}); };
    auto* second = new QTimer(m_binding);
    connect(second, &QTimer::timeout, m_binding, showTime);
    second->start(1'000);
    showTime();
    m_frame->band().setUser({});
    show({view_id::kWelcome, {}, {}});
}

void Window::goTo(const ViewRef& where) {
    m_history.visit(where);
    m_where = where;
    if (m_live != nullptr) show(where);
}

void Window::show(const ViewRef& where) {
    m_frame->showView(where.view);
    showCrumbs();
    if (m_live == nullptr) return;
    if (where.view == view_id::kActions) m_actionBinder->refresh();
    onTick();
}

void Window::onTick() { m_selection.setFleet(m_live->fleet()); }

void Window::onFacts() {
    m_frame->setFacts(m_live->facts());
    m_frame->band().setUser(m_live->userText());
    const auto critical = m_live->newestCritical();
    m_frame->chips().setNewestCritical(critical ? &*critical : nullptr, m_live->nowWallMs());
    if (m_where.view == view_id::kOverview) showCrumbs();
}

std::vector<Window::Crumb> Window::crumbs() const {
    const ViewRef fleet{view_id::kOverview, {}, {}};
    if (m_live == nullptr) return {{QStringLiteral("Busbar"), fleet}};
    std::vector<Crumb> crumbs{{QStringLiteral("Fleet"), fleet}};
    if (m_frame->currentView() == view_id::kWelcome) {
        crumbs.push_back({QStringLiteral("Open a profile"), m_where});
        return crumbs;
    }
    if (m_where.view == view_id::kOverview) crumbs.push_back({views::countOf(std::ssize(m_live->fleet()->sites), QStringLiteral("site")), m_where});
    else if (m_where.view == view_id::kHeatmap) crumbs.push_back({QStringLiteral("Heatmap"), m_where});
    else if (m_where.view == view_id::kNodes) crumbs.push_back({QStringLiteral("Nodes"), m_where});
    else if (m_where.view == view_id::kActions) crumbs.push_back({QStringLiteral("Actions"), m_where});
    if (m_where.view != view_id::kNode) return crumbs;
    const QString site = views::siteOf(m_where.nodeId.toStdString()), name = views::nameOf(m_where.nodeId.toStdString());
    const QString inSite = QStringLiteral("site:%1").arg(site);
    crumbs.push_back({site, {view_id::kNodes, {}, inSite}});
    for (const store::SitePtr& known : m_live->fleet()->sites) {
        const std::uint32_t node = views::toQt(known->site()) == site ? known->findNode(name.toStdString()) : known->nodeCount();
        if (node == known->nodeCount() || known->rack(node).empty()) continue;
        const QString rack = views::toQt(known->rack(node));
        crumbs.push_back({rack, {view_id::kNodes, {}, QStringLiteral("%1 rack:%2").arg(inSite, rack)}});
    }
    crumbs.push_back({name, m_where});
    return crumbs;
}

void Window::showCrumbs() {
    m_crumbs = crumbs();
    QStringList words;
    for (const Crumb& crumb : m_crumbs) words << crumb.text;
    if (words != m_frame->band().breadcrumb()) m_frame->band().setBreadcrumb(words);
    m_frame->setWindowTitle(words.mid(1).join(QStringLiteral(" \u203a ")) + (words.size() > 1 ? QStringLiteral(" \u2014 Busbar") : QStringLiteral("Busbar")));
}

void Window::showSelection() {
    const auto count = static_cast<std::int64_t>(m_selection.size());
    m_frame->status().setSelection(count == 0 ? QString() : QStringLiteral("%1 marked").arg(views::countOf(count, QStringLiteral("node"))));
}

void Window::chooseObject(const QString& target) {
    const auto where = parseViewRef(target);
    goTo(where.ok() ? *where : ViewRef{view_id::kNodes, {}, target});
}

void Window::say(const QString& sentence) { m_frame->status().say(sentence); }

} // namespace busbar::console
