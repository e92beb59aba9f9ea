// What a person does in the node table: sort, filter by a cell, choose columns, export, mark, plan.
#include "items/node_selection.h"
#include "widgets/controls/node_table.h"
#include "widgets/views/nodes/cell_menu.h"
#include "widgets/views/nodes/nodes_view.h"
#include "widgets/views/parts/ask_file.h"
#include "widgets/views/parts/text.h"

#include <QDir>
#include <QMenu>

namespace busbar::views {

using items::NodeColumn;
using items::NodeSort;

/// A click on a head wins over a sort stage of the query: the stage goes, the head's sort comes.
void NodesView::sortBy(int section) {
    const auto column = static_cast<NodeColumn>(section);
    if (!items::canSortBy(column)) return;
    const bool again = m_model.sort() && m_model.sort()->column == column;
    m_model.setSort(NodeSort{column, again ? !m_model.sort()->descending : items::infoOf(column).number});
    for (const query::Chip& chip : query::chips(*m_model.query()))
        if (chip.text.rfind("sort ", 0) == 0) Q_EMIT queryRequested(toQt(chip.without));
    showSort();
}

void NodesView::showSort() {
    const query::Shape shape = query::shapeOf(*m_model.query());
    if (shape.sortField.empty()) {
        m_table->header().setShownSort(m_model.sort());
        return;
    }
    const auto column = items::columnOfField(shape.sortField);
    m_table->header().setShownSort(column ? std::optional(NodeSort{*column, shape.descending}) : std::nullopt);
}

void NodesView::narrow(const std::string& term) {
    const std::string now = query::print(*m_model.query());
    const std::string wanted = query::joined(now, term);
    if (wanted == now) m_notice->show(QStringLiteral("%1 cannot be joined to a saved query here: type it into the query bar").arg(toQt(term)));
    else Q_EMIT queryRequested(toQt(wanted));
}

void NodesView::openCellMenu(const QModelIndex& index, const QPoint& where) {
    QMenu menu(this);
    fillCellMenu(menu, m_model, index, {[this](const std::string& term) { narrow(term); }, [this](const QString& id) { Q_EMIT nodeOpened(id); },
                                        [this](const QString& id, Verb verb) { return planOff(verb, {id}); }, [this](const QString& id, Verb verb) { Q_EMIT planRequested(verb, {id}); }});
    menu.exec(where);
}

void NodesView::openColumnMenu(const QPoint& where) {
    QMenu menu(this);
    controls::NodeHeader& header = m_table->header();
    for (const items::NodeColumnInfo& info : items::nodeColumns()) {
        const NodeColumn column = info.column;
        QAction* action = menu.addAction(info.title.empty() ? QStringLiteral("mark") : toQt(info.title));
        action->setCheckable(true);
        action->setChecked(!header.isSectionHidden(static_cast<int>(column)));
        connect(action, &QAction::toggled, this, [&header, column](bool on) { header.setColumnShown(column, on); });
    }
    menu.addSeparator();
    menu.addAction(QStringLiteral("Columns as at first"), this, [&header] { header.setLayoutWords({}); });
    menu.exec(where);
}

void NodesView::connectExport() {
    connect(&m_export, &items::NodeExport::progressed, this, [this](qint64 rows, qint64 total) {
        m_notice->show(QStringLiteral("Exporting: %1 of %2 rows").arg(countText(rows), countText(total)), Sign::none, QStringLiteral("stop"));
    });
    connect(&m_export, &items::NodeExport::finished, this, [this](const QString& path, qint64 rows) { m_notice->show(QStringLiteral("%1 written to %2").arg(countOf(rows, QStringLiteral("row")), path), Sign::check); });
    connect(&m_export, &items::NodeExport::failed, this, [this](const QString&, const QString& sentence) { m_notice->show(sentence, Sign::cross); });
    connect(m_notice, &NoticeBar::linkActivated, this, [this](const QString& link) {
        if (link == QStringLiteral("stop")) m_export.cancel();
    });
}

void NodesView::askExport() {
    askFileToWrite(this, QStringLiteral("Export the rows shown"), QDir::home().filePath(QStringLiteral("busbar-nodes.csv")), QStringLiteral("CSV (*.csv)"), [this](const QString& path) { exportTo(path); });
}

void NodesView::exportTo(const QString& path) {
    items::NodeExportJob job{.fleet = m_model.fleetOfRows(), .order = m_model.order(), .summary = m_model.summary(), .columns = m_table->header().shownColumns(), .query = query::print(*m_model.query()), .asOfWallMs = m_nowWallMs};
    // A row without its site and name says nothing.
    for (const NodeColumn needed : {NodeColumn::node, NodeColumn::site})
        if (std::find(job.columns.begin(), job.columns.end(), needed) == job.columns.end()) job.columns.insert(job.columns.begin(), needed);
    if (!m_export.start(std::move(job), path)) m_notice->show(QStringLiteral("An export is still being written; wait for it or stop it"), Sign::none, QStringLiteral("stop"));
}

void NodesView::markAll() {
    const int marked = m_table->markAll();
    if (marked < m_model.rowCount())
        m_notice->show(QStringLiteral("Selected the first %1 of %2: a plan takes no more. Filter to say which.").arg(countText(marked), countOf(m_model.rowCount(), QStringLiteral("node"))));
}

// The marked nodes, or the one under the cursor.
QStringList NodesView::planTargets() const {
    QStringList ids;
    for (const std::string& id : selection().ids()) ids << toQt(id);
    if (ids.isEmpty() && m_table->cursorRow() >= 0) ids << toQt(m_model.id(m_table->cursorRow()));
    return ids;
}

void NodesView::choosePlan() {
    const QStringList ids = planTargets();
    if (ids.isEmpty()) return;
    const QPoint where = m_table->mapToGlobal(m_table->rect().center());
    if (const QString why = askVerb(ids, where); !why.isEmpty()) m_notice->show(why, Sign::lock);
}

} // namespace busbar::views
