// The engine's event thread and its inbox; see engine.h.
#pragma once

#include "busbar-controller/plan/plan_cache.h"
#include "busbar-controller/reconcile/action_publisher.h"
#include "busbar-controller/reconcile/work.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace busbar::controller {

class EngineCore {
public:
    EngineCore(StateStore& store, const FleetView& fleet, AgentGateway& agents, FactsSink& facts, const Clock& clock, EngineOptions options);
    ~EngineCore();

    Status start();
    void stop();
    /// Takes the inbox and works through it on the caller's thread; only where the options say that there is no other.
    void runTurn();
    /// Runs `task` on the event thread in a turn. Tasks posted before start wait for it; after stop they are dropped.
    void post(std::function<void(Work&)> task);

    StatusOr<Plan> plan(const PlanRequest& request);
    StatusOr<SubmitNeed> needOfSubmit(const std::string& planId, const std::string& idempotencyKey);
    StatusOr<ActionPtr> action(const std::string& id) const;
    Status health() const;

    PlanCache plans;
    ActionPublisher publisher;

private:
    void run(const std::stop_token& stop);
    void turn(const std::vector<std::function<void(Work&)>>& tasks);
    void tick();
    void watchClock();
    Status writeJournal();

    StateStore& m_store;
    const FleetView& m_fleet;
    FactsSink& m_facts;
    const Clock& m_clock;
    const EngineOptions m_options;
    Work m_work;                     ///< event thread only
    std::int64_t m_nextTickMs = 0, m_clockDifferenceMs = 0; ///< event thread only
    mutable std::mutex m_mutex;      ///< guards the inbox and m_health
    std::condition_variable_any m_wake;
    std::vector<std::function<void(Work&)>> m_inbox;
    Status m_health;
    std::jthread m_thread;
};

/// The wall clock may part from the boot clock by this much between two looks before it counts as a jump (design.md §8).
inline constexpr std::int64_t kClockJumpMs = 5'000;

} // namespace busbar::controller
