// Filters and sorts nodes off the GUI thread: one thread of its own, one request at a time, the newest wins and cancels the one before.
// An answer comes in two parts, the order first, so that rows need not wait for the header's charts.
//
// Lives in the GUI thread; submit() never blocks; the signals are emitted there.
#pragma once

#include "base/status.h"
#include "items/node_column.h"
#include "items/node_order.h"
#include "items/node_summary.h"
#include "store/fleet_snapshot.h"
#include "store/query/query.h"

#include <QObject>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace busbar::items {

struct NodeSort {
    NodeColumn column = NodeColumn::mark;
    bool descending = false;
    bool operator==(const NodeSort&) const = default;
};

/// Whether rows can be sorted by the column.
bool canSortBy(NodeColumn column);

struct NodeRequest {
    store::FleetPtr fleet;
    query::QueryPtr query;
    std::int64_t nowWallMs = 0;
    std::optional<NodeSort> sort; ///< used when the query has no sort of its own; none: natural order
    NodeOrderPtr shown;           ///< compare with this order; nullptr: not asked
    store::FleetPtr shownFleet;   ///< with the epochs of `shown`
};

/// Why a query leaves nothing: how many nodes each part of it has alone.
using PartCounts = std::vector<std::pair<std::string, std::uint64_t>>;

struct NodeAnswer {
    std::uint64_t request = 0;
    store::FleetPtr fleet;  ///< of the request
    query::QueryPtr query;  ///< of the request
    Status status;          ///< when the query could not run; then there is no order
    NodeOrderPtr order;
    std::vector<query::Result::Group> groups;
    std::uint64_t total = 0, unknown = 0;
    double milliseconds = 0;
    std::int64_t asOfWallMs = 0;
    OrderChange change;     ///< against `shown`
    NodeOrderPtr kept;      ///< `shown` carried over into the request's epochs; the same pointer where those are its own
    PartCounts alone;       ///< with an empty result only
};
using NodeAnswerPtr = std::shared_ptr<const NodeAnswer>;

class NodeQueryWorker : public QObject {
    Q_OBJECT
public:
    explicit NodeQueryWorker(QObject* parent = nullptr);
    ~NodeQueryWorker() override;

    /// Cancels what runs; its answer is never emitted. Returns the request's number.
    std::uint64_t submit(NodeRequest request);
    /// The newest request has not been answered whole.
    bool busy() const { return m_answered < m_newest; }

Q_SIGNALS:
    void ordered(const busbar::items::NodeAnswerPtr& answer);
    void summarised(std::uint64_t request, const busbar::items::NodeSummaryPtr& summary);

private:
    void work(const std::stop_token& stop);
    void answer(std::uint64_t number, const NodeRequest& request);

    std::uint64_t m_newest = 0, m_answered = 0; // GUI thread

    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::optional<NodeRequest> m_waiting; ///< by m_mutex
    std::uint64_t m_waitingNumber = 0;    ///< by m_mutex
    std::atomic<bool> m_cancel = false;   ///< what runs is not wanted any more
    std::jthread m_thread;                ///< last: ends before the rest goes
};

} // namespace busbar::items
