#include "busbar-controller/reconcile/action_publisher.h"

#include "busbar-controller/reconcile/pace.h"
#include "busbar-controller/reconcile/site_breaker.h"

#include <algorithm>

namespace busbar::controller {
namespace {

constexpr std::int64_t kLongestPublishMs = 2'000;

} // namespace

ActionPtr shownCopy(const Work& work, const ActionRun& run) {
    auto copy = std::make_shared<Action>(run.action());
    if (isFinal(copy->state)) return copy;
    copy->breaker = breakerCounts(work, run);
    countSite(work, run, copy->breaker);
    if (hasWaiting(*copy)) copy->queuedBehind = run.queuedBehind;
    return copy;
}

bool ActionPublisher::isDue(const Work& work, const ActionRun& run) const {
    const auto shown = m_actions.find(run.action().id);
    if (shown == m_actions.end() || shown->second->state != run.action().state || shown->second->cancelRequested != run.action().cancelRequested) return true;
    const auto growth = 1 + static_cast<std::int64_t>(run.action().targets.size() / 50);
    return work.bootMs() - run.publishedBootMs >= std::min(kLongestPublishMs, work.options.publishMs * growth);
}

void ActionPublisher::publish(Work& work) {
    const std::scoped_lock lock(m_mutex);
    const std::vector<ActionRun*> runs(work.unpublished().begin(), work.unpublished().end());
    for (ActionRun* const run : runs) {
        if (work.isUnjournaled(*run) || !isDue(work, *run)) continue;
        const ActionPtr copy = shownCopy(work, *run);
        m_actions[copy->id] = copy;
        run->publishedBootMs = work.bootMs();
        work.published(*run);
        for (const auto& watch : m_watches) watch->call(copy);
    }
    // What left the engine's memory is read from the store.
    if (m_actions.size() > work.state.runs.size()) std::erase_if(m_actions, [&](const auto& entry) { return !work.state.runs.contains(entry.first); });
}

ActionPtr ActionPublisher::find(const std::string& id) const {
    const std::scoped_lock lock(m_mutex);
    const auto found = m_actions.find(id);
    return found == m_actions.end() ? nullptr : found->second;
}

std::vector<ActionPtr> ActionPublisher::list(std::size_t limit, bool openOnly) const {
    const std::scoped_lock lock(m_mutex);
    std::vector<ActionPtr> list;
    for (auto entry = m_actions.rbegin(); entry != m_actions.rend() && (limit == 0 || list.size() < limit); ++entry)
        if (!openOnly || !isFinal(entry->second->state)) list.push_back(entry->second);
    return list;
}

std::shared_ptr<void> ActionPublisher::watch(Engine::Watcher watcher) {
    auto watch = std::make_shared<Watch>(Watch{std::move(watcher)});
    const std::scoped_lock lock(m_mutex);
    for (const auto& [id, action] : m_actions) watch->call(action);
    watch->call(nullptr);
    m_watches.push_back(watch);
    return std::shared_ptr<void>(watch.get(), [this, watch](void*) {
        const std::scoped_lock ending(m_mutex);
        std::erase(m_watches, watch);
    });
}

} // namespace busbar::controller
