// Keeps a FleetTally of the newest fleet, computed on a thread of its own and at most once a second, so that the GUI thread only ever looks
// at a finished result (cost: fleet_tally.h). GUI thread only.
#pragma once

#include "store/fleet_tally.h"

#include <QObject>
#include <QThreadPool>

namespace busbar::items {

/// Shortest time between two starts.
inline constexpr std::int64_t kTallyPeriodMs = 1'000;

class TallyWatch : public QObject {
    Q_OBJECT
public:
    explicit TallyWatch(QObject* parent = nullptr);
    /// Waits for a computation under way.
    ~TallyWatch() override;

    /// The newest fleet. Starts a computation unless one runs or the last one began less than kTallyPeriodMs ago (and found
    /// GPUs); the next call after that time does.
    void setFleet(const store::FleetPtr& fleet, std::int64_t nowWallMs);
    /// Never nullptr; empty before the first is done.
    const store::TallyPtr& tally() const { return m_tally; }

Q_SIGNALS:
    void updated();

private:
    store::FleetTally m_worker; ///< used by one job at a time
    store::TallyPtr m_tally;
    bool m_running = false;
    std::int64_t m_startedMs = 0;
    QThreadPool m_pool;
};

} // namespace busbar::items
