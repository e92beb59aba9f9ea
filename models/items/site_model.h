// The sites of the profile as rows, worst first, with what the overview shows of each. A row keeps the last values of a site that is not
// live any more, so that they can be shown as what they are; they are in no sum. GUI thread only; an update costs a few microseconds a
// site (roll-ups come with the snapshots), and only rows that look different are announced.
#pragma once

#include "store/fleet_snapshot.h"
#include "store/fleet_tally.h"

#include <QAbstractTableModel>

#include <array>
#include <cstdint>
#include <vector>

namespace busbar::items {

struct SiteRow {
    QString name;
    store::SiteState state = store::SiteState::connecting;
    std::int64_t ageMs = -1; ///< since the last heartbeat arrived; -1 none yet
    std::int64_t lastHeardWallMs = 0;
    QString sentence;          ///< of the state; empty when live
    bool known = false;        ///< the site's data were seen at least once
    store::SiteRollup rollup;  ///< now while live, else when it was live last
    std::array<std::uint32_t, 4> priority{}; ///< nodes by priorityOf, as `rollup`
    bool priorityKnown = false;
    std::uint32_t profileIndex = 0;

    bool live() const { return state == store::SiteState::live; }
    /// Shows values of the past.
    bool past() const { return known && !live(); }
    bool operator==(const SiteRow&) const = default;
};

struct FleetTotal {
    store::SiteRollup rollup; ///< sumAt: GPUs of sites that are not live are in `installed` and `unknown` only
    std::array<std::uint32_t, 4> priority{};
    std::uint32_t sites = 0, liveSites = 0;
    std::uint32_t unknownGpus = 0; ///< of sites that are not live
    std::int64_t worstLiveAgeMs = -1;
    std::int64_t nowWallMs = 0; ///< of the ages
    bool operator==(const FleetTotal&) const = default;
};

class SiteModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { kSite, kCapacity, kInstalled, kHealthy, kInUse, kFree, kUtilisation, kTrend, kPower, kPriority, kNotOk, kLink, kColumns };
    enum Role { kValueRole = Qt::UserRole + 1 }; ///< the number behind the text; no value when it is not known

    explicit SiteModel(QObject* parent = nullptr);

    void setFleet(const store::FleetSnapshot& fleet, std::int64_t nowWallMs);
    /// Nodes by priority; sites are found by name.
    void setTally(const store::FleetTallyResult& tally);

    /// While frozen, rows stay where they are (a person points at one or has one selected).
    void setFrozen(bool frozen);
    /// Rows that would stand elsewhere in the order of now.
    int wouldMove() const { return m_wouldMove; }
    /// Takes the order of now, frozen or not.
    void applyOrder();

    const SiteRow& site(int row) const { return m_rows[static_cast<std::size_t>(row)]; }
    /// -1 when absent.
    int rowOf(const QString& name) const;
    const FleetTotal& total() const { return m_total; }
    /// Most GPUs and most power of a site: the common scales of the bars; at least 1.
    std::uint32_t mostInstalled() const;
    double mostPowerKw() const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

Q_SIGNALS:
    void totalChanged();
    void wouldMoveChanged();

private:
    SiteRow rowNow(const store::SiteSnapshot& site, std::uint32_t index, std::int64_t nowWallMs, const SiteRow* before) const;
    void setTotal(const store::FleetSnapshot& fleet, std::int64_t nowWallMs);
    void announce(const std::vector<SiteRow>& before);
    void settleOrder();
    void moveRows(const std::vector<std::size_t>& order);

    std::vector<SiteRow> m_rows;
    FleetTotal m_total;
    std::int64_t m_agedAtMs = 0; ///< when ages were shown last
    bool m_agesNow = true;
    bool m_frozen = false;
    int m_wouldMove = 0;
};

/// Columns of a site that has never sent anything show its sentence instead.
QString sentenceOf(const SiteRow& site);
/// "live", "stale 1 m 34 s", "refused" …
QString linkWords(const SiteRow& site);
/// What the capacity bar says, for those who do not see it: "3,912 busy, 398 in use, idle, …".
QString capacityWords(const store::SiteRollup& rollup);
QString priorityWords(const SiteRow& site);
/// Text of a column; "?" for what is not known.
QString siteText(const SiteRow& site, SiteModel::Column column);

} // namespace busbar::items
