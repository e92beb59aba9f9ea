// What readers see of the actions: immutable copies, replaced when an action changed. Thread-safe; publish is called by the event thread.
#pragma once

#include "busbar-controller/reconcile/engine.h"
#include "busbar-controller/reconcile/work.h"

#include <map>
#include <mutex>

namespace busbar::controller {

/// The action as readers see it: with what its open state is counted to be now (BreakerCounts, queuedBehind). Event thread only.
ActionPtr shownCopy(const Work& work, const ActionRun& run);

class ActionPublisher {
public:
    /// Copies actions that changed. One that only moved on is copied at most every EngineOptions::publishMs, and the rarer the more
    /// targets it has (every 2 s from about 1,000), so that a large drain costs no more than a small one; a new state is shown at once.
    void publish(Work& work);
    ActionPtr find(const std::string& id) const;
    std::vector<ActionPtr> list(std::size_t limit, bool openOnly) const;
    std::shared_ptr<void> watch(Engine::Watcher watcher);

private:
    bool isDue(const Work& work, const ActionRun& run) const;
    struct Watch { Engine::Watcher call; };
    mutable std::mutex m_mutex; ///< guards both; held during watchers' calls, so that they come in order and end with their handle
    std::map<std::string, ActionPtr> m_actions;
    std::vector<std::shared_ptr<Watch>> m_watches;
};

} // namespace busbar::controller
