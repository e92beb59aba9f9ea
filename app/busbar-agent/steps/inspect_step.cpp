// inspect: the quick check before a node is opened again: each GPU answers, no row remap pending or failed, no uncorrected ECC error since
// the driver was loaded, no remedy that the driver asks for, all NVLinks up where GPUs are linked. Idempotent: yes. Interruptible: no. Destructive: no. Longest: 30 s.
#include "busbar-agent/steps/gpu_facts.h"

namespace busbar::agent {
namespace {

struct Check {
    Metric metric;
    const char* fact;
};
constexpr Check kChecks[] = {{Metric::remapPending, "row remap pending"}, {Metric::remapFailed, "row remap failed"}, {Metric::eccUncorrected, "uncorrected ECC errors"},
                             {Metric::recoveryAction, "recovery action the driver asks for"}};

void inspectGpu(const StepContext& context, std::size_t slot, const GpuReadings& readings, const std::vector<GpuReadings>& ofAll, StepReport& report) {
    const std::string& uuid = context.uuid(slot);
    const GpuReading& temperature = readings.at(Metric::temperature);
    report.evidence.push_back(evidenceOf(context, uuid, "answers", "", temperature.value >= 0 ? fmt::format("{} C", temperature.value) : temperature.why, "a reading", context.source(),
                                         temperature.value >= 0 ? Verdict::asSet : Verdict::notAsSet));
    for (const Check& check : kChecks) report.evidence.push_back(zeroEvidence(context, uuid, check.fact, readings, check.metric));
    if (auto links = linkEvidence(context, uuid, readings, ofAll)) report.evidence.push_back(*std::move(links));
}

} // namespace

StepReport runInspect(StepContext& context) {
    StepReport report = reportOf(context, StepState::unknown, "");
    if (context.driver == nullptr) report.evidence.push_back(evidenceOf(context, "node", "driver", "", context.driverWhy, "", "kernel", Verdict::asSet));
    const std::vector<std::size_t> slots = context.slots();
    const std::vector<GpuReadings> all = readEach(context);
    for (std::size_t i = 0; i < slots.size(); ++i) inspectGpu(context, slots[i], all[i], all, report);
    report.state = stateOf(report.evidence);
    for (const Evidence& fact : report.evidence)
        if (fact.verdict == Verdict::notAsSet && report.sentence.empty()) report.sentence = fmt::format("{} of {} is {}, expected is {}", fact.fact, fact.subject, fact.after, fact.expected);
    if (report.sentence.empty()) report.sentence = context.driver == nullptr ? "nothing on GPUs can be checked: " + context.driverWhy : "each GPU passed the quick check";
    return report;
}

} // namespace busbar::agent
