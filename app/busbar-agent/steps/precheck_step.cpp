// precheck: is this GPU fit for a tenant (lifecycle.md §4): no failed or pending row remap, no uncorrected memory error, no foreign process,
// memory in use as when nobody holds it, every NVLink up where GPUs are linked; driver and VBIOS as the site's baseline, where it has one.
// Idempotent: yes. Interruptible: no. Destructive: no. Reads back: all of it, per GPU.
// PCIe generation and width are told only: links train down when idle. Burn-in tells them under full load.
#include "busbar-agent/steps/blockers.h"
#include "busbar-agent/steps/gpu_facts.h"
#include "domain/baseline_facts.h"

#include <algorithm>
#include <tuple>

namespace busbar::agent {
namespace {

struct Check {
    Metric metric;
    const char* fact;
};

constexpr Check kMustBeZero[] = {{Metric::remapPending, "pending row remap"}, {Metric::remapFailed, "failed row remap"}, {Metric::eccUncorrected, "uncorrected ECC errors"}};

/// What the controller's command expects of the site's baseline.
void addBaseline(const StepContext& context, StepReport& report) {
    for (const Evidence& asked : context.command.expected) {
        std::string now;
        if (asked.fact == kDriverFact) now = context.driver->description();
        for (const std::size_t slot : context.slots())
            if (asked.fact == kVbiosFact && context.uuid(slot) == asked.subject) now = context.driver->gpus()[slot].vbios;
        if (asked.fact != kDriverFact && asked.fact != kVbiosFact) continue;
        // The driver's version ends its description: "NVML 570.124.06".
        const bool same = asked.fact == kDriverFact ? now.ends_with(" " + asked.expected) : now == asked.expected;
        report.evidence.push_back(evidenceOf(context, asked.subject, asked.fact, "", now.empty() ? "not told" : now, asked.expected, context.source(), now.empty() ? Verdict::notReadable : same ? Verdict::asSet : Verdict::notAsSet));
    }
}

void tellPcie(const std::string& uuid, const GpuReadings& readings, StepReport& report) {
    for (const auto& [metric, name, unit] : {std::tuple{Metric::pcieGen, "PCIe generation", ""}, {Metric::pcieWidth, "PCIe width", "lanes"}})
        if (const std::int64_t value = readingOf(readings, metric).value; value > 0) report.figures.push_back({.subject = uuid, .name = name, .unit = unit, .value = static_cast<double>(value)});
}

} // namespace

StepReport runPrecheck(StepContext& context) {
    if (context.driver == nullptr) return reportOf(context, StepState::failed, "there is nothing to lease: " + context.driverWhy);
    StepReport report = reportOf(context, StepState::unknown, "");
    const Holding holding = findLastingHolders(context);
    addClients(context, nullptr, holding, report);
    const std::vector<std::size_t> slots = context.slots();
    const std::vector<GpuReadings> all = readEach(context);
    for (std::size_t i = 0; i < slots.size(); ++i) {
        const std::string& uuid = context.uuid(slots[i]);
        for (const Check& check : kMustBeZero) report.evidence.push_back(zeroEvidence(context, uuid, check.fact, all[i], check.metric));
        report.evidence.push_back(idleMemoryEvidence(context, slots[i]));
        if (auto links = linkEvidence(context, uuid, all[i], all)) report.evidence.push_back(*std::move(links));
        tellPcie(uuid, all[i], report);
    }
    addBaseline(context, report);
    report.blockers = holding.blockers;
    // A GPU that does not answer is not fit: what nobody could read proves nothing.
    report.state = strictStateOf(report.evidence);
    report.sentence = report.evidence.empty() ? "nothing could be read" : faultOf(report.evidence);
    if (report.state == StepState::succeeded) report.sentence = "fit: every check passed on each GPU";
    // What the kernel may not show is told only: the driver's own list of each GPU has been read by then.
    if (context.wholeNode()) report.evidence.push_back(kernelEvidence(context, nullptr, holding));
    if (holding.blockers.empty()) return report;
    report.state = StepState::failed;
    report.sentence = describe(holding) + ": it is not this lease's, end it or drain the node first";
    return report;
}

} // namespace busbar::agent
