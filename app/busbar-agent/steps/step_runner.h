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
    AgentPolicy policy;
    Journal* journal = nullptr;
    const Clock* clock = nullptr;
    std::string hooksDir;
    std::string nodeId;
    std::function<void(StepProgress)> progress; ///< called on the runner's thread
    std::function<void(StepReport)> report;     ///< called on the runner's thread, or the caller's of submit for repeats
};

class StepRunner {
public:
    explicit StepRunner(RunnerParts parts);
    ~StepRunner(); ///< Asks a running interruptible step to end and waits for it.
    StepRunner(const StepRunner&) = delete;
    StepRunner& operator=(const StepRunner&) = delete;

    void submit(StepCommand command);
    /// Of a command that runs or waits; unknown ids are ignored.
    void cancel(const std::string& commandId, std::uint64_t term);

private:
    void loop(const std::stop_token& stop);
    void run(const StepCommand& command);
    Status admit(const StepCommand& command);
    StepReport refusal(const StepCommand& command, const Status& why, StepState state) const;

    RunnerParts m_parts;
    std::mutex m_mutex; ///< guards the four below
    std::condition_variable_any m_wake;
    std::deque<StepCommand> m_queue;
    std::string m_running;
    std::atomic<bool> m_cancelled{false};
    std::jthread m_thread; ///< last: started when all else stands
};

} // namespace busbar::agent
