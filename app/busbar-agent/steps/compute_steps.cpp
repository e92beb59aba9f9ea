// scrub and canary: work on the GPUs themselves, in the helper process.
// scrub: fills all free memory with a pattern, reads it back, zeroes it, reads that back. Idempotent: yes. Interruptible: yes, within 2 s.
//   Destructive: of what nobody owns (free memory). Reads back: every word, twice; bytes covered; rates.
//   Before it, MIG mode that a lease turned on is ended with its tenant's instances, each read back: no memory is reached in it.
// canary: a bf16 product with known result on each GPU, compared bit by bit. Idempotent: yes. Interruptible: yes. Destructive: no.
//   Reads back: every sum, by whole-number arithmetic on the GPU's ordinary units.
#include "busbar-agent/steps/compute_evidence.h"
#include "busbar-agent/steps/gpu_access.h"
#include "busbar-agent/steps/gpu_worker.h"
#include "busbar-agent/steps/mig_step.h"

#include <functional>

namespace busbar::agent {
namespace {

StepReport runComputeStep(StepContext& context, GpuTest test, const char* fact, const char* good) {
    if (context.driver == nullptr) return reportOf(context, StepState::failed, "there is nothing to test: " + context.driverWhy);
    GpuJob job;
    job.test = test;
    if (test == GpuTest::scrub) job.rounds = context.scrubRounds;
    job.seed = std::hash<std::string>()(context.command.commandId);
    for (const std::size_t slot : context.slots()) job.uuids.push_back(context.uuid(slot));
    if (context.resumed) awaitRemains(context);
    GpuAccess access(context);
    if (const Status taken = access.take(); !taken.ok()) return reportOf(context, StepState::failed, std::string(sentenceOf(taken)));
    const GpuRun run = runGpuJob(context, job);
    StepReport report = reportOf(context, StepState::unknown, "");
    report.evidence = access.giveBack();
    // Taken before the run: what was cut off holds nothing any more, and the whole of it ran again.
    if (context.resumed) report.evidence.push_back(evidenceOf(context, "node", "run that was cut off by the agent's end", "begun", "nothing of it holds a GPU; all of it ran again", "", context.source(), Verdict::asSet));
    addAnswers(context, run, fact, report);
    addFingerprints(context, run, fact, report);
    finishReport(run, job.uuids.size(), good, report);
    return report;
}

} // namespace

StepReport runScrub(StepContext& context) {
    std::vector<Evidence> ended;
    const Status whole = endMig(context, ended);
    StepReport report = whole.ok() ? runComputeStep(context, GpuTest::scrub, "memory after scrub", "scrubbed: every word read back as written, then as zero")
                                   : reportOf(context, StepState::failed, fmt::format("nothing was scrubbed: {}", sentenceOf(whole)));
    report.evidence.insert(report.evidence.begin(), ended.begin(), ended.end());
    return report;
}
StepReport runCanary(StepContext& context) { return runComputeStep(context, GpuTest::canary, "bf16 product", "computed: every sum is exact on each GPU"); }

} // namespace busbar::agent
