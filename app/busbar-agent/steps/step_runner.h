// Runs the controller's commands one after another on its own thread: refuses old fencing terms, journals before acting, repeats reports
// but never a finished step. All functions are thread-safe and return at once.
#pragma once

#include "busbar-agent/steps/step.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace busbar::agent {

struct RunnerParts {
    GpuDriver* driver = nullptr;
    std::string driverWhy;
    std::function<bool()> driverIsComing;       ///< it is being opened, and steps wait for it: the end of an agent may have put its GPUs down. Unset: never
    AgentPolicy policy;
    Journal* journal = nullptr;
    const Clock* clock = nullptr;
    std::string hooksDir;
    std::string stateDir;
    std::string cudaLibrary;
    double quickHoldSeconds = 45;
    int scrubRounds = 1;
    std::string nodeId;
    std::function<void(StepProgress)> progress; ///< called on the runner's thread
    std::function<void(StepReport)> report;     ///< called on the runner's thread, or the caller's of submit for repeats
    std::function<Status(StepReport&)> sign;    ///< fills a report's origin; called before it is journaled. Unset: reports are not signed
    std::int64_t hookLimitMs = 60'000;          ///< longest time of one hook
    std::int64_t gpuSilenceMs = 120'000;        ///< see StepContext
    std::function<BootId()> boot;               ///< unset: not known, nothing is rebooted
    std::function<std::vector<std::string>()> gpusOnBus; ///< see StepContext; unset: none
    std::vector<std::string> rebootCommand;
    const XidRecord* xids = nullptr;            ///< outlives the runner
    std::string devices = kDevices;
};

class StepRunner {
public:
    explicit StepRunner(RunnerParts parts);
    ~StepRunner(); ///< Asks a running interruptible step to end and waits for it; such a step stays begun, to go on after a restart.
    StepRunner(const StepRunner&) = delete;
    StepRunner& operator=(const StepRunner&) = delete;

    void submit(StepCommand command);
    /// A driver that was not there at the start; it outlives the runner. Counts from the next step on.
    void useDriver(GpuDriver* driver);
    /// Of a command that runs or waits; unknown ids are ignored.
    void cancel(const std::string& commandId, std::uint64_t term);

private:
    void loop(const std::stop_token& stop);
    void run(const StepCommand& command);
    void deliver(StepReport report);
    Status admit(const StepCommand& command);
    bool isDriverComing() const;
    /// The driver, once it is open where one is coming; nullptr: there is none.
    GpuDriver* awaitDriver(std::int64_t endBootMs);
    StepReport refusal(const StepCommand& command, const Status& why, StepState state) const;
    void sign(StepReport& report) const;

    RunnerParts m_parts; ///< its driver is guarded by m_mutex
    std::mutex m_mutex; ///< guards the four below
    std::condition_variable_any m_wake;
    std::deque<StepCommand> m_queue;
    std::string m_running;
    std::atomic<bool> m_cancelled{false}, m_ending{false};
    std::jthread m_thread; ///< last: started when all else stands
};

} // namespace busbar::agent
