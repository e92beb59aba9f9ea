#include "widgets/views/heatmap/heatmap_view.h"

#include "items/node_selection.h"
#include "widgets/controls/heatmap/heat_words.h"
#include "widgets/views/heatmap/heat_legend.h"
#include "widgets/views/heatmap/heat_loupe.h"
#include "widgets/views/heatmap/heat_marks.h"
#include "widgets/views/heatmap/heat_minimap.h"
#include "widgets/views/heatmap/heat_toolbar.h"
#include "widgets/views/heatmap/hover_card.h"
#include "widgets/views/heatmap/heat_selection_bar.h"
#include "widgets/views/heatmap/site_captions.h"
#include "widgets/views/parts/surface.h"
#include "widgets/views/parts/text.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

namespace busbar::views {

namespace {

constexpr int kDockWidth = 300;
constexpr int kMinimapFrom = 780; ///< height; below, the loupe needs the room more
/// What larger selections hold is counted when they change only.
constexpr std::size_t kCountedEachSecond = 5'000;

/// A panel of the dock: head, then `body` with the padding of the picture.
Surface* makePanel(const QString& title, Line** head, QWidget* body, int padding, QWidget* parent) {
    auto* panel = new Surface(Tone::base, Qt::TopEdge | Qt::BottomEdge | Qt::LeftEdge | Qt::RightEdge, parent);
    auto* column = columnLayout(panel);
    column->setContentsMargins(1, 1, 1, 1);
    column->addWidget(makePanelHead(title, head, panel));
    auto* inner = columnLayout();
    inner->setContentsMargins(padding, padding, padding, padding);
    inner->addWidget(body, 1);
    column->addLayout(inner, 1);
    return panel;
}

} // namespace

HeatmapView::HeatmapView(items::NodeSelection& selected, QWidget* parent)
    : FleetView(selected, parent), m_toolbar(new HeatToolbar(this)), m_canvas(new controls::HeatmapControl(m_scene, selected, this)), m_bar(new HeatSelectionBar(this)), m_minimap(new HeatMinimap(m_scene)),
      m_legend(new HeatLegend), m_marks(new HeatMarks), m_loupe(new HeatLoupe(m_scene)), m_card(new HoverCard(this)) {
    auto* row = rowLayout(this, 0);
    auto* column = columnLayout();
    column->addWidget(m_toolbar);
    column->addWidget(m_canvas, 1);
    column->addWidget(m_bar);
    row->addLayout(column, 1);
    row->addWidget(makeDock());
    setFocusProxy(m_canvas);
    connectCanvas();
    connectPanels();
}

HeatmapView::~HeatmapView() = default;

QWidget* HeatmapView::makeDock() {
    auto* dock = new Surface(Tone::panel, Qt::LeftEdge, this);
    dock->setFixedWidth(kDockWidth);
    auto* column = columnLayout(dock, 8);
    column->setContentsMargins(8, 8, 8, 8);
    m_minimapPanel = makePanel(QStringLiteral("Minimap"), &m_minimapHead, m_minimap, 8, dock);
    column->addWidget(m_minimapPanel);
    column->addWidget(makePanel(QStringLiteral("Legend"), &m_legendHead, m_legend, 8, dock));
    column->addWidget(makePanel(QStringLiteral("Marks"), nullptr, m_marks, 0, dock));
    column->addWidget(makePanel(QStringLiteral("Loupe"), &m_loupeHead, m_loupe, 10, dock), 1);
    return dock;
}

void HeatmapView::connectCanvas() {
    using controls::HeatmapControl;
    connect(m_canvas, &HeatmapControl::cursorMoved, this, &HeatmapView::showLoupe);
    connect(m_canvas, &HeatmapControl::cursorMoved, this, &HeatmapView::sayStatus);
    connect(m_canvas, &HeatmapControl::hoverMoved, this, &HeatmapView::showLoupe);
    connect(m_canvas, &HeatmapControl::hoverRested, this, &HeatmapView::restAt);
    connect(m_canvas, &HeatmapControl::hoverLeft, m_card, &QWidget::hide);
    connect(m_canvas, &HeatmapControl::viewMoved, this, [this] {
        m_minimap->setView(m_canvas->camera());
        m_toolbar->setShown(m_scene.table().fill(), m_canvas->level(), m_canvas->camera(), m_scene.layout().stripCount());
    });
    connect(m_canvas, &HeatmapControl::nodeOpened, this, [this](std::uint32_t site, std::uint32_t node) { Q_EMIT nodeOpened(idOf(site, node)); });
    connect(m_canvas, &HeatmapControl::planRequested, this, &HeatmapView::plan);
    connect(m_canvas, &HeatmapControl::filterRequested, this, [this](std::uint32_t site, std::uint32_t node) {
        const store::SiteSnapshot& snapshot = *m_scene.fleet().sites[site];
        const std::string place = snapshot.rack(node).empty() ? query::termOf("node", snapshot.nodeName(node)) : query::termOf("rack", snapshot.rack(node));
        Q_EMIT queryRequested(toQt(query::termOf("site", snapshot.site()) + ' ' + place));
    });
    connect(&selection(), &items::NodeSelection::changed, this, &HeatmapView::showSelection);
    connect(&m_matches, &items::MatchWatch::updated, this, [this] {
        m_scene.setMatches(m_matches.matches());
        if (isVisible()) refresh(true);
        sayStatus();
    });
}

void HeatmapView::connectPanels() {
    connect(m_toolbar, &HeatToolbar::fillChosen, this, [this](controls::Fill fill) {
        m_scene.setFill(fill);
        refresh(true);
    });
    connect(m_toolbar, &HeatToolbar::arrangementChosen, this, [this](items::Arrangement arrangement) {
        m_scene.setArrangement(arrangement);
        m_canvas->fit();
        refresh(true);
    });
    connect(m_toolbar, &HeatToolbar::levelChosen, m_canvas, &controls::HeatmapControl::setLevel);
    connect(m_toolbar, &HeatToolbar::zoomed, m_canvas, &controls::HeatmapControl::zoom);
    connect(m_toolbar, &HeatToolbar::fitted, m_canvas, &controls::HeatmapControl::fit);
    connect(m_legend, &HeatLegend::rangeChosen, this, [this](const controls::HeatRange& range) {
        m_scene.setRange(range);
        refresh(true);
    });
    connect(m_minimap, &HeatMinimap::moved, m_canvas, &controls::HeatmapControl::centreOn);
    connect(m_marks, &HeatMarks::queryRequested, this, &HeatmapView::queryRequested);
    connect(m_bar, &HeatSelectionBar::tableRequested, this, [this] { Q_EMIT viewRequested(QStringLiteral("nodes")); });
    connect(m_bar, &HeatSelectionBar::filterRequested, this, &HeatmapView::queryRequested);
    connect(m_bar, &HeatSelectionBar::planRequested, this, &HeatmapView::plan);
    connect(m_bar, &HeatSelectionBar::cleared, &selection(), &items::NodeSelection::clear);
}

void HeatmapView::setFleet(const store::FleetPtr& fleet, std::int64_t nowWallMs) {
    const bool second = nowWallMs / 1'000 != m_nowWallMs / 1'000;
    m_nowWallMs = nowWallMs;
    m_scene.setFleet(fleet, staleSites(*fleet, nowWallMs));
    m_matches.setFleet(fleet, nowWallMs);
    if (!isVisible()) return; // shown whole when it is opened
    refresh(false);
    if (!second) return;
    if (m_card->isVisible()) restAt(m_cardPosition); // its values and ages go on
    if (selection().size() <= kCountedEachSecond) showSelection();
    else sayStatus();
}

void HeatmapView::setQuery(const query::QueryPtr& query, const QString&) { m_matches.setQuery(query); }

void HeatmapView::showEvent(QShowEvent* event) {
    FleetView::showEvent(event);
    refresh(true);
    showSelection();
}

void HeatmapView::resizeEvent(QResizeEvent* event) {
    FleetView::resizeEvent(event);
    m_card->hide();
    m_minimapPanel->setVisible(height() >= kMinimapFrom);
}

void HeatmapView::refresh(bool byPerson) {
    const controls::HeatCounts& counts = m_histogram.update(m_scene);
    m_canvas->setCaptions(siteCaptions(m_scene.fleet(), m_nowWallMs));
    m_canvas->refresh();
    m_legend->show(m_scene.table().fill(), m_scene.table().range(), counts);
    m_marks->show(m_scene.tally(), counts);
    m_minimap->refresh(byPerson);
    m_minimap->setView(m_canvas->camera());
    m_toolbar->setShown(m_scene.table().fill(), m_canvas->level(), m_canvas->camera(), m_scene.layout().stripCount());
    std::int64_t nodes = 0;
    for (const auto& site : m_scene.fleet().sites) nodes += site->nodeCount();
    m_minimapHead->setRuns({strong(QStringLiteral("Minimap"), kBasePx), plain(QStringLiteral("%1 \u00b7 %2").arg(countOf(m_scene.siteCount(), QStringLiteral("site")), countOf(nodes, QStringLiteral("node"))), Tone::muted)});
    m_legendHead->setRuns({strong(controls::infoOf(m_scene.table().fill()).title, kBasePx), plain(QStringLiteral("histogram = filter"), Tone::muted)});
    showLoupe();
}

void HeatmapView::showSelection() {
    m_bar->show(m_scene.fleet(), selection());
    sayStatus();
}

void HeatmapView::showLoupe() {
    m_loupe->setCell(m_canvas->hovered() ? m_canvas->hovered() : m_canvas->cursor());
    Runs head{strong(QStringLiteral("Loupe"), kBasePx)};
    if (const QString caption = m_loupe->caption(); !caption.isEmpty()) head << plain(caption, Tone::muted);
    m_loupeHead->setRuns(head);
}

void HeatmapView::showNode(const QString& id) {
    const std::string whole = toStd(id);
    const auto& sites = m_scene.fleet().sites;
    for (std::uint32_t site = 0; site < sites.size(); ++site) {
        if (toQt(sites[site]->site()) != siteOf(whole)) continue;
        const std::uint32_t node = sites[site]->findNode(toStd(nameOf(whole)));
        if (node < sites[site]->nodeCount()) m_canvas->setCursor({site, node, 0});
    }
}

void HeatmapView::restAt(const QPoint& position) {
    m_cardPosition = position;
    showCard();
    const auto cell = m_canvas->hovered();
    if (!cell || m_canvas->level() > controls::HeatLevel::node) return;
    const QString id = idOf(cell->site, cell->node);
    if (id != m_cardNode) m_cardDetail.reset();
    m_cardNode = id;
    Q_EMIT detailWanted(id);
}

void HeatmapView::setDetail(const QString& id, StatusOr<NodeDetail> detail) {
    if (id != m_cardNode) return;
    if (detail.ok()) m_cardDetail = *std::move(detail);
    else m_cardDetail.reset();
    if (m_card->isVisible()) showCard();
}

void HeatmapView::showCard() {
    const auto cell = m_canvas->hovered();
    if (!cell) return m_card->hide();
    const QPoint origin = m_canvas->mapTo(this, QPoint());
    const bool detailed = m_cardDetail && idOf(cell->site, cell->node) == m_cardNode;
    m_card->showFor(hoverFacts(m_scene, m_canvas->level(), *cell, m_nowWallMs, detailed ? &*m_cardDetail : nullptr), m_cardPosition + origin, m_canvas->cellRect(*cell).toAlignedRect().translated(origin));
}

void HeatmapView::sayStatus() {
    QStringList words;
    if (const auto& matches = m_matches.matches(); matches && !matches->status.ok()) words << QStringLiteral("not filtered: %1").arg(toQt(sentenceOf(matches->status)));
    else if (matches) words << QStringLiteral("%1 of %2 match, %3 unknown").arg(countText(static_cast<std::int64_t>(matches->count)), countOf(static_cast<std::int64_t>(matches->total), QStringLiteral("node")), countText(static_cast<std::int64_t>(matches->unknown)));
    if (!selection().empty()) words << QStringLiteral("%1 selected").arg(countOf(static_cast<std::int64_t>(selection().size()), QStringLiteral("node")));
    if (const auto cell = m_canvas->cursor()) words << QStringLiteral("cursor %1: %2").arg(idOf(cell->site, cell->node), heatCellWords(m_scene, m_canvas->level(), *cell));
    words << QStringLiteral("paint %1 ms").arg(m_canvas->paintMilliseconds(), 0, 'f', 1);
    Q_EMIT statusChanged(words.join(QStringLiteral(" \u00b7 ")));
}

void HeatmapView::plan() {
    if (selection().empty()) {
        Q_EMIT statusChanged(QStringLiteral("Nothing to plan: select nodes first, by click, Space or Shift+drag"));
        return;
    }
    QStringList ids;
    for (const std::string& id : selection().ids()) ids << toQt(id);
    if (const QString why = askVerb(ids, m_canvas->mapToGlobal(m_canvas->rect().center())); !why.isEmpty()) Q_EMIT statusChanged(QStringLiteral("No plan: %1").arg(why));
}

QString HeatmapView::idOf(std::uint32_t site, std::uint32_t node) const { return toQt(items::nodeId(*m_scene.fleet().sites[site], node)); }

} // namespace busbar::views
