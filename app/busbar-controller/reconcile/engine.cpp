#include "busbar-controller/reconcile/engine.h"

#include "base/crash_point.h"
#include "busbar-controller/plan/planner.h"
#include "busbar-controller/reconcile/cancel.h"
#include "busbar-controller/reconcile/decide.h"
#include "busbar-controller/reconcile/engine_core.h"
#include "busbar-controller/reconcile/lease_end.h"
#include "busbar-controller/reconcile/links.h"
#include "busbar-controller/reconcile/restore.h"
#include "busbar-controller/reconcile/settle.h"
#include "busbar-controller/reconcile/submit.h"

namespace busbar::controller {
namespace {

/// For what was decided in a turn that could not be journaled (a full disk): it is not lost, and says so.
Status keptUntilWritten(const std::string& what, const Status& journaled) {
    return Status(journaled.code(), fmt::format("{} is kept in memory and takes effect when the journal can be written again: {}", what, std::string(journaled.message())));
}

} // namespace

Engine::Engine(StateStore& store, const FleetView& fleet, AgentGateway& agents, FactsSink& facts, const Clock& clock, EngineOptions options)
    : m_core(std::make_unique<EngineCore>(store, fleet, agents, facts, clock, std::move(options))) {}

Engine::~Engine() = default;

Status Engine::start() { return m_core->start(); }
void Engine::stop() { m_core->stop(); }
void Engine::runTurn() { m_core->runTurn(); }
StatusOr<Plan> Engine::plan(const PlanRequest& request) { return m_core->plan(request); }

StatusOr<Plan> Engine::planUndo(const std::string& actionId) {
    const auto done = m_core->action(actionId);
    if (!done.ok()) return done.status();
    const auto request = undoRequestOf(**done);
    if (!request.ok()) return request.status();
    return m_core->plan(*request);
}

StatusOr<SubmitNeed> Engine::needOfSubmit(const std::string& planId, const std::string& idempotencyKey) const { return m_core->needOfSubmit(planId, idempotencyKey); }

void Engine::submit(SubmitRequest request, Reply reply) {
    m_core->post([this, request = std::move(request), reply = std::move(reply)](Work& work) {
        const auto run = submitAction(work, m_core->plans, request);
        // The action is journaled already, with its own commit; what else this turn has to write does not matter to it.
        const StatusOr<ActionPtr> answer = run.ok() ? StatusOr<ActionPtr>(shownCopy(work, **run)) : run.status();
        work.reply([reply, answer](const Status&) { reply(answer); });
    });
}

void Engine::cancel(CancelRequest request, Reply reply) {
    m_core->post([request = std::move(request), reply = std::move(reply)](Work& work) {
        const auto run = findRun(work, request.actionId);
        const Status done = run.ok() ? cancelAction(work, **run, request) : run.status();
        if (!done.ok()) {
            reply(done);
            return;
        }
        work.reply([reply, copy = shownCopy(work, **run)](const Status& journaled) {
            if (journaled.ok()) reply(copy);
            else reply(keptUntilWritten(fmt::format("the cancel of {}", copy->id), journaled));
        });
    });
}

void Engine::decide(DecideRequest request, Status (*apply)(Work&, ActionRun&, const DecideRequest&), Reply reply) {
    m_core->post([request = std::move(request), apply, reply = std::move(reply)](Work& work) {
        const auto run = findRun(work, request.actionId);
        const Status done = run.ok() ? apply(work, **run, request) : run.status();
        if (!done.ok()) {
            reply(done);
            return;
        }
        settleAction(work, **run);
        work.reply([reply, copy = shownCopy(work, **run)](const Status& journaled) {
            if (journaled.ok()) reply(copy);
            else reply(keptUntilWritten(fmt::format("what was decided about {}", copy->id), journaled));
        });
    });
}

void Engine::approve(DecideRequest request, Reply reply) { decide(std::move(request), approveAction, std::move(reply)); }
void Engine::pause(DecideRequest request, Reply reply) { decide(std::move(request), pauseAction, std::move(reply)); }
void Engine::resume(DecideRequest request, Reply reply) { decide(std::move(request), resumeAction, std::move(reply)); }

void Engine::extendLease(ExtendRequest request, std::function<void(StatusOr<LeaseExtension>)> reply) {
    m_core->post([request = std::move(request), reply = std::move(reply)](Work& work) {
        const auto extended = controller::extendLease(work, request);
        work.reply([reply, extended](const Status& journaled) {
            if (extended.ok() && !journaled.ok()) reply(keptUntilWritten(fmt::format("the extension of lease {}", extended->leaseId), journaled));
            else reply(extended);
        });
    });
}

StatusOr<ActionPtr> Engine::action(const std::string& id) const { return m_core->action(id); }
std::vector<ActionPtr> Engine::actions(std::size_t limit, bool openOnly) const { return m_core->publisher.list(limit, openOnly); }
std::shared_ptr<void> Engine::watch(Watcher watcher) { return m_core->publisher.watch(std::move(watcher)); }
Status Engine::health() const { return m_core->health(); }

void Engine::onAgentConnected(const AgentArrival& arrival) {
    m_core->post([arrival](Work& work) { agentConnected(work, arrival); });
}

void Engine::onAgentLost(const std::string& nodeId) {
    m_core->post([nodeId](Work& work) { agentLost(work, nodeId); });
}

void Engine::onProgress(const std::string& nodeId, const StepProgress& progress) {
    crashPoint("controller.progress-received");
    m_core->post([nodeId, progress](Work& work) { agentProgress(work, nodeId, progress); });
}

void Engine::onReport(const std::string& nodeId, const StepReport& report) {
    crashPoint("controller.report-received");
    m_core->post([nodeId, report](Work& work) { agentReport(work, nodeId, report); });
}

} // namespace busbar::controller
