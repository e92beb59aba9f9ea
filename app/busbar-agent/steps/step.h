// What a step gets and gives. A step runs on the runner's thread, may block on the driver, looks at `cancelled` where it says it is
// interruptible, and ends in a report whose evidence was read back after the act.
#pragma once

#include "base/clock.h"
#include "busbar-agent/collectors/holders.h"
#include "busbar-agent/collectors/xid_record.h"
#include "busbar-agent/driver/gpu_driver.h"
#include "busbar-agent/journal/journal.h"
#include "busbar-agent/journal/keys.h"
#include "domain/telemetry.h"

#include <atomic>
#include <functional>
#include <string>
#include <vector>

namespace busbar::agent {

/// This life of the machine. `source`: kernel, or simulated (config.h).
struct BootId {
    std::string id;
    std::string source = "kernel";
};

struct StepContext {
    const StepCommand& command;
    bool resumed = false;           ///< the command was begun before (a crash, a lost link): look first, act only on what is not so yet
    GpuDriver* driver = nullptr;    ///< nullptr: no driver
    std::string driverWhy;          ///< why there is none
    AgentPolicy policy;
    Journal& journal;
    const Clock& clock;
    std::string hooksDir;           ///< empty: no hooks
    std::string stateDir;           ///< of the journal; tests of the disk write there
    std::string cudaLibrary;        ///< path of the CUDA driver; empty: the system's
    double quickHoldSeconds = 45;   ///< full load of burn-in profile quick
    const std::atomic<bool>& cancelled;
    std::function<void(StepProgress)> progress;
    std::int64_t endBootMs = 0;     ///< on CLOCK_BOOTTIME: the longest time is over
    std::int64_t hookLimitMs = 60'000; ///< longest time of one hook
    int scrubRounds = 1;            ///< random patterns of a scrub before it zeroes
    std::int64_t gpuSilenceMs = 120'000; ///< a GPU test that says nothing for so long hangs in the driver
    BootId boot;
    std::vector<std::string> gpusOnBus; ///< PCI addresses of NVIDIA GPUs, whether a driver has them or not
    std::vector<std::string> rebootCommand; ///< absolute path and arguments, of the agent's own config
    const XidRecord* xids = nullptr; ///< nullptr: nobody listens for them
    std::string devices = kDevices;

    /// Slots in scope: all, or those of the command's UUIDs.
    std::vector<std::size_t> slots() const;
    bool wholeNode() const { return command.gpuUuids.empty(); }
    /// "nvml" or "simulated nvml".
    std::string source() const;
    bool timeIsOver() const { return clock.bootMs() >= endBootMs; }
    const std::string& uuid(std::size_t slot) const { return driver->gpus()[slot].uuid; }
};

using StepFunction = StepReport (*)(StepContext&);
/// The step of a kind; nullptr for kinds this agent does not know.
StepFunction stepOf(StepKind kind);

StepReport runClose(StepContext& context);
StepReport runWait(StepContext& context);
StepReport runTerminate(StepContext& context);
StepReport runVerify(StepContext& context);
StepReport runInspect(StepContext& context);
StepReport runReopen(StepContext& context);
StepReport runScrub(StepContext& context);
StepReport runCanary(StepContext& context);
StepReport runConfigure(StepContext& context);
StepReport runPrecheck(StepContext& context);
StepReport runOpenLease(StepContext& context);
StepReport runReleaseLease(StepContext& context);
StepReport runIdentify(StepContext& context);
StepReport runBurnIn(StepContext& context);
StepReport runResetGpu(StepContext& context);
StepReport runReboot(StepContext& context);
StepReport runMig(StepContext& context);

/// Tells how far the context's command is: `share` of it is done, 0 to 1.
void tellProgress(const StepContext& context, std::string sentence, double share);
/// A report of the context's command.
StepReport reportOf(const StepContext& context, StepState state, std::string sentence);
/// Worst verdict decides: any notAsSet → failed, all read and as set → succeeded, nothing at all → unknown.
StepState stateOf(const std::vector<Evidence>& evidence);
/// Like stateOf, but one fact that could not be read makes it unknown: for steps that hand GPUs to somebody.
StepState strictStateOf(const std::vector<Evidence>& evidence);
/// The first fact that is not as set, else the first that could not be read, as a sentence; empty when all are as set.
std::string faultOf(const std::vector<Evidence>& evidence);
/// Evidence with the time of now.
Evidence evidenceOf(const StepContext& context, std::string subject, std::string fact, std::string before, std::string after, std::string expected, std::string source, Verdict verdict);

} // namespace busbar::agent
