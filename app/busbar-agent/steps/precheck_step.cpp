// precheck: is this GPU fit for a tenant (lifecycle.md §4): no failed or pending row remap, no uncorrected memory error, no foreign process,
// memory in use as when nobody holds it, every NVLink up where GPUs are linked. Idempotent: yes. Interruptible: no. Destructive: no. Longest: 2 min. Reads back: all of it, per GPU.
// PCIe generation and width are told, and judged under load by burn-in: links train down when idle.
#include "busbar-agent/steps/blockers.h"
#include "busbar-agent/steps/gpu_facts.h"

#include <algorithm>

namespace busbar::agent {
namespace {

struct Check {
    Metric metric;
    const char* fact;
};

constexpr Check kMustBeZero[] = {{Metric::remapPending, "pending row remap"}, {Metric::remapFailed, "failed row remap"}, {Metric::eccUncorrected, "uncorrected ECC errors"}};

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
    }
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
