// Keeps which nodes of the newest fleet the window's query finds, computed on a thread of its own: at once for another query, else at most
// once a second, so that the GUI thread only ever looks at a finished result. GUI thread only.
#pragma once

#include "base/status.h"
#include "store/query/query.h"

#include <QObject>
#include <QThreadPool>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace busbar::items {

/// Shortest time between two starts of the same query.
inline constexpr std::int64_t kMatchPeriodMs = 1'000;

struct NodeMatches {
    Status status;                                ///< why the query could not run; then nothing is left out
    std::vector<std::vector<std::uint8_t>> found; ///< by site and node: 1 for those in the query's result
    std::vector<std::uint64_t> epochs;            ///< by site: what `found` is valid with
    std::uint64_t count = 0, total = 0, unknown = 0;
    double milliseconds = 0;
};
using NodeMatchesPtr = std::shared_ptr<const NodeMatches>;

class MatchWatch : public QObject {
    Q_OBJECT
public:
    explicit MatchWatch(QObject* parent = nullptr);
    /// Cancels and waits for what runs.
    ~MatchWatch() override;

    void setFleet(const store::FleetPtr& fleet, std::int64_t nowWallMs);
    /// nullptr or a query without text: everything is found.
    void setQuery(const query::QueryPtr& query);
    /// nullptr without a query, or before the first answer; the one before until a new query's is there.
    const NodeMatchesPtr& matches() const { return m_matches; }
    bool busy() const { return m_running; }

Q_SIGNALS:
    void updated();

private:
    void start();
    void finish(std::uint64_t number, NodeMatchesPtr matches);

    store::FleetPtr m_fleet;
    query::QueryPtr m_query;
    std::int64_t m_nowWallMs = 0, m_startedMs = 0;
    std::uint64_t m_number = 0; ///< of the query
    bool m_running = false;
    NodeMatchesPtr m_matches;
    std::shared_ptr<std::atomic<bool>> m_cancel;
    QThreadPool m_pool;
};

} // namespace busbar::items
