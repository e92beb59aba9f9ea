#include "widgets/views/overview/overview_view.h"

#include "widgets/views/overview/overview_words.h"
#include "widgets/views/overview/side_panels.h"
#include "widgets/views/overview/sites_panel.h"
#include "widgets/views/overview/tally_panels.h"
#include "widgets/views/parts/text.h"

#include <QHBoxLayout>
#include <QStackedLayout>
#include <QVBoxLayout>

#include <cstdlib>

namespace busbar::views {

namespace {

constexpr int kMargin = 8, kGap = 8;
constexpr int kSideWidth = 424, kNarrowSideWidth = 330;
constexpr int kWideView = 1600, kNarrowView = 1180; ///< widths from which the right column is full, and from which it is there at all
constexpr int kLeastPanels = 190;
constexpr std::int64_t kTrendPeriodMs = 1'000;

} // namespace

OverviewView::OverviewView(items::NodeSelection& nodeSelection, std::shared_ptr<items::FleetTrends> trends, QWidget* parent)
    : FleetView(nodeSelection, parent), m_trends(trends ? std::move(trends) : std::make_shared<items::FleetTrends>()), m_model(new items::SiteModel(this)), m_tally(new items::TallyWatch(this)) {
    m_stack = new QStackedLayout(this);
    m_stack->addWidget(makeBody());
    auto* empty = new Surface(Tone::window, {}, this);
    auto* column = columnLayout(empty);
    column->setContentsMargins(24, 24, 24, 24);
    m_noSite = new Paragraph(QStringLiteral("No site is configured in this profile. Add a [[site]] with its name and address to the profile file and open it again, or enrol with a site: busbarctl pki enrol."), Tone::secondary, kBasePx);
    column->addWidget(m_noSite);
    column->addStretch(1);
    m_stack->addWidget(empty);
    connectPanels();
}

QWidget* OverviewView::makeBody() {
    auto* body = new Surface(Tone::window, {}, this);
    auto* row = rowLayout(body, kGap);
    row->setContentsMargins(kMargin, kMargin, kMargin, kMargin);
    auto* left = columnLayout(nullptr, kGap);
    m_sites = new SitesPanel(*m_model, *m_trends, body);
    m_panels = new TallyPanels(body);
    m_side = new SidePanels(body);
    left->addWidget(m_sites);
    left->addWidget(m_panels, 1);
    row->addLayout(left, 1);
    row->addWidget(m_side);
    return body;
}

void OverviewView::connectPanels() {
    const auto show = [this](const QString& text, const QString& view) {
        Q_EMIT queryRequested(text);
        Q_EMIT viewRequested(view);
    };
    const auto showNodes = [show](const QString& text) { show(text, QStringLiteral("nodes")); };
    SiteTable& table = m_sites->table();
    connect(&table, &SiteTable::scopeRequested, this, [this](const QString& site) { Q_EMIT queryRequested(QStringLiteral("site:") + site); });
    connect(&table, &SiteTable::heatmapRequested, this, [show](const QString& site) { show(QStringLiteral("site:") + site, QStringLiteral("heatmap")); });
    connect(&table, &SiteTable::currentSiteChanged, this, &OverviewView::sayStatus);
    connect(m_sites, &SitesPanel::unknownActivated, this, [showNodes] { showNodes(QStringLiteral("stale:yes")); });
    connect(m_panels, &TallyPanels::queryRequested, this, showNodes);
    connect(m_side, &SidePanels::queryRequested, this, showNodes);
    connect(m_side, &SidePanels::nodeOpened, this, &OverviewView::nodeOpened);
    connect(m_side, &SidePanels::actionOpened, this, &OverviewView::actionOpened);
    connect(m_tally, &items::TallyWatch::updated, this, [this] {
        m_model->setTally(*m_tally->tally());
        m_panels->setTally(*m_tally->tally());
        m_side->setTally(*m_tally->tally(), m_nowMs);
    });
    connect(m_model, &QAbstractItemModel::modelReset, this, &OverviewView::arrange);
}

void OverviewView::setFleet(const store::FleetPtr& fleet, std::int64_t nowWallMs) {
    m_nowMs = nowWallMs;
    m_trends->add(*fleet, nowWallMs);
    m_model->setFleet(*fleet, nowWallMs);
    m_tally->setFleet(fleet, nowWallMs);
    m_stack->setCurrentIndex(fleet->sites.empty() ? 1 : 0);
    if (std::abs(nowWallMs - m_trendShownMs) < kTrendPeriodMs) return;
    m_trendShownMs = nowWallMs;
    m_sites->table().refreshTrends();
    m_panels->setTrend(m_trends->fleet(), m_model->total().rollup.utilisationOfInUse);
    sayStatus();
}

void OverviewView::setQuery(const query::QueryPtr&, const QString& text) {
    m_sites->setFilterNote(text.trimmed().isEmpty() ? QString() : QStringLiteral("whole fleet: the filter is for heatmap and nodes"));
}

void OverviewView::setActions(const store::ActionsPtr& actions) { m_side->setActions(actions); }

void OverviewView::resizeEvent(QResizeEvent* event) {
    FleetView::resizeEvent(event);
    arrange();
}

void OverviewView::arrange() {
    m_side->setVisible(width() >= kNarrowView);
    m_side->setFixedWidth(width() >= kWideView ? kSideWidth : kNarrowSideWidth);
    m_sites->fitTo(height() - 2 * kMargin - kGap - kLeastPanels);
}

void OverviewView::sayStatus() {
    QStringList words;
    if (const QString site = m_sites->table().currentSite(); !site.isEmpty()) words << QStringLiteral("site %1").arg(site);
    words << QStringLiteral("counts at %1 UTC").arg(clockText(m_nowMs));
    if (const QString leftOut = leftOutText(*m_model); !leftOut.isEmpty()) words << leftOut;
    Q_EMIT statusChanged(words.join(QStringLiteral(" \u00b7 ")));
}

} // namespace busbar::views
