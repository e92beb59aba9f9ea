#include "busbar-controller/reconcile/engine_core.h"

#include "busbar-controller/plan/planner.h"
#include "busbar-controller/reconcile/deadline.h"
#include "busbar-controller/reconcile/lease_end.h"
#include "busbar-controller/reconcile/pace.h"
#include "busbar-controller/reconcile/restore.h"
#include "busbar-controller/reconcile/settle.h"
#include "busbar-controller/reconcile/submit.h"
#include "domain/lifecycle.h"

#include <chrono>
#include <cstdlib>

namespace busbar::controller {

EngineCore::EngineCore(StateStore& store, const FleetView& fleet, AgentGateway& agents, FactsSink& facts, const Clock& clock, EngineOptions options)
    : m_store(store), m_fleet(fleet), m_facts(facts), m_clock(clock), m_options(std::move(options)), m_work(store, fleet, agents, facts, clock, m_options) {}

EngineCore::~EngineCore() { stop(); }

Status EngineCore::start() {
    if (Status restored = restoreAll(m_work, m_facts); !restored.ok()) return restored;
    publisher.publish(m_work);
    m_clockDifferenceMs = m_clock.wallMs() - m_clock.bootMs();
    if (m_options.ownThread) m_thread = std::jthread([this](const std::stop_token& stop) { run(stop); });
    return absl::OkStatus();
}

void EngineCore::stop() {
    m_thread = {}; // Asks the thread to stop, wakes it through its stop token, and joins.
}

void EngineCore::post(std::function<void(Work&)> task) {
    {
        const std::scoped_lock lock(m_mutex);
        m_inbox.push_back(std::move(task));
    }
    m_wake.notify_one();
}

void EngineCore::runTurn() {
    std::vector<std::function<void(Work&)>> tasks;
    {
        const std::scoped_lock lock(m_mutex);
        tasks.swap(m_inbox);
    }
    turn(tasks);
}

void EngineCore::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        std::vector<std::function<void(Work&)>> tasks;
        {
            std::unique_lock lock(m_mutex);
            m_wake.wait_for(lock, stop, std::chrono::milliseconds(m_options.tickMs), [this] { return !m_inbox.empty(); });
            tasks.swap(m_inbox);
        }
        if (!stop.stop_requested()) turn(tasks);
    }
}

void EngineCore::turn(const std::vector<std::function<void(Work&)>>& tasks) {
    m_work.beginTurn();
    for (const auto& task : tasks) task(m_work);
    if (m_work.bootMs() >= m_nextTickMs) tick();
    startTargets(m_work);
    for (const auto& [id, run] : m_work.state.runs) settleAction(m_work, *run);
    const Status written = writeJournal();
    publisher.publish(m_work);
    m_work.answer(written);
}

void EngineCore::tick() {
    m_nextTickMs = m_work.bootMs() + m_options.tickMs;
    watchClock();
    lookAtLimits(m_work);
    lookAtLeaseEnds(m_work, plans);
    trimEnded(m_work);
}

void EngineCore::watchClock() {
    const std::int64_t difference = m_work.wallMs() - m_work.bootMs();
    const std::int64_t jump = difference - m_clockDifferenceMs;
    if (std::abs(jump) > kClockJumpMs) moveDeadlines(m_work, jump);
    m_clockDifferenceMs = difference;
}

Status EngineCore::writeJournal() {
    Status written = m_work.flush();
    const std::scoped_lock lock(m_mutex);
    m_health = written;
    return written;
}

StatusOr<Plan> EngineCore::plan(const PlanRequest& request) {
    auto made = makePlan(request, planInputOf(m_fleet, m_work.state.holders, m_store, m_options, m_clock.wallMs()));
    if (!made.ok()) return made;
    addPace(*made, m_options);
    plans.add(std::make_shared<const Plan>(*made));
    return made;
}

StatusOr<SubmitNeed> EngineCore::needOfSubmit(const std::string& planId, const std::string& idempotencyKey) {
    if (const auto shown = plans.find(planId, m_clock.wallMs())) return SubmitNeed{shown->request.verb, rightOf(shown->request)};
    const auto entry = m_store.get(idempotencyKeyPath(idempotencyKey));
    if (absl::IsNotFound(entry.status())) return planIsGone(planId, m_options);
    if (!entry.ok()) return entry.status();
    const auto made = action(actionIdIn(*entry, m_options.site));
    if (!made.ok()) return made.status();
    PlanRequest request;
    request.verb = (*made)->verb;
    request.atDeadline = (*made)->atDeadline;
    request.overrideFailed = (*made)->overrideFailed;
    return SubmitNeed{request.verb, rightOf(request)};
}

StatusOr<ActionPtr> EngineCore::action(const std::string& id) const {
    if (ActionPtr shown = publisher.find(id)) return shown;
    auto head = loadAction(m_store, id);
    if (!head.ok()) return head.status();
    return std::make_shared<const Action>(std::move(head->action));
}

Status EngineCore::health() const {
    const std::scoped_lock lock(m_mutex);
    return m_health;
}

} // namespace busbar::controller
