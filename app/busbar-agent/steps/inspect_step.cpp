// inspect: the quick check before a node is opened again: each GPU answers, no row remap pending or failed, no uncorrected ECC error since
// the driver was loaded, no remedy that the driver asks for, all NVLinks up. Idempotent: yes. Interruptible: no. Destructive: no. Longest: 30 s.
#include "busbar-agent/steps/step.h"

namespace busbar::agent {
namespace {

struct Check {
    Metric metric;
    const char* fact;
    std::int64_t expected;
};
constexpr Check kChecks[] = {{Metric::remapPending, "row remap pending", 0}, {Metric::remapFailed, "row remap failed", 0}, {Metric::eccUncorrected, "uncorrected ECC errors", 0},
                             {Metric::recoveryAction, "recovery action the driver asks for", 0}};

void inspectGpu(const StepContext& context, std::size_t slot, StepReport& report) {
    const std::string& uuid = context.uuid(slot);
    const GpuReadings readings = context.driver->read(slot, GpuDriver::Depth::all);
    const GpuReading& temperature = readings.at(Metric::temperature);
    report.evidence.push_back(evidenceOf(context, uuid, "answers", "", temperature.value >= 0 ? fmt::format("{} C", temperature.value) : temperature.why, "a reading", context.source(),
                                         temperature.value >= 0 ? Verdict::asSet : Verdict::notAsSet));
    for (const Check& check : kChecks) {
        const GpuReading& reading = readings.at(check.metric);
        if (reading.value == kNotSupported) continue; // The device has no such thing to be wrong.
        report.evidence.push_back(evidenceOf(context, uuid, check.fact, "", reading.value >= 0 ? std::to_string(reading.value) : reading.why, std::to_string(check.expected), context.source(),
                                             reading.value == check.expected ? Verdict::asSet : reading.value >= 0 ? Verdict::notAsSet : Verdict::notReadable));
    }
    const GpuReading& up = readings.at(Metric::nvlinksUp);
    const GpuReading& total = readings.at(Metric::nvlinksTotal);
    if (up.value >= 0 && total.value > 0)
        report.evidence.push_back(evidenceOf(context, uuid, "NVLinks up", "", std::to_string(up.value), std::to_string(total.value), context.source(), up.value == total.value ? Verdict::asSet : Verdict::notAsSet));
}

} // namespace

StepReport runInspect(StepContext& context) {
    StepReport report = reportOf(context, StepState::unknown, "");
    if (context.driver == nullptr) report.evidence.push_back(evidenceOf(context, "node", "driver", "", context.driverWhy, "", "kernel", Verdict::asSet));
    for (const std::size_t slot : context.slots()) inspectGpu(context, slot, report);
    report.state = stateOf(report.evidence);
    for (const Evidence& fact : report.evidence)
        if (fact.verdict == Verdict::notAsSet && report.sentence.empty()) report.sentence = fmt::format("{} of {} is {}, expected is {}", fact.fact, fact.subject, fact.after, fact.expected);
    if (report.sentence.empty()) report.sentence = context.driver == nullptr ? "nothing on GPUs can be checked: " + context.driverWhy : "each GPU passed the quick check";
    return report;
}

} // namespace busbar::agent
