// Counts what a query finds and what completion offers, off the GUI thread: one thread of its own, the newest request of each kind wins and
// cancels the one before. Lives in the GUI thread; requests never block; signals are emitted there.
#pragma once

#include "store/query/completion.h"
#include "store/query/query.h"

#include <QObject>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace busbar::controls {

struct QueryCount {
    query::QueryPtr query;
    Status status; ///< when the query could not run; then the figures are 0
    std::uint64_t matched = 0, unknown = 0, total = 0;
    double milliseconds = 0;
};
using QueryCountPtr = std::shared_ptr<const QueryCount>;
using CompletionPtr = std::shared_ptr<const query::Completion>;

class QueryWorker : public QObject {
    Q_OBJECT
public:
    explicit QueryWorker(QObject* parent = nullptr);
    ~QueryWorker() override;

    void count(store::FleetPtr fleet, query::QueryPtr query, std::int64_t nowWallMs);
    /// Answers the request's number, which `completed` carries.
    std::uint64_t complete(store::FleetPtr fleet, query::CompletionRequest request);
    /// The completion under way is not wanted any more.
    void dropCompletion();

Q_SIGNALS:
    void counted(const busbar::controls::QueryCountPtr& count);
    void completed(std::uint64_t request, const busbar::controls::CompletionPtr& completion);

private:
    struct CountJob {
        store::FleetPtr fleet;
        query::QueryPtr query;
        std::int64_t nowWallMs = 0;
    };
    struct CompletionJob {
        std::uint64_t number = 0;
        store::FleetPtr fleet;
        query::CompletionRequest request;
    };
    void work(const std::stop_token& stop);
    void answer(const CountJob& job);
    void answer(const CompletionJob& job);

    std::uint64_t m_lastNumber = 0; // GUI thread

    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::optional<CountJob> m_count;           ///< by m_mutex
    std::optional<CompletionJob> m_completion; ///< by m_mutex
    std::atomic<bool> m_cancelCount = false, m_cancelCompletion = false;
    std::jthread m_thread; ///< last: ends before the rest goes
};

} // namespace busbar::controls
