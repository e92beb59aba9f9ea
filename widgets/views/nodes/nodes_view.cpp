#include "widgets/views/nodes/nodes_view.h"

#include "items/cell_filter.h"
#include "items/node_selection.h"
#include "widgets/controls/mark_gutter.h"
#include "widgets/controls/node_table.h"
#include "widgets/views/nodes/nodes_state.h"
#include "widgets/views/nodes/marked_bar.h"
#include "widgets/views/parts/text.h"

#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QSettings>
#include <QVBoxLayout>

#include <algorithm>

namespace busbar::views {

namespace {

using items::NodeColumn;
using items::NodeSort;

/// A query that runs longer shows that it does.
constexpr int kSlowMs = 100;
constexpr int kMostNamed = 5;

const QString& columnsKey() {
    static const QString key = QStringLiteral("columns");
    return key;
}
const QString& sortKey() {
    static const QString key = QStringLiteral("sort");
    return key;
}

std::optional<NodeSort> parseSort(const QString& word) {
    const bool descending = word.startsWith(QLatin1Char('-'));
    const auto column = items::parseNodeColumn(word.mid(descending ? 1 : 0).toStdString());
    return column ? std::optional(NodeSort{*column, descending}) : std::nullopt;
}

} // namespace

NodesView::NodesView(items::NodeSelection& selection, QWidget* parent)
    : FleetView(selection, parent), m_fleet(std::make_shared<store::FleetSnapshot>()), m_table(new controls::NodeTable(m_model, selection, this)), m_gutter(new controls::MarkGutter(*m_table, this)), m_counts(new CountBar(this)),
      m_banner(new OrderBanner(this)), m_notice(new NoticeBar(this)), m_state(new NodesState(m_table->viewport())), m_markedBar(new MarkedBar(selection, this)) {
    build();
    connectTable();
    connectBars();
    connectExport();
    setOffReason({});
    m_model.setSort(NodeSort{NodeColumn::mark, false});
    showSort();
    refreshBars();
}

void NodesView::build() {
    auto* column = columnLayout(this);
    column->addWidget(m_counts);
    column->addWidget(m_notice);
    column->addWidget(m_banner);
    auto* rows = rowLayout(nullptr, 0);
    rows->addWidget(m_table, 1);
    auto* side = columnLayout();
    auto* corner = new Surface(Tone::panel, Qt::BottomEdge, this);
    corner->setFixedSize(controls::MarkGutter::kWidth, controls::NodeHeader::kTitleHeight + controls::NodeHeader::kChartHeight);
    side->addWidget(corner);
    side->addWidget(m_gutter, 1);
    rows->addLayout(side);
    column->addLayout(rows, 1);
    column->addWidget(m_markedBar);
    columnLayout(m_table->viewport())->addWidget(m_state);
    m_slow.setSingleShot(true);
    m_slow.setInterval(kSlowMs);
    setFocusProxy(m_table);
}

void NodesView::connectTable() {
    connect(m_table, &controls::NodeTable::opened, this, &FleetView::nodeOpened);
    connect(m_table, &controls::NodeTable::filterWanted, this, [this](const QModelIndex& index) {
        if (const auto term = items::termOfCell(static_cast<NodeColumn>(index.column()), m_model.at(index.row()))) narrow(term->filter);
    });
    connect(m_table, &controls::NodeTable::cellMenuWanted, this, &NodesView::openCellMenu);
    connect(m_table, &controls::NodeTable::pointerOnRowsChanged, this, &NodesView::refreshFrozen);
    connect(m_table, &controls::NodeTable::cursorMoved, this, &NodesView::refreshStatus);
    connect(&m_table->header(), &QHeaderView::sectionClicked, this, &NodesView::sortBy);
    connect(&m_table->header(), &controls::NodeHeader::menuRequested, this, &NodesView::openColumnMenu);
    connect(&m_model, &items::NodeTableModel::answered, this, &NodesView::refreshBars);
    connect(&m_model, &items::NodeTableModel::summaryChanged, this, &NodesView::refreshBars);
    connect(&m_slow, &QTimer::timeout, this, &NodesView::refreshBars);
}

void NodesView::connectBars() {
    connect(m_counts, &CountBar::unknownWanted, this, [this] { Q_EMIT queryRequested(QStringLiteral("stale:yes")); });
    connect(m_counts, &CountBar::copyQueryWanted, this, [this] { QApplication::clipboard()->setText(toQt(query::print(*m_model.query()))); });
    connect(&m_counts->columnsButton(), &QPushButton::clicked, this, [this] { openColumnMenu(m_counts->columnsButton().mapToGlobal(QPoint(0, m_counts->columnsButton().height()))); });
    connect(&m_counts->exportButton(), &QPushButton::clicked, this, &NodesView::askExport);
    connect(m_banner, &OrderBanner::applyWanted, &m_model, &items::NodeTableModel::applyOrder);
    connect(m_state, &NodesState::linkActivated, this, [this](const QString& link) {
        const QString prefix = QStringLiteral("query:");
        Q_EMIT queryRequested(link.startsWith(prefix) ? link.mid(prefix.size()) : link == QStringLiteral("stale") ? QStringLiteral("stale:yes") : QString());
    });
    connect(m_markedBar, &MarkedBar::openWanted, this, [this] { Q_EMIT nodeOpened(toQt(selection().ids().front())); });
    connect(m_markedBar, &MarkedBar::heatmapWanted, this, [this] { Q_EMIT viewRequested(QStringLiteral("heatmap")); });
    connect(m_markedBar, &MarkedBar::planWanted, this, [this](Verb verb) { Q_EMIT planRequested(verb, planTargets()); });
    connect(m_markedBar, &MarkedBar::verbsWanted, this, &NodesView::choosePlan);
    connect(m_markedBar, &MarkedBar::nodeWanted, this, [this](const QString& id) {
        const int row = m_model.rowOf(toStd(id));
        if (row < 0) Q_EMIT nodeOpened(id);
        else m_table->setCursorRow(row);
    });
    connect(&selection(), &items::NodeSelection::changed, this, &NodesView::refreshFrozen);
    connect(&selection(), &items::NodeSelection::vanished, this, [this](const QStringList& ids) {
        QString named = ids.mid(0, kMostNamed).join(QStringLiteral(", "));
        if (ids.size() > kMostNamed) named += QStringLiteral(" and %1 more").arg(countText(ids.size() - kMostNamed));
        m_notice->show(QStringLiteral("%1 gone from their site and no longer selected: %2").arg(ids.size() == 1 ? QStringLiteral("1 node is") : countText(ids.size()) + QStringLiteral(" nodes are"), named), Sign::absent);
    });
}

void NodesView::setFleet(const store::FleetPtr& fleet, std::int64_t nowWallMs) {
    m_fleet = fleet;
    m_nowWallMs = nowWallMs;
    if (isVisible()) feed();
}

void NodesView::showEvent(QShowEvent* event) {
    FleetView::showEvent(event);
    feed();
}

/// A view that nobody sees costs nothing.
void NodesView::feed() {
    m_model.setFleet(m_fleet, m_nowWallMs);
    m_markedBar->setFleet(m_fleet, m_nowWallMs);
    if (m_model.busy() && !m_slow.isActive()) m_slow.start();
    if (m_model.rowCount() == 0) refreshBars();
}

void NodesView::setQuery(const query::QueryPtr& query, const QString&) {
    m_model.setQuery(query);
    showSort();
    m_slow.start();
}

void NodesView::setOffReason(OffReason offReason) {
    const OffReason byLink = [this](const QString& name, Verb) {
        for (const store::SitePtr& site : m_fleet->sites)
            if (toQt(site->site()) == name && store::stateAt(*site, m_nowWallMs) != store::SiteState::live) return QStringLiteral("Actions are off: %1 is %2").arg(name, toQt(toString(store::stateAt(*site, m_nowWallMs))));
        return QString();
    };
    FleetView::setOffReason(offReason ? std::move(offReason) : byLink);
    m_markedBar->setOffReason([this](const QString& site, Verb verb) { return siteOffReason(site, verb); });
}

void NodesView::refreshFrozen() {
    m_model.setFrozen(m_table->pointerOnRows() || !selection().empty());
    refreshBars();
}

void NodesView::refreshBars() {
    m_counts->show(m_model, *m_fleet, m_model.busy() && !m_slow.isActive());
    m_banner->show(m_model, orderWords(), freezeReason());
    m_state->setLines(nodesStateLines(m_model, *m_fleet, m_nowWallMs));
    refreshStatus();
}

void NodesView::refreshStatus() {
    QStringList words;
    if (m_table->cursorRow() >= 0) words << QStringLiteral("row %1 of %2").arg(countText(m_table->cursorRow() + 1), countText(m_model.rowCount()));
    if (!selection().empty()) words << QStringLiteral("%1 selected").arg(countText(static_cast<std::int64_t>(selection().size())));
    if (m_model.answer() && m_model.answer()->order) words << QStringLiteral("%1 ms").arg(m_model.answer()->milliseconds, 0, 'f', m_model.answer()->milliseconds < 10 ? 1 : 0);
    Q_EMIT statusChanged(words.join(QStringLiteral(" \u00b7 ")));
}

QString NodesView::orderWords() const {
    const query::Shape shape = query::shapeOf(*m_model.query());
    if (!shape.sortField.empty()) return QStringLiteral("by %1 %2").arg(toQt(shape.sortField), shape.descending ? QStringLiteral("\u25be") : QStringLiteral("\u25b4"));
    if (!m_model.sort()) return QStringLiteral("by site and node");
    if (m_model.sort()->column == NodeColumn::mark) return m_model.sort()->descending ? QStringLiteral("worst last") : QStringLiteral("worst first");
    return QStringLiteral("by %1 %2").arg(toQt(items::infoOf(m_model.sort()->column).title), m_model.sort()->descending ? QStringLiteral("\u25be") : QStringLiteral("\u25b4"));
}

QString NodesView::freezeReason() const {
    QStringList words;
    if (m_table->pointerOnRows()) words << QStringLiteral("the pointer is on rows");
    if (!selection().empty()) words << QStringLiteral("%1 selected").arg(selection().size() == 1 ? QStringLiteral("1 is") : countText(static_cast<std::int64_t>(selection().size())) + QStringLiteral(" are"));
    return words.join(QStringLiteral(", "));
}

void NodesView::keyPressEvent(QKeyEvent* event) {
    if (event->matches(QKeySequence::SelectAll)) {
        markAll();
        return;
    }
    if (event->modifiers() == Qt::NoModifier) {
        switch (event->key()) {
        case Qt::Key_R: m_model.applyOrder(); return;
        case Qt::Key_X: choosePlan(); return;
        case Qt::Key_H: Q_EMIT viewRequested(QStringLiteral("heatmap")); return;
        default: break;
        }
    }
    FleetView::keyPressEvent(event);
}

void NodesView::saveTo(QSettings& settings, const QString& group) const {
    settings.beginGroup(group);
    settings.setValue(columnsKey(), m_table->header().layoutWords());
    QString sort;
    if (m_model.sort()) sort = QString(m_model.sort()->descending ? QStringLiteral("-") : QString()) + toQt(items::infoOf(m_model.sort()->column).key);
    settings.setValue(sortKey(), sort);
    settings.endGroup();
}

void NodesView::restoreFrom(QSettings& settings, const QString& group) {
    settings.beginGroup(group);
    m_table->header().setLayoutWords(settings.value(columnsKey()).toStringList());
    if (settings.contains(sortKey())) m_model.setSort(parseSort(settings.value(sortKey()).toString()));
    settings.endGroup();
    showSort();
}

} // namespace busbar::views
