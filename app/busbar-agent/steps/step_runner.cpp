#include "busbar-agent/steps/step_runner.h"

#include "base/crash_point.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

namespace busbar::agent {
namespace {

constexpr std::size_t kMaxQueued = 64;
constexpr std::chrono::milliseconds kLookEvery(100);

} // namespace

StepRunner::StepRunner(RunnerParts parts) : m_parts(std::move(parts)), m_thread([this](const std::stop_token& stop) { loop(stop); }) {}

StepRunner::~StepRunner() {
    m_ending = true;
    m_thread.request_stop();
    m_cancelled = true;
    m_wake.notify_all();
}

StepReport StepRunner::refusal(const StepCommand& command, const Status& why, StepState state) const {
    StepReport report;
    report.commandId = command.commandId;
    report.kind = command.kind;
    report.state = state;
    report.sentence = std::string(sentenceOf(why));
    report.startedWallMs = report.endedWallMs = m_parts.clock->wallMs();
    sign(report);
    return report;
}

void StepRunner::sign(StepReport& report) const {
    if (!m_parts.sign) return;
    if (const Status made = m_parts.sign(report); !made.ok()) spdlog::error("the report of {} goes unsigned and will count for nothing: {}", report.commandId, sentenceOf(made));
}

Status StepRunner::admit(const StepCommand& command) {
    if (command.nodeId != m_parts.nodeId) return invalid("the command is for {}, this is {}", command.nodeId, m_parts.nodeId);
    if (stepOf(command.kind) == nullptr) return invalid("this agent knows no such step (kind {}): install a newer one", static_cast<int>(command.kind));
    const auto highest = m_parts.journal->highestTerm();
    if (!highest.ok()) return highest.status();
    if (command.term < *highest) return refused("the command has fencing term {}, this agent has seen {}: it comes from a controller that was replaced", command.term, *highest);
    return m_parts.journal->raiseTerm(command.term);
}

void StepRunner::submit(StepCommand command) {
    if (const Status status = admit(command); !status.ok()) {
        spdlog::warn("command {} refused: {}", command.commandId, sentenceOf(status));
        m_parts.report(refusal(command, status, StepState::failed));
        return;
    }
    const std::lock_guard lock(m_mutex);
    if (m_running == command.commandId) return; // Runs already: its report will come.
    for (const StepCommand& waiting : m_queue)
        if (waiting.commandId == command.commandId) return;
    if (m_queue.size() >= kMaxQueued) {
        m_parts.report(refusal(command, refused("{} commands wait already", kMaxQueued), StepState::failed));
        return;
    }
    m_queue.push_back(std::move(command));
    m_wake.notify_all();
}

void StepRunner::useDriver(GpuDriver* driver) {
    const std::lock_guard lock(m_mutex);
    m_parts.driver = driver;
    m_wake.notify_all();
}

bool StepRunner::isDriverComing() const { return m_parts.driverIsComing && m_parts.driverIsComing(); }

GpuDriver* StepRunner::awaitDriver(std::int64_t endBootMs) {
    std::unique_lock lock(m_mutex);
    while (m_parts.driver == nullptr && isDriverComing() && !m_cancelled && m_parts.clock->bootMs() < endBootMs) m_wake.wait_for(lock, kLookEvery);
    return m_parts.driver;
}

void StepRunner::cancel(const std::string& commandId, std::uint64_t term) {
    const auto highest = m_parts.journal->highestTerm();
    if (!highest.ok() || term < *highest) return;
    const std::lock_guard lock(m_mutex);
    if (m_running == commandId) {
        m_cancelled = true;
        return;
    }
    const auto waiting = std::find_if(m_queue.begin(), m_queue.end(), [&](const StepCommand& command) { return command.commandId == commandId; });
    if (waiting == m_queue.end()) return;
    m_parts.report(refusal(*waiting, absl::CancelledError("cancelled before it started"), StepState::cancelled));
    m_queue.erase(waiting);
}

void StepRunner::loop(const std::stop_token& stop) {
    while (true) {
        StepCommand command;
        {
            std::unique_lock lock(m_mutex);
            m_running.clear();
            if (!m_wake.wait(lock, stop, [this] { return !m_queue.empty(); })) return;
            if (stop.stop_requested()) return;
            command = std::move(m_queue.front());
            m_queue.pop_front();
            m_running = command.commandId;
            m_cancelled = false;
        }
        run(command);
    }
}

void StepRunner::run(const StepCommand& command) {
    const std::int64_t started = m_parts.clock->wallMs();
    crashPoint("agent.command.received");
    const auto begun = m_parts.journal->begin(command, started);
    if (!begun.ok()) return deliver(refusal(command, begun.status(), StepState::failed));
    if (begun->known == Journal::Known::finished) return deliver(begun->report);
    crashPoint("agent.command.journaled");
    const std::int64_t endBootMs = m_parts.clock->bootMs() + command.secondsLeft * 1000LL;
    GpuDriver* const driver = awaitDriver(endBootMs);
    StepContext context{command, begun->known == Journal::Known::begun, driver, m_parts.driverWhy, m_parts.policy, *m_parts.journal, *m_parts.clock, m_parts.hooksDir, m_parts.stateDir, m_parts.cudaLibrary, m_parts.quickHoldSeconds, m_cancelled,
                        m_parts.progress, endBootMs};
    context.hookLimitMs = m_parts.hookLimitMs;
    context.scrubRounds = m_parts.scrubRounds;
    context.gpuSilenceMs = m_parts.gpuSilenceMs;
    if (m_parts.boot) context.boot = m_parts.boot();
    if (m_parts.gpusOnBus) context.gpusOnBus = m_parts.gpusOnBus();
    context.rebootCommand = m_parts.rebootCommand;
    context.xids = m_parts.xids;
    context.devices = m_parts.devices;
    const bool isUnbegun = driver == nullptr && m_cancelled && isDriverComing();
    StepReport report = isUnbegun ? reportOf(context, StepState::cancelled, "cancelled before the GPU driver was open") : stepOf(command.kind)(context);
    // Nobody cancelled it: the agent ends. It stays begun in the journal and goes on after the restart.
    if (m_ending && report.state == StepState::cancelled) return;
    report.startedWallMs = started;
    report.endedWallMs = m_parts.clock->wallMs();
    sign(report); // What is journaled is what was signed: a repeat after a restart is the same, bit by bit.
    crashPoint("agent.step.done");
    if (const Status noted = m_parts.journal->finish(report); !noted.ok()) {
        report.origin = {};
        report.state = StepState::unknown;
        report.sentence = fmt::format("{} (and the outcome could not be journaled: {})", report.sentence, sentenceOf(noted));
        sign(report);
    }
    crashPoint("agent.outcome.journaled");
    // What it noted on its way was for a restart in its middle.
    for (const std::string& prefix : {hookPrefix(command.commandId), burnInPrefix(command.actionId)})
        if (const Status forgotten = m_parts.journal->eraseAll(prefix); !forgotten.ok()) spdlog::warn("{}", sentenceOf(forgotten));
    spdlog::info("step {} of {}: {}: {}", toString(command.kind), command.actionId, toString(report.state), report.sentence);
    deliver(std::move(report));
    crashPoint("agent.reported");
}

/// A repeat that comes while the report goes out is answered once more: that one may have gone to a session that was lost.
void StepRunner::deliver(StepReport report) {
    {
        const std::lock_guard lock(m_mutex);
        m_running.clear();
    }
    m_parts.report(std::move(report));
}

} // namespace busbar::agent
