#include "items/tally_watch.h"

#include <cstdlib>

namespace busbar::items {

TallyWatch::TallyWatch(QObject* parent) : QObject(parent), m_tally(std::make_shared<const store::FleetTallyResult>()) { m_pool.setMaxThreadCount(1); }

TallyWatch::~TallyWatch() { m_pool.waitForDone(); }

void TallyWatch::setFleet(const store::FleetPtr& fleet, std::int64_t nowWallMs) {
    // Before the first site has come a computation costs nothing, and its result is waited for.
    const bool soon = !m_tally->models.empty() && std::abs(nowWallMs - m_startedMs) < kTallyPeriodMs;
    if (m_running || soon) return;
    m_running = true;
    m_startedMs = nowWallMs;
    m_pool.start([this, fleet, nowWallMs] {
        QMetaObject::invokeMethod(
            this,
            [this, done = m_worker.update(*fleet, nowWallMs)] {
                m_running = false;
                m_tally = done;
                Q_EMIT updated();
            },
            Qt::QueuedConnection);
    });
}

} // namespace busbar::items
