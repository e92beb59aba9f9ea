#include "widgets/controls/query_worker.h"

#include <utility>

namespace busbar::controls {

QueryWorker::QueryWorker(QObject* parent) : QObject(parent), m_thread([this](const std::stop_token& stop) { work(stop); }) {}

QueryWorker::~QueryWorker() {
    m_cancelCount = true;
    m_cancelCompletion = true;
    m_thread.request_stop();
    m_thread.join();
}

void QueryWorker::count(store::FleetPtr fleet, query::QueryPtr query, std::int64_t nowWallMs) {
    const std::lock_guard lock(m_mutex);
    m_count = CountJob{std::move(fleet), std::move(query), nowWallMs};
    m_cancelCount = true;
    m_wake.notify_one();
}

std::uint64_t QueryWorker::complete(store::FleetPtr fleet, query::CompletionRequest request) {
    const std::lock_guard lock(m_mutex);
    m_completion = CompletionJob{++m_lastNumber, std::move(fleet), std::move(request)};
    m_cancelCompletion = true;
    m_wake.notify_one();
    return m_lastNumber;
}

void QueryWorker::dropCompletion() {
    const std::lock_guard lock(m_mutex);
    m_completion.reset();
    m_cancelCompletion = true;
}

void QueryWorker::work(const std::stop_token& stop) {
    while (true) {
        std::optional<CountJob> count;
        std::optional<CompletionJob> completion;
        {
            std::unique_lock lock(m_mutex);
            if (!m_wake.wait(lock, stop, [this] { return m_count || m_completion; })) return;
            // Somebody is typing: that goes first.
            if (m_completion) {
                completion = std::exchange(m_completion, std::nullopt);
                m_cancelCompletion = false;
            } else {
                count = std::exchange(m_count, std::nullopt);
                m_cancelCount = false;
            }
        }
        if (completion) answer(*completion);
        if (count) answer(*count);
    }
}

void QueryWorker::answer(const CountJob& job) {
    auto count = std::make_shared<QueryCount>();
    count->query = job.query;
    const StatusOr<query::Result> result = query::run(*job.fleet, *job.query, job.nowWallMs, {}, &m_cancelCount);
    if (absl::IsCancelled(result.status())) return;
    if (result.ok()) {
        count->matched = result->nodes.size();
        count->unknown = result->unknown;
        count->total = result->total;
        count->milliseconds = result->milliseconds;
    } else {
        count->status = result.status();
    }
    QMetaObject::invokeMethod(this, [this, count = QueryCountPtr(std::move(count))] { Q_EMIT counted(count); }, Qt::QueuedConnection);
}

void QueryWorker::answer(const CompletionJob& job) {
    StatusOr<query::Completion> completion = query::complete(*job.fleet, job.request, &m_cancelCompletion);
    if (!completion.ok()) return;
    QMetaObject::invokeMethod(
        this, [this, number = job.number, shared = std::make_shared<const query::Completion>(*std::move(completion))] { Q_EMIT completed(number, shared); }, Qt::QueuedConnection);
}

} // namespace busbar::controls
