// burn-in: the tests of a profile one after another on all GPUs at once, with error counters and temperatures watched during it all, and a
// short test of the host. Idempotent: yes; resumes at the last finished test (each is journaled). Interruptible: yes, within 2 s.
// Destructive: of free GPU memory. Reads back: every word and sum; rates as figures, judged by the controller.
#include "busbar-agent/steps/burn_in_plan.h"
#include "busbar-agent/steps/burn_in_watch.h"
#include "busbar-agent/steps/burn_in_xids.h"
#include "busbar-agent/steps/compute_evidence.h"
#include "busbar-agent/steps/gpu_access.h"
#include "busbar-agent/steps/host_test.h"

#include "busbar-agent/journal/report_bytes.h"

#include <algorithm>
#include <functional>
#include <set>

namespace busbar::agent {
namespace {

std::string factOf(GpuTest test) {
    switch (test) {
    case GpuTest::patterns: return "memory patterns";
    case GpuTest::memoryRate: return "memory rate";
    case GpuTest::gemm: return "bf16 products";
    case GpuTest::fp8: return "fp8 products";
    case GpuTest::cublasLt: return "cuBLASLt product";
    case GpuTest::transfers: return "host transfers";
    case GpuTest::peers: return "peer copies";
    default: return "full load";
    }
}

std::string resultKey(const StepContext& context, const BurnInTest& test) { return burnInPrefix(context.command.actionId) + test.key(); }

/// The same input gives the same fingerprint at any time: the first one of each GPU is journaled, later ones are held against it.
void compareWithFirst(const StepContext& context, const GpuRun& run, const std::string& fact, StepReport& part) {
    for (const GpuAnswer& answer : run.answers) {
        if (answer.fingerprint.empty()) continue;
        const std::string key = fmt::format("{}fingerprint/{}/{}", burnInPrefix(context.command.actionId), fact, answer.uuid);
        const auto first = context.journal.get(key);
        if (!first.ok() || !first->has_value()) {
            context.journal.put(key, answer.fingerprint).IgnoreError(); // Without it there is nothing to compare with, and no evidence of it.
            continue;
        }
        part.evidence.push_back(evidenceOf(context, answer.uuid, "fingerprint of " + fact + " over time", **first, answer.fingerprint, "as the first", computeSource(run),
                                           **first == answer.fingerprint ? Verdict::asSet : Verdict::notAsSet));
    }
}

struct BurnIn {
    StepContext& context;
    StepReport& report;
    BurnInWatch watch;
    BurnInXids xids;
    std::vector<std::string> uuids;
    std::size_t kept = 0; ///< tests whose results the journal had from before a restart

    /// Evidence and figures of one test: run now, or as the journal has them from before a restart.
    Status one(const std::vector<BurnInTest>& tests, std::size_t index) {
        const BurnInTest& test = tests[index];
        const std::string key = resultKey(context, test);
        if (const auto known = context.journal.get(key); known.ok() && known->has_value())
            if (const auto part = reportFromBytes(**known); part.ok()) {
                append(*part);
                ++kept;
                return absl::OkStatus();
            }
        const double share = 1.0 / static_cast<double>(tests.size()), from = static_cast<double>(index) * share;
        tellProgress(context, fmt::format("test {} of {}: {}", index + 1, tests.size(), factOf(test.test)), from);
        GpuJob job;
        job.test = test.test;
        job.uuids = uuids;
        job.rounds = test.rounds;
        job.seconds = test.seconds;
        job.seed = std::hash<std::string>()(context.command.actionId); // Of the action, so that a resumed run repeats the same input.
        const bool full = test.test == GpuTest::hold;
        const GpuRun run = runGpuJob(context, job, from, from + share, [this, full] {
            watch.look(full);
            xids.look();
        });
        if (!run.status.ok()) return run.status;
        StepReport part = reportOf(context, StepState::succeeded, "");
        addAnswers(context, run, factOf(test.test), part, test.optional);
        addFingerprints(context, run, factOf(test.test), part);
        compareWithFirst(context, run, factOf(test.test), part);
        append(part);
        return context.journal.put(key, toBytes(part));
    }
    void append(const StepReport& part) {
        report.evidence.insert(report.evidence.end(), part.evidence.begin(), part.evidence.end());
        report.figures.insert(report.figures.end(), part.figures.begin(), part.figures.end());
    }
};

void conclude(StepReport& report, const Status& ended, const std::string& profile) {
    if (absl::IsCancelled(ended)) {
        report.state = StepState::cancelled;
        report.sentence = "cancelled; finished tests are kept, nothing stays allocated on the GPUs";
        return;
    }
    report.state = stateOf(report.evidence);
    for (const Evidence& fact : report.evidence)
        if (fact.verdict == Verdict::notAsSet && report.sentence.empty()) report.sentence = fmt::format("{}: {}: {}", fact.subject, fact.fact, fact.after);
    if (report.state == StepState::failed) return;
    for (const Evidence& fact : report.evidence)
        if (fact.verdict == Verdict::notReadable && report.sentence.empty()) report.sentence = fmt::format("{}: {}: {}", fact.subject, fact.fact, fact.after);
    if (!ended.ok()) report.sentence = std::string(sentenceOf(ended));
    if (!report.sentence.empty()) {
        report.state = absl::IsDeadlineExceeded(ended) ? StepState::failed : StepState::unknown;
        return;
    }
    const auto lacking = std::count_if(report.evidence.begin(), report.evidence.end(), [](const Evidence& fact) { return fact.verdict == Verdict::notApplicable; });
    report.sentence = fmt::format("burn-in {}: {} facts without error, {} that this node cannot show, {} figures to be judged", profile, std::ssize(report.evidence) - lacking, lacking, report.figures.size());
}

} // namespace

StepReport runBurnIn(StepContext& context) {
    StepReport report = reportOf(context, StepState::unknown, "");
    const std::string& profile = context.command.details.profile;
    const auto tests = burnInTests(profile, context.quickHoldSeconds);
    if (!tests.ok()) return reportOf(context, StepState::failed, std::string(sentenceOf(tests.status())));
    if (context.driver == nullptr) return reportOf(context, StepState::failed, "there is nothing to test: " + context.driverWhy);
    if (context.resumed) awaitRemains(context);
    GpuAccess access(context);
    if (const Status taken = access.take(); !taken.ok()) return reportOf(context, StepState::failed, std::string(sentenceOf(taken)));
    BurnIn burnIn{context, report, BurnInWatch(context), BurnInXids(context), {}};
    for (const std::size_t slot : context.slots()) burnIn.uuids.push_back(context.uuid(slot));
    Status ended = absl::OkStatus();
    for (std::size_t i = 0; i < tests->size() && ended.ok(); ++i) ended = burnIn.one(*tests, i);
    if (context.resumed)
        report.evidence.push_back(evidenceOf(context, "node", "run that was cut off by the agent's end", "begun", fmt::format("{} of {} tests were finished and kept, the others ran again", burnIn.kept, tests->size()), "",
                                             context.source(), Verdict::asSet));
    if (ended.ok()) testHost(context, report);
    burnIn.watch.finish(report);
    burnIn.xids.finish(report);
    for (Evidence& evidence : access.giveBack()) report.evidence.push_back(std::move(evidence));
    conclude(report, ended, profile);
    return report;
}

} // namespace busbar::agent
