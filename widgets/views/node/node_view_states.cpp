// NodeView: its parts, and the sentences of its states (loading, unknown, denied, stale, lost).
#include "widgets/views/node/host_page.h"
#include "widgets/views/node/node_dock.h"
#include "widgets/views/node/node_strips.h"
#include "widgets/views/node/node_view.h"
#include "widgets/views/parts/text.h"

#include <QHBoxLayout>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace busbar::views {

namespace {

constexpr int kMargin = 8, kGap = 8, kBannerHeight = 28;
constexpr int kLeftShare = 1028, kRightShare = 803; // of 1,839 px in the picture

} // namespace

void NodeView::build() {
    auto* column = columnLayout(this);
    m_stack->addWidget(buildPage());
    m_stack->addWidget(buildNotice());
    column->addWidget(m_stack);
    setFocusProxy(&m_strips->chart());
}

QWidget* NodeView::buildPage() {
    auto* page = new Surface(Tone::window);
    auto* column = columnLayout(page, kGap);
    column->setContentsMargins(kMargin, kMargin, kMargin, kMargin);
    m_head = new NodeHead;
    column->addWidget(m_head);
    m_banner = new Surface(Tone::hover, Qt::TopEdge | Qt::BottomEdge | Qt::RightEdge);
    m_banner->setAccent(Qt::LeftEdge, 3, Tone::p2);
    m_banner->setFixedHeight(kBannerHeight);
    m_bannerLine = new Line(m_banner);
    m_bannerLine->setObjectName(QStringLiteral("banner"));
    auto* inner = rowLayout(m_banner);
    inner->setContentsMargins(14, 0, 14, 0);
    inner->addWidget(m_bannerLine, 1);
    column->addWidget(m_banner);
    auto* row = rowLayout(nullptr, kGap);
    m_strips = new NodeStrips;
    m_hostSide = new QWidget;
    auto* host = columnLayout(m_hostSide, kGap);
    m_noGpus = new Paragraph({}, Tone::text, kBasePx);
    m_noGpus->setObjectName(QStringLiteral("noGpus"));
    m_noGpus->setContentsMargins(10, 10, 10, 10);
    host->addWidget(makePanel(QStringLiteral("GPUs"), m_noGpus));
    m_hostPage = new HostPage;
    host->addWidget(m_hostPage, 1);
    m_left = new QStackedWidget;
    m_left->addWidget(m_strips);
    m_left->addWidget(m_hostSide);
    m_dock = new NodeDock;
    row->addWidget(m_left, kLeftShare);
    row->addWidget(m_dock, kRightShare);
    column->addLayout(row, 1);
    return page;
}

QWidget* NodeView::buildNotice() {
    auto* page = new Surface(Tone::base);
    auto* column = columnLayout(page, 8);
    column->setContentsMargins(28, 28, 28, 28);
    m_noticeTitle = new Line(page);
    m_notice = new Paragraph({}, Tone::secondary, kBasePx, page);
    m_notice->setObjectName(QStringLiteral("notice"));
    auto* back = new Line(page, {linkRun(QStringLiteral("Back to the nodes"), QStringLiteral("nodes"))});
    connect(back, &Line::linkActivated, this, &FleetView::viewRequested);
    column->addWidget(m_noticeTitle);
    column->addWidget(m_notice);
    column->addWidget(back);
    column->addStretch(1);
    return page;
}

QString NodeView::noticeText(const NodeRef& node) const {
    if (m_id.isEmpty()) return QStringLiteral("Choose one in the heatmap or in the node table and press Enter.");
    if (absl::IsPermissionDenied(m_problem) || absl::IsUnauthenticated(m_problem))
        return QStringLiteral("You may not see this node: %1").arg(toQt(sentenceOf(m_problem)));
    if (node.site && node.site->state() == store::SiteState::refused)
        return QStringLiteral("%1 refused this console. %2").arg(siteOf(node.id), toQt(node.site->stateSentence()));
    if (m_detail || node.listed) return {};
    if (m_fleet && !node.site)
        return QStringLiteral(
                   "The profile has no site \u201c%1\u201d, so nothing is known of this node. Open the profile that has it, or choose another node.")
            .arg(siteOf(node.id));
    if (absl::IsNotFound(m_problem))
        return QStringLiteral("%1 Ids are site/name; it may have been renamed or retired.").arg(toQt(sentenceOf(m_problem)));
    const bool live = node.site && store::stateAt(*node.site, m_nowMs) == store::SiteState::live;
    if (live && !m_asking && m_problem.ok())
        return QStringLiteral("%1 knows no node of this name. Ids are site/name; it may have been renamed or retired.").arg(siteOf(node.id));
    if (!m_problem.ok())
        return QStringLiteral("Nothing is known of this node yet: %1 It is asked for again every 2 s.").arg(toQt(sentenceOf(m_problem)));
    return QStringLiteral("Loading all about this node \u2026");
}

void NodeView::showBanner(const NodeRef& node) {
    Runs runs;
    const auto state = node.site ? store::stateAt(*node.site, m_nowMs) : store::SiteState::connecting;
    const Link link = node.facts().link;
    if (state == store::SiteState::stale || state == store::SiteState::lost)
        runs = {strong(QStringLiteral("%1 is %2:").arg(siteOf(node.id), toQt(store::toString(state)))),
                plain(QStringLiteral("no word for %1; all values are the last known ones, plans are off until it answers")
                          .arg(durationText(m_nowMs - node.site->receivedWallMs())))};
    else if (link == Link::lost)
        runs = {strong(QStringLiteral("Agent lost:")),
                plain(QStringLiteral("last message %1 UTC, %2 ago; all values are its last ones")
                          .arg(momentText(node.lastSeenWallMs(), node.siteNowMs),
                               durationText(std::max<std::int64_t>(0, node.siteNowMs - node.lastSeenWallMs()))))};
    else if (!m_problem.ok())
        runs = {strong(m_detail ? QStringLiteral("Detail is of %1 UTC:").arg(clockText(m_detail->asOfWallMs)) : QStringLiteral("No detail:")),
                plain(toQt(sentenceOf(m_problem)))};
    else if (link == Link::late)
        runs = {strong(QStringLiteral("Agent late:")),
                plain(QStringLiteral("last message %1 ago").arg(durationText(std::max<std::int64_t>(0, node.siteNowMs - node.lastSeenWallMs()))))};
    else if (!m_detail) runs = {plain(QStringLiteral("Loading detail and history \u2026"), Tone::secondary)};
    if (!runs.isEmpty() && (m_detail || !m_problem.ok() || link == Link::lost)) runs[0].sign = Sign::p2;
    m_banner->setVisible(!runs.isEmpty());
    m_bannerLine->setRuns(runs);
}

} // namespace busbar::views
