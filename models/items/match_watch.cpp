#include "items/match_watch.h"

#include <cstdlib>
#include <utility>

namespace busbar::items {

namespace {

NodeMatchesPtr matchesOf(const store::FleetSnapshot& fleet, const query::Query& query, std::int64_t nowWallMs, const std::atomic<bool>& cancel) {
    auto matches = std::make_shared<NodeMatches>();
    StatusOr<query::Result> result = query::run(fleet, query, nowWallMs, {}, &cancel);
    if (!result.ok()) {
        matches->status = result.status();
        return matches;
    }
    for (const store::SitePtr& site : fleet.sites) matches->found.emplace_back(site->nodeCount(), std::uint8_t{0});
    for (const store::RowRef& node : result->nodes) matches->found[node.site][node.row] = 1;
    matches->epochs = std::move(result->sequenceOfSites);
    matches->count = result->nodes.size();
    matches->total = result->total;
    matches->unknown = result->unknown;
    matches->milliseconds = result->milliseconds;
    return matches;
}

} // namespace

MatchWatch::MatchWatch(QObject* parent) : QObject(parent) { m_pool.setMaxThreadCount(1); }

MatchWatch::~MatchWatch() {
    if (m_cancel) *m_cancel = true;
    m_pool.waitForDone();
}

void MatchWatch::setFleet(const store::FleetPtr& fleet, std::int64_t nowWallMs) {
    m_fleet = fleet;
    m_nowWallMs = nowWallMs;
    if (m_query && !m_running && std::abs(nowWallMs - m_startedMs) >= kMatchPeriodMs) start();
}

void MatchWatch::setQuery(const query::QueryPtr& query) {
    m_query = query && !query::print(*query).empty() ? query : nullptr;
    ++m_number;
    if (m_cancel) *m_cancel = true;
    if (m_query) {
        if (m_fleet && !m_running) start();
        return;
    }
    if (std::exchange(m_matches, nullptr)) Q_EMIT updated();
}

void MatchWatch::start() {
    m_running = true;
    m_startedMs = m_nowWallMs;
    m_cancel = std::make_shared<std::atomic<bool>>(false);
    m_pool.start([this, fleet = m_fleet, query = m_query, now = m_nowWallMs, cancel = m_cancel, number = m_number] {
        NodeMatchesPtr done = matchesOf(*fleet, *query, now, *cancel);
        QMetaObject::invokeMethod(this, [this, number, done = std::move(done)] { finish(number, done); }, Qt::QueuedConnection);
    });
}

void MatchWatch::finish(std::uint64_t number, NodeMatchesPtr matches) {
    m_running = false;
    if (number != m_number) { // another query came meanwhile
        if (m_query) start();
        return;
    }
    m_matches = std::move(matches);
    Q_EMIT updated();
}

} // namespace busbar::items
