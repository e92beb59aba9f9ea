#include "items/node_query_worker.h"

#include "items/node_sort.h"

#include <QMetaObject>

namespace busbar::items {
namespace {

/// Parts of an empty result that are counted alone.
constexpr std::size_t kMaxParts = 6;

/// A stage or an instant, not a condition.
bool isStage(std::string_view chip) {
    for (const std::string_view word : {"at ", "sort ", "group ", "top ", "cols "})
        if (chip.substr(0, word.size()) == word) return true;
    return false;
}

PartCounts countAlone(const NodeRequest& request, const std::atomic<bool>& cancel) {
    PartCounts counts;
    for (const query::Chip& chip : query::chips(*request.query)) {
        if (counts.size() == kMaxParts) break;
        const query::Parsed part = query::parse(chip.text);
        if (!part.query || isStage(chip.text)) continue;
        const auto result = query::run(*request.fleet, *part.query, request.nowWallMs, {}, &cancel);
        if (result.ok()) counts.emplace_back(chip.text, result->nodes.size());
    }
    return counts;
}

} // namespace

NodeQueryWorker::NodeQueryWorker(QObject* parent) : QObject(parent), m_thread([this](const std::stop_token& stop) { work(stop); }) {}

NodeQueryWorker::~NodeQueryWorker() {
    m_thread.request_stop();
    {
        const std::lock_guard lock(m_mutex);
        m_cancel = true;
    }
    m_thread.join();
}

std::uint64_t NodeQueryWorker::submit(NodeRequest request) {
    ++m_newest;
    const std::lock_guard lock(m_mutex);
    m_waiting = std::move(request);
    m_waitingNumber = m_newest;
    m_cancel = true;
    m_wake.notify_one();
    return m_newest;
}

void NodeQueryWorker::work(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        NodeRequest request;
        std::uint64_t number = 0;
        {
            std::unique_lock lock(m_mutex);
            if (!m_wake.wait(lock, stop, [this] { return m_waiting.has_value(); })) return;
            request = *std::move(m_waiting);
            m_waiting.reset();
            number = m_waitingNumber;
            m_cancel = stop.stop_requested();
        }
        answer(number, request);
    }
}

void NodeQueryWorker::answer(std::uint64_t number, const NodeRequest& request) {
    auto made = std::make_shared<NodeAnswer>(orderNodes(request, m_cancel));
    if (made->order && made->order->nodes.empty() && !m_cancel) made->alone = countAlone(request, m_cancel);
    if (m_cancel) return;
    made->request = number;
    const auto tell = [this, number](auto&& what) {
        QMetaObject::invokeMethod(
            this, [this, number, what] { if (number == m_newest) what(); }, Qt::QueuedConnection);
    };
    tell([this, made] {
        if (!made->order) m_answered = made->request;
        Q_EMIT ordered(made);
    });
    if (!made->order) return;
    const NodeSummaryPtr summary = summaryOf(request.fleet, *made->order, made->kept ? *made->kept : *made->order, request.nowWallMs, m_cancel);
    if (!summary) return;
    tell([this, number, summary] {
        m_answered = number;
        Q_EMIT summarised(number, summary);
    });
}

} // namespace busbar::items
