#include "widgets/views/node/node_view.h"

#include "base/clock.h"
#include "items/node_selection.h"
#include "widgets/charts/strip_dialog.h"
#include "widgets/views/node/host_page.h"
#include "widgets/views/node/node_dock.h"
#include "widgets/views/node/node_strips.h"
#include "widgets/views/node/node_words.h"
#include "widgets/views/parts/text.h"

#include <QKeyEvent>
#include <QStackedWidget>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>

namespace busbar::views {

namespace {

constexpr int kDetailMs = 2'000, kHistoryMs = 60'000;
/// An answer that has not come by then is asked for again.
constexpr std::int64_t kAnswerMs = 10'000;
constexpr std::int64_t kSpanMs = 15 * 60'000, kStepMs = 1'000;
/// Leases and neighbours are counted over the whole site.
constexpr std::int64_t kJudgeMs = 2'000;

store::SitePtr siteNamed(const store::FleetPtr& fleet, const QString& name) {
    if (!fleet) return nullptr;
    const auto found = std::find_if(fleet->sites.begin(), fleet->sites.end(), [&](const store::SitePtr& site) { return toQt(site->site()) == name; });
    return found == fleet->sites.end() ? nullptr : *found;
}

/// The controller's clock now: its last heartbeat, and the time since that arrived here.
std::int64_t siteNow(const store::SiteSnapshot& site, std::int64_t nowMs) {
    return site.heartbeatWallMs() <= 0 || site.receivedWallMs() <= 0
               ? nowMs
               : site.heartbeatWallMs() + std::max<std::int64_t>(0, nowMs - site.receivedWallMs());
}

} // namespace

NodeView::NodeView(items::NodeSelection& selection, QWidget* parent)
    : FleetView(selection, parent),
      m_nowMs(systemClock().wallMs()),
      m_detailTimer(new QTimer(this)),
      m_historyTimer(new QTimer(this)),
      m_stack(new QStackedWidget(this)) {
    build();
    m_detailTimer->setInterval(kDetailMs);
    m_historyTimer->setInterval(kHistoryMs);
    connect(m_detailTimer, &QTimer::timeout, this, &NodeView::askDetail);
    connect(m_historyTimer, &QTimer::timeout, this, [this] { askHistory(kSpanMs, kStepMs); });
    connect(m_strips, &NodeStrips::historyNeeded, this, &NodeView::askHistory);
    connect(m_strips, &NodeStrips::stripOpened, this, &NodeView::openStrip);
    connect(m_strips, &NodeStrips::statusChanged, this, &FleetView::statusChanged);
    connect(m_head, &NodeHead::drainRequested, this, [this] { Q_EMIT planRequested(Verb::drain, {m_id}); });
    connect(m_head, &NodeHead::returnRequested, this, [this] { Q_EMIT planRequested(Verb::giveBack, {m_id}); });
    connect(m_head, &NodeHead::verbsRequested, this, &NodeView::choosePlan);
    showAll();
}

NodeView::~NodeView() = default;

void NodeView::setFleet(const store::FleetPtr& fleet, std::int64_t nowWallMs) {
    m_fleet = fleet;
    m_nowMs = nowWallMs;
    if (isVisible()) showAll();
}

void NodeView::showNode(const QString& id) {
    if (id != m_id) {
        m_id = id;
        resetNode();
    }
    if (isVisible()) {
        askDetail();
        askHistory(kSpanMs, kStepMs);
        Q_EMIT watchWanted(m_id.isEmpty() ? QStringList() : QStringList{m_id});
    }
    showAll();
}

void NodeView::resetNode() {
    m_detail.reset();
    m_problem = absl::OkStatus();
    m_asking = false;
    m_gpus = -1;
    m_judgedMs = 0;
    m_leases.clear();
    m_neighbours = {};
    if (m_dialog != nullptr) m_dialog->close();
}

void NodeView::askDetail() {
    if (m_id.isEmpty() || (m_asking && m_nowMs - m_askedMs < kAnswerMs)) return;
    m_asking = true;
    m_askedMs = m_nowMs;
    Q_EMIT detailWanted(m_id);
}

void NodeView::askHistory(std::int64_t spanMs, std::int64_t stepMs) {
    if (!m_id.isEmpty()) Q_EMIT historyWanted(m_id, {}, spanMs, stepMs);
}

void NodeView::setDetail(const QString& id, StatusOr<NodeDetail> detail) {
    if (id != m_id || (detail.ok() && toQt(detail->id) != m_id)) return;
    m_asking = false;
    m_problem = detail.status();
    // An error does not take away what is known: it is shown as old.
    if (detail.ok()) m_detail = *std::move(detail);
    showAll();
    if (!m_detail || !m_problem.ok()) return;
    const NodeRef node = refresh();
    m_strips->setDetail(*m_detail);
    m_dock->setDetail(*m_detail, node.siteNowMs);
    m_hostPage->setDetail(*m_detail);
}

void NodeView::setHistory(const QString& id, StatusOr<std::vector<HistorySeries>> series) {
    if (id != m_id) return;
    if (series.ok()) m_strips->setHistory(*series);
    else m_strips->setHistoryProblem(toQt(sentenceOf(series.status())));
    if (m_dialog != nullptr) m_dialog->refresh();
}

void NodeView::setOffReason(OffReason offReason) {
    FleetView::setOffReason(std::move(offReason));
    showAll();
}

NodeRef NodeView::refresh() {
    const std::string id = toStd(m_id);
    NodeRef node{.id = id, .site = siteNamed(m_fleet, siteOf(id)), .detail = m_detail ? &*m_detail : nullptr, .siteNowMs = m_nowMs};
    if (!node.site) return node;
    node.siteNowMs = siteNow(*node.site, m_nowMs);
    node.node = node.site->findNode(toStd(nameOf(node.id)));
    node.listed = node.node < node.site->nodeCount();
    if (node.listed && (m_judgedMs == 0 || m_nowMs - m_judgedMs >= kJudgeMs)) {
        m_judgedMs = m_nowMs;
        m_leases = leasesOf(node);
        m_neighbours = neighboursOf(*node.site, node.node);
        m_dock->nowPage().setLeases(m_leases, node.siteNowMs);
        m_dock->nowPage().setNeighbours(m_neighbours);
        m_strips->setNeighbours(rowsNear(*node.site, node.node));
    }
    return node;
}

bool NodeView::siteStale(const NodeRef& node) const { return node.site && store::stateAt(*node.site, m_nowMs) != store::SiteState::live; }

void NodeView::showAll() {
    const NodeRef node = refresh();
    const QString notice = noticeText(node);
    m_stack->setCurrentIndex(notice.isEmpty() ? 0 : 1);
    if (!notice.isEmpty()) {
        m_noticeTitle->setRuns({strong(m_id.isEmpty() ? QStringLiteral("No node is open") : m_id, 17)});
        m_notice->setText(notice);
        return;
    }
    showNodeFacts(node);
    showBanner(node);
}

void NodeView::showNodeFacts(const NodeRef& node) {
    const bool silent = siteStale(node), stale = silent || node.facts().link == Link::lost;
    if (m_gpus != node.gpus()) {
        m_gpus = node.gpus();
        m_strips->showNode(node.id, m_gpus);
        if (m_detail) m_strips->setDetail(*m_detail);
        const bool gpuless = m_gpus == 0;
        m_left->setCurrentIndex(gpuless ? 1 : 0);
        m_dock->setGpuless(gpuless);
        // The answer may have come before the strips were there.
        if (isVisible() && !gpuless) askHistory(kSpanMs, kStepMs);
    }
    HeadFacts head = headFacts(node, m_leases, m_neighbours, stale);
    head.drainOff = nodeOff(Verb::drain, node);
    head.returnOff = nodeOff(Verb::giveBack, node);
    m_head->setFacts(head);
    m_dock->setStale(stale, silent);
    m_hostPage->setStale(stale);
    // Values of a late agent are its last ones: they are shown, but are no new readings.
    const bool sampled = !stale && node.facts().link == Link::connected;
    if (node.listed) m_strips->setSnapshot(*node.site, node.node, node.siteNowMs, sampled);
    else m_strips->setNow(node.siteNowMs);
    if (m_dialog != nullptr && m_dialog->isVisible()) m_dialog->setNow(node.siteNowMs);
    if (m_gpus == 0) {
        const std::string driver = node.detail != nullptr ? node.detail->inventory.driver
                                   : node.listed          ? std::string(node.site->driver(node.node))
                                                          : std::string();
        m_noGpus->setText(QStringLiteral("No GPU strips: %1.")
                              .arg(driver.empty() ? QStringLiteral("the agent reports no GPU and no driver")
                                   : node.detail != nullptr && node.detail->inventory.driverPresent
                                       ? QStringLiteral("the driver (%1) lists no GPU").arg(toQt(driver))
                                       : toQt(driver)));
    }
}

QString NodeView::nodeOff(Verb verb, const NodeRef& node) const {
    const QString site = siteOf(node.id);
    if (siteStale(node))
        return QStringLiteral("%1 is %2; its facts are too old to act on").arg(site, toQt(store::toString(store::stateAt(*node.site, m_nowMs))));
    if (const QString off = siteOffReason(site, verb); !off.isEmpty()) return off;
    return verbOff(verb, node.facts());
}

QString NodeView::planOff(Verb verb, const QStringList&) {
    return m_id.isEmpty() || m_stack->currentIndex() != 0 ? QStringLiteral("no node is shown") : nodeOff(verb, refresh());
}

void NodeView::choosePlan() {
    if (const QString off = askVerb({m_id}, m_head->mapToGlobal(QPoint(m_head->width() / 2, m_head->height()))); !off.isEmpty()) Q_EMIT statusChanged(QStringLiteral("No plan for %1: %2").arg(m_id, off));
}

void NodeView::openStrip(int gpu) {
    if (m_dialog == nullptr) {
        m_dialog = new charts::StripDialog(m_strips->history(), this);
        m_dialog->setScales([this](Metric metric) { return m_strips->scaleOf(metric); });
        connect(m_dialog, &charts::StripDialog::historyNeeded, this, &NodeView::askHistory);
    }
    m_dialog->showStrip(m_id, gpu, m_strips->chart().upper().metric, m_strips->chart().window());
}

void NodeView::showEvent(QShowEvent* event) {
    FleetView::showEvent(event);
    m_detailTimer->start();
    m_historyTimer->start();
    showNode(m_id);
}

void NodeView::hideEvent(QHideEvent* event) {
    FleetView::hideEvent(event);
    m_detailTimer->stop();
    m_historyTimer->stop();
    m_asking = false;
    Q_EMIT watchWanted({});
}

void NodeView::keyPressEvent(QKeyEvent* event) {
    if (event->modifiers() & ~Qt::KeypadModifier) return FleetView::keyPressEvent(event);
    switch (event->key()) {
    case Qt::Key_X: return choosePlan();
    case Qt::Key_J: Q_EMIT stepRequested(1); return;
    case Qt::Key_K: Q_EMIT stepRequested(-1); return;
    case Qt::Key_Backspace: Q_EMIT backRequested(); return;
    default: return FleetView::keyPressEvent(event);
    }
}

} // namespace busbar::views
