// terminate: tells hooks.d/terminate, then ends the processes that hold the GPUs in scope: SIGTERM, 30 s, SIGKILL, 30 s. Only where the agent's own policy says so.
// Idempotent: no: after a crash it only looks, and says what it finds. Interruptible: no. Destructive: yes.
// Reads back: each process gone, by its pidfd; then the holders again.
#include "base/crash_point.h"
#include "busbar-agent/collectors/holders.h"
#include "busbar-agent/steps/blockers.h"
#include "busbar-agent/steps/hooks.h"

#include <sys/syscall.h>

#include <algorithm>
#include <csignal>
#include <poll.h>
#include <unistd.h>

namespace busbar::agent {
namespace {

constexpr std::int64_t kGraceMs = 30'000;
constexpr std::int64_t kReapMs = 5'000; ///< for the parent of a process that ended to take it from the list

// A process known by pidfd: a reused pid can never be hit.
class Victim {
public:
    explicit Victim(Process process) : m_process(std::move(process)), m_fd(static_cast<int>(syscall(SYS_pidfd_open, m_process.pid, 0))) {
        // Between listing and opening the pid may have passed to another process.
        if (m_fd >= 0 && factsOf(m_process.pid).startTicks != m_process.startTicks) drop();
    }
    ~Victim() { drop(); }
    Victim(Victim&& other) noexcept : m_process(std::move(other.m_process)), m_fd(std::exchange(other.m_fd, -1)) {}
    Victim& operator=(Victim&&) = delete;

    const Process& process() const { return m_process; }
    void signal(int number) const {
        if (m_fd >= 0) syscall(SYS_pidfd_send_signal, m_fd, number, nullptr, 0);
    }
    bool gone() const {
        pollfd wait{m_fd, POLLIN, 0};
        return m_fd < 0 || poll(&wait, 1, 0) > 0;
    }

private:
    void drop() {
        if (m_fd >= 0) close(m_fd);
        m_fd = -1;
    }
    Process m_process;
    int m_fd;
};

bool waitGone(const StepContext& context, const std::vector<Victim>& victims) {
    const std::int64_t end = context.clock.bootMs() + kGraceMs;
    for (;;) {
        if (std::all_of(victims.begin(), victims.end(), [](const Victim& victim) { return victim.gone(); })) return true;
        if (context.clock.bootMs() >= end) return false;
        usleep(100'000);
    }
}

// A process that ended is a holder until its parent has reaped it and the driver noticed.
Holding holdersLeft(const StepContext& context) {
    const std::int64_t end = context.clock.bootMs() + kReapMs;
    for (;;) {
        Holding left = findHolders(context);
        if (left.blockers.empty() || context.clock.bootMs() >= end) return left;
        usleep(100'000);
    }
}

/// hooks.d/terminate: the tenant may save its work. Whatever it answers, the deadline has passed.
std::vector<Evidence> tellTenant(StepContext& context) {
    std::vector<Evidence> told = runHooks(context, "terminate");
    for (Evidence& hook : told)
        if (hook.verdict != Verdict::asSet) hook.verdict = Verdict::notApplicable;
    return told;
}

} // namespace

StepReport runTerminate(StepContext& context) {
    if (!context.policy.terminateHolders) return reportOf(context, StepState::failed, "this agent's policy is terminate = never: no process is ended from outside");
    // Signals sent before a crash may still be working.
    const Holding holding = context.resumed ? holdersLeft(context) : findHolders(context);
    if (context.resumed && !holding.blockers.empty()) {
        StepReport report = reportOf(context, StepState::unknown, "the agent was restarted while it ended processes and does not repeat that: " + describe(holding));
        report.blockers = holding.blockers;
        return report;
    }
    std::vector<Evidence> told = tellTenant(context);
    std::vector<Victim> victims;
    for (const Process& process : holding.processes) victims.emplace_back(process);
    for (const Victim& victim : victims) victim.signal(SIGTERM);
    crashPoint("agent.terminate.signalled");
    if (!waitGone(context, victims)) {
        for (const Victim& victim : victims)
            if (!victim.gone()) victim.signal(SIGKILL);
        waitGone(context, victims);
    }
    StepReport report = reportOf(context, StepState::succeeded, fmt::format("{} process{} ended", victims.size(), victims.size() == 1 ? "" : "es"));
    report.evidence = std::move(told);
    for (const Victim& victim : victims)
        report.evidence.push_back(evidenceOf(context, "node", fmt::format("process {} ({})", victim.process().pid, victim.process().command.substr(0, 60)), "running", victim.gone() ? "gone" : "still there", "gone",
                                             "kernel", victim.gone() ? Verdict::asSet : Verdict::notAsSet));
    const Holding after = holdersLeft(context);
    report.evidence.push_back(evidenceOf(context, "node", "holders", std::to_string(holding.blockers.size()), std::to_string(after.blockers.size()), "0", context.driver != nullptr ? context.source() : "kernel",
                                         after.blockers.empty() ? Verdict::asSet : Verdict::notAsSet));
    report.blockers = after.blockers;
    report.state = stateOf(report.evidence);
    const bool isFirst = std::any_of(after.blockers.begin(), after.blockers.end(), [](const Blocker& blocker) { return blocker.pid == 1; });
    if (report.state != StepState::succeeded) report.sentence = fmt::format("not every process could be ended: {}{}", describe(after), isFirst ? "; pid 1 is never ended, its container has to be" : "");
    return report;
}

} // namespace busbar::agent
