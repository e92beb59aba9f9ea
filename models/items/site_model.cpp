#include "items/site_model.h"

#include "items/words.h"
#include "store/capacity.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace busbar::items {
namespace {

using store::SiteState;

/// Ages are shown anew this often, so that rows are not painted again for them at each frame.
constexpr std::int64_t kAgePeriodMs = 500;

/// Lower is worse: a node that needs a person now, then sites that do not answer, then lesser priorities, then sites still to come.
int rankOf(const SiteRow& site) {
    const bool counted = site.live() && site.priorityKnown;
    if (counted && site.priority[1] > 0) return 0;
    if (site.state == SiteState::refused || site.state == SiteState::lost || site.state == SiteState::stale) return 1;
    if (!site.live()) return 4;
    if (counted && site.priority[2] > 0) return 2;
    return counted && site.priority[3] > 0 ? 3 : 5;
}

bool isWorse(const SiteRow& a, const SiteRow& b) {
    const int rankA = rankOf(a), rankB = rankOf(b);
    if (rankA != rankB) return rankA < rankB;
    for (const std::size_t priority : {1u, 2u, 3u})
        if (a.priority[priority] != b.priority[priority]) return a.priority[priority] > b.priority[priority];
    return a.profileIndex < b.profileIndex;
}

std::vector<std::size_t> orderOf(const std::vector<SiteRow>& rows) {
    std::vector<std::size_t> order(rows.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&rows](std::size_t a, std::size_t b) { return isWorse(rows[a], rows[b]); });
    return order;
}

QVariant valueOf(const SiteRow& site, SiteModel::Column column) {
    const store::SiteRollup& rollup = site.rollup;
    if (column == SiteModel::kSite) return site.name;
    if (column == SiteModel::kLink) return site.ageMs < 0 ? QVariant() : QVariant::fromValue(static_cast<qlonglong>(site.ageMs));
    if (!site.known) return {};
    switch (column) {
    case SiteModel::kCapacity:
    case SiteModel::kInstalled: return rollup.installed;
    case SiteModel::kHealthy: return rollup.healthy;
    case SiteModel::kInUse: return rollup.inUse;
    case SiteModel::kFree: return rollup.free;
    case SiteModel::kUtilisation:
    case SiteModel::kTrend: return rollup.utilisationOfInUse < 0 ? QVariant() : QVariant(rollup.utilisationOfInUse);
    case SiteModel::kPower: return rollup.powerKw < 0 ? QVariant() : QVariant(rollup.powerKw);
    case SiteModel::kPriority: return site.priorityKnown ? QVariant(site.priority[1]) : QVariant();
    case SiteModel::kNotOk: return rollup.nodesNotOk;
    default: return {};
    }
}

} // namespace

SiteModel::SiteModel(QObject* parent) : QAbstractTableModel(parent) {}

SiteRow SiteModel::rowNow(const store::SiteSnapshot& site, std::uint32_t index, std::int64_t nowWallMs, const SiteRow* before) const {
    SiteRow row = before == nullptr ? SiteRow{} : *before;
    row.name = toQt(site.site());
    row.profileIndex = index;
    row.state = store::stateAt(site, nowWallMs);
    row.sentence = toQt(site.stateSentence());
    row.lastHeardWallMs = site.receivedWallMs();
    const bool sameState = before != nullptr && before->state == row.state;
    if (m_agesNow || !sameState) row.ageMs = store::ageAt(site, nowWallMs);
    if (row.live() || site.state() == SiteState::live) {
        row.rollup = site.rollup();
        row.known = true;
    } else if (!row.known && site.nodeCount() > 0) {
        row.rollup = site.rollup(); // Came while it was silent already: what is installed is all that is known.
        row.known = true;
    }
    return row;
}

void SiteModel::setFleet(const store::FleetSnapshot& fleet, std::int64_t nowWallMs) {
    m_agesNow = std::abs(nowWallMs - m_agedAtMs) >= kAgePeriodMs;
    if (m_agesNow) m_agedAtMs = nowWallMs;
    std::vector<SiteRow> rows;
    bool same = fleet.sites.size() == m_rows.size();
    for (std::uint32_t i = 0; i < fleet.sites.size(); ++i) {
        const int before = rowOf(toQt(fleet.sites[i]->site()));
        same = same && before >= 0;
        rows.push_back(rowNow(*fleet.sites[i], i, nowWallMs, before < 0 ? nullptr : &m_rows[static_cast<std::size_t>(before)]));
    }
    if (!same) {
        beginResetModel();
        m_rows = std::move(rows);
        endResetModel();
    } else {
        const std::vector<SiteRow> before = m_rows;
        for (SiteRow& row : m_rows) row = std::move(rows[row.profileIndex]);
        announce(before);
    }
    settleOrder();
    setTotal(fleet, nowWallMs);
}

void SiteModel::setTally(const store::FleetTallyResult& tally) {
    const std::vector<SiteRow> before = m_rows;
    for (const store::SiteTallyPtr& site : tally.sites) {
        const int row = rowOf(toQt(site->site));
        if (row < 0 || !site->live) continue;
        m_rows[static_cast<std::size_t>(row)].priority = site->priority;
        m_rows[static_cast<std::size_t>(row)].priorityKnown = true;
    }
    announce(before);
    settleOrder();
    m_total.priority = tally.priority;
    Q_EMIT totalChanged();
}

void SiteModel::announce(const std::vector<SiteRow>& before) {
    for (std::size_t row = 0; row < m_rows.size(); ++row)
        if (m_rows[row] != before[row]) Q_EMIT dataChanged(index(static_cast<int>(row), 0), index(static_cast<int>(row), kColumns - 1));
}

void SiteModel::setTotal(const store::FleetSnapshot& fleet, std::int64_t nowWallMs) {
    FleetTotal total{.rollup = store::sumAt(fleet, nowWallMs), .priority = m_total.priority, .sites = static_cast<std::uint32_t>(m_rows.size()), .nowWallMs = m_agedAtMs};
    for (const SiteRow& row : m_rows) {
        if (!row.live()) {
            total.unknownGpus += row.rollup.installed;
            continue;
        }
        ++total.liveSites;
        total.worstLiveAgeMs = std::max(total.worstLiveAgeMs, row.ageMs);
    }
    if (total == m_total) return;
    m_total = total;
    Q_EMIT totalChanged();
}

void SiteModel::setFrozen(bool frozen) {
    if (m_frozen == frozen) return;
    m_frozen = frozen;
    settleOrder();
}

void SiteModel::settleOrder() {
    const std::vector<std::size_t> order = orderOf(m_rows);
    int moved = 0;
    for (std::size_t row = 0; row < order.size(); ++row) moved += order[row] == row ? 0 : 1;
    if (moved > 0 && !m_frozen) {
        moveRows(order);
        moved = 0;
    }
    if (moved == m_wouldMove) return;
    m_wouldMove = moved;
    Q_EMIT wouldMoveChanged();
}

void SiteModel::applyOrder() {
    if (m_wouldMove == 0) return;
    moveRows(orderOf(m_rows));
    m_wouldMove = 0;
    Q_EMIT wouldMoveChanged();
}

/// `order[i]` is the row that comes to stand at i; what is selected moves with its site.
void SiteModel::moveRows(const std::vector<std::size_t>& order) {
    Q_EMIT layoutAboutToBeChanged({}, QAbstractItemModel::VerticalSortHint);
    std::vector<SiteRow> rows;
    std::vector<int> target(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        rows.push_back(std::move(m_rows[order[i]]));
        target[order[i]] = static_cast<int>(i);
    }
    m_rows = std::move(rows);
    for (const QModelIndex& old : persistentIndexList()) changePersistentIndex(old, index(target[static_cast<std::size_t>(old.row())], old.column()));
    Q_EMIT layoutChanged({}, QAbstractItemModel::VerticalSortHint);
}

int SiteModel::rowOf(const QString& name) const {
    const auto found = std::find_if(m_rows.begin(), m_rows.end(), [&name](const SiteRow& row) { return row.name == name; });
    return found == m_rows.end() ? -1 : static_cast<int>(found - m_rows.begin());
}

std::uint32_t SiteModel::mostInstalled() const {
    std::uint32_t most = 1;
    for (const SiteRow& row : m_rows) most = std::max(most, row.rollup.installed);
    return most;
}

double SiteModel::mostPowerKw() const {
    double most = 1;
    for (const SiteRow& row : m_rows) most = std::max(most, row.rollup.powerKw);
    return most;
}

int SiteModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_rows.size()); }
int SiteModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : kColumns; }

QVariant SiteModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= rowCount() || index.column() >= kColumns) return {};
    const SiteRow& row = site(index.row());
    const auto column = static_cast<Column>(index.column());
    switch (role) {
    case Qt::DisplayRole: return siteText(row, column);
    case Qt::AccessibleTextRole: return QStringLiteral("%1 %2").arg(headerData(column, Qt::Horizontal, Qt::AccessibleTextRole).toString(), siteText(row, column));
    case Qt::TextAlignmentRole: return headerData(column, Qt::Horizontal, role);
    case kValueRole: return valueOf(row, column);
    default: return {};
    }
}

QVariant SiteModel::headerData(int section, Qt::Orientation orientation, int role) const {
    struct Head {
        const char16_t *title, *spoken;
        bool number = false;
    };
    static constexpr std::array<Head, kColumns> kHeads{{{u"site", u"site"}, {u"capacity, GPUs", u"capacity"}, {u"installed", u"installed GPUs", true}, {u"healthy", u"healthy GPUs", true},
                                                        {u"in use", u"GPUs in use", true}, {u"free", u"free GPUs", true}, {u"utilisation of in use, %", u"utilisation of GPUs in use, percent"},
                                                        {u"trend", u"trend of utilisation"}, {u"GPU power, kW", u"GPU power, kilowatts"}, {u"nodes to look at", u"nodes to look at"},
                                                        {u"not ok", u"nodes not ok", true}, {u"link", u"link"}}};
    if (orientation != Qt::Horizontal || section < 0 || section >= kColumns) return {};
    const Head& head = kHeads[static_cast<std::size_t>(section)];
    if (role == Qt::DisplayRole) return QString::fromUtf16(head.title);
    if (role == Qt::AccessibleTextRole) return QString::fromUtf16(head.spoken);
    if (role == Qt::TextAlignmentRole) return int((head.number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    return {};
}

} // namespace busbar::items
