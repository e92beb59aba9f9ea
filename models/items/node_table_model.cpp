#include "items/node_table_model.h"

#include "items/node_selection.h"
#include "items/words.h"

#include <algorithm>

namespace busbar::items {

NodeTableModel::NodeTableModel(QObject* parent)
    : QAbstractTableModel(parent), m_fleet(std::make_shared<store::FleetSnapshot>()), m_query(query::parse("").query), m_order(std::make_shared<NodeOrder>()) {
    connect(&m_worker, &NodeQueryWorker::ordered, this, &NodeTableModel::takeAnswer);
    connect(&m_worker, &NodeQueryWorker::summarised, this, [this](std::uint64_t, const NodeSummaryPtr& summary) {
        m_summary = summary;
        Q_EMIT summaryChanged();
        refresh();
    });
}

void NodeTableModel::setFleet(const store::FleetPtr& fleet, std::int64_t nowWallMs) {
    m_fleet = fleet;
    m_nowWallMs = nowWallMs;
    followFleet();
    if (!m_order->nodes.empty()) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
    refresh();
}

void NodeTableModel::setQuery(const query::QueryPtr& query) {
    if (!query || (m_query && query::print(*query) == query::print(*m_query))) return;
    m_query = query;
    m_ownWish = true;
    request();
}

void NodeTableModel::setSort(std::optional<NodeSort> sort) {
    if (sort == m_sort || (sort && !canSortBy(sort->column))) return;
    m_sort = sort;
    m_ownWish = true;
    request();
}

void NodeTableModel::setFrozen(bool frozen) {
    if (frozen == m_frozen) return;
    m_frozen = frozen;
    if (!frozen) applyOrder();
}

void NodeTableModel::applyOrder() {
    if (!m_next) return;
    m_pending = {};
    m_orderAsOfWallMs = m_nextAsOfWallMs;
    show(m_next, m_nextFleet);
    // The marks beside the rows are still those of the order shown before.
    m_requestedSequence = 0;
    request();
    Q_EMIT answered();
}

/// New epochs are asked for at once, changes of an epoch once a second, and never while an answer is on its way.
void NodeTableModel::refresh() {
    if (m_worker.busy()) return;
    const bool newEpochs = epochsOf(*m_fleet) != m_order->epochs;
    const bool changed = m_fleet->sequence != m_requestedSequence;
    const bool due = m_nowWallMs - m_requestedWallMs >= kRefreshMs || m_nowWallMs < m_requestedWallMs;
    if (!m_answer || (newEpochs && changed) || due) request();
}

void NodeTableModel::request() {
    m_requestedWallMs = m_nowWallMs;
    m_requestedSequence = m_fleet->sequence;
    NodeRequest wanted{.fleet = m_fleet, .query = m_query, .nowWallMs = m_nowWallMs, .sort = m_sort};
    if (m_frozen && !m_ownWish && !m_order->nodes.empty()) wanted.shown = m_order, wanted.shownFleet = fleetOfRows();
    m_worker.submit(std::move(wanted));
}

void NodeTableModel::takeAnswer(const NodeAnswerPtr& answer) {
    m_answer = answer;
    if (answer->order) {
        const bool hold = m_frozen && !m_ownWish && answer->kept;
        m_ownWish = false;
        m_next = hold ? answer->order : nullptr;
        m_nextFleet = hold ? answer->fleet : nullptr;
        m_pending = hold ? answer->change : OrderChange{};
        (hold ? m_nextAsOfWallMs : m_orderAsOfWallMs) = answer->asOfWallMs;
        show(hold ? answer->kept : answer->order, answer->fleet);
    }
    Q_EMIT answered();
}

void NodeTableModel::show(const NodeOrderPtr& order, const store::FleetPtr& fleet) {
    const bool same = order == m_order || (order->epochs == m_order->epochs && order->nodes == m_order->nodes);
    if (!same) beginResetModel();
    m_order = order;
    m_sites = fleet->sites;
    followFleet();
    if (!same) endResetModel();
}

/// Takes the newest snapshot of each site whose rows are still numbered as in the order shown.
void NodeTableModel::followFleet() {
    for (std::size_t i = 0; i < m_sites.size() && i < m_fleet->sites.size(); ++i) {
        const store::SitePtr& newest = m_fleet->sites[i];
        if (newest->epoch() == m_sites[i]->epoch() && newest->nodeCount() >= m_sites[i]->nodeCount() && newest->site() == m_sites[i]->site()) m_sites[i] = newest;
    }
}

store::FleetPtr NodeTableModel::fleetOfRows() const {
    auto fleet = std::make_shared<store::FleetSnapshot>();
    fleet->sites = m_sites;
    fleet->sequence = m_fleet->sequence;
    return fleet;
}

NodeAt NodeTableModel::at(int row) const {
    const store::RowRef where = ref(row);
    NodeAt at{*m_sites[where.site], where.row, m_nowWallMs, {}};
    if (!m_summary || where.site >= m_summary->racks.size()) return at;
    const RackClasses& racks = m_summary->racks[where.site];
    if (const auto found = racks.find(at.site.rack(at.node)); found != racks.end()) at.rack = found->second;
    return at;
}

bool NodeTableModel::stale(int row) const {
    const store::RowRef where = ref(row);
    return isStale(*m_sites[where.site], where.row, m_nowWallMs);
}

std::string NodeTableModel::id(int row) const { return nodeId(siteOf(row), ref(row).row); }

int NodeTableModel::rowOf(const std::string& id) const {
    const auto slash = id.find('/');
    if (slash == std::string::npos) return -1;
    for (std::uint32_t site = 0; site < m_sites.size(); ++site) {
        if (m_sites[site]->site() != std::string_view(id).substr(0, slash)) continue;
        const store::RowRef wanted{site, m_sites[site]->findNode(std::string_view(id).substr(slash + 1))};
        const auto found = std::find(m_order->nodes.begin(), m_order->nodes.end(), wanted);
        return found == m_order->nodes.end() ? -1 : static_cast<int>(found - m_order->nodes.begin());
    }
    return -1;
}

int NodeTableModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_order->nodes.size()); }

int NodeTableModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(kNodeColumns); }

QVariant NodeTableModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
    const auto column = static_cast<NodeColumn>(index.column());
    switch (role) {
    case Qt::DisplayRole:
    case Qt::AccessibleTextRole: return cellText(column, at(index.row()));
    case Qt::ToolTipRole: return cellTip(column, at(index.row()));
    case Qt::TextAlignmentRole: return int((infoOf(column).number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    case kRawRole: return cellRaw(column, at(index.row()));
    case kIdRole: return QString::fromStdString(id(index.row()));
    case kStaleRole: return stale(index.row());
    default: return {};
    }
}

QVariant NodeTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount()) return {};
    const NodeColumnInfo& info = infoOf(static_cast<NodeColumn>(section));
    if (role == Qt::DisplayRole) return toQt(info.title);
    if (role == Qt::TextAlignmentRole) return int((info.number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    return {};
}

} // namespace busbar::items
