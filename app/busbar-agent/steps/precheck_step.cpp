// precheck: is this GPU fit for a tenant (lifecycle.md §4): no failed or pending row remap, no uncorrected memory error, no foreign process,
// every NVLink up. Idempotent: yes. Interruptible: no. Destructive: no. Longest: 2 min. Reads back: all of it, per GPU. PCIe generation
// and width are told, and judged under load by burn-in: links train down when idle.
#include "busbar-agent/steps/blockers.h"

#include <algorithm>

namespace busbar::agent {
namespace {

struct Check {
    Metric metric;
    const char* fact;
};

constexpr Check kMustBeZero[] = {{Metric::remapPending, "pending row remap"}, {Metric::remapFailed, "failed row remap"}, {Metric::eccUncorrected, "uncorrected ECC errors"}};

GpuReading readingOf(const GpuReadings& readings, Metric metric) {
    const auto found = readings.find(metric);
    return found == readings.end() ? GpuReading{} : found->second;
}

void checkZero(StepContext& context, const std::string& uuid, const Check& check, const GpuReading& reading, StepReport& report) {
    if (reading.value == kNotSupported) return; // A device without the counter cannot fail by it.
    const bool read = reading.value >= 0;
    report.evidence.push_back(evidenceOf(context, uuid, check.fact, "", read ? std::to_string(reading.value) : reading.why, "0", context.source(), !read ? Verdict::notReadable : reading.value == 0 ? Verdict::asSet : Verdict::notAsSet));
}

void checkLinks(StepContext& context, const std::string& uuid, const GpuReadings& readings, StepReport& report) {
    const GpuReading up = readingOf(readings, Metric::nvlinksUp), total = readingOf(readings, Metric::nvlinksTotal);
    if (up.value < 0 || total.value <= 0) return;
    report.evidence.push_back(evidenceOf(context, uuid, "NVLinks up", "", std::to_string(up.value), std::to_string(total.value), context.source(), up.value == total.value ? Verdict::asSet : Verdict::notAsSet));
}

} // namespace

StepReport runPrecheck(StepContext& context) {
    if (context.driver == nullptr) return reportOf(context, StepState::failed, "there is nothing to lease: " + context.driverWhy);
    StepReport report = reportOf(context, StepState::unknown, "");
    const Holding holding = findHolders(context);
    for (const auto& [uuid, count] : holding.perGpu)
        report.evidence.push_back(evidenceOf(context, uuid, "processes", "", std::to_string(count), "0", context.source(), count == 0 ? Verdict::asSet : Verdict::notAsSet));
    for (const std::string& what : holding.unreadable) report.evidence.push_back(evidenceOf(context, what.substr(0, what.find(':')), "processes", "", what.substr(std::min(what.size(), what.find(':') + 2)), "0", context.source(), Verdict::notReadable));
    for (const std::size_t slot : context.slots()) {
        const std::string& uuid = context.uuid(slot);
        const GpuReadings readings = context.driver->read(slot, GpuDriver::Depth::all);
        for (const Check& check : kMustBeZero) checkZero(context, uuid, check, readingOf(readings, check.metric), report);
        checkLinks(context, uuid, readings, report);
    }
    report.blockers = holding.blockers;
    // A GPU that does not answer is not fit: what nobody could read proves nothing.
    report.state = strictStateOf(report.evidence);
    report.sentence = report.evidence.empty() ? "nothing could be read" : faultOf(report.evidence);
    if (report.state == StepState::succeeded) report.sentence = "fit: every check passed on each GPU";
    if (!holding.blockers.empty()) report.sentence = describe(holding) + ": it is not this lease's, end it or drain the node first";
    return report;
}

} // namespace busbar::agent
