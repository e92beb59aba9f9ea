// inspect: the quick check before a node is opened again: each GPU answers, no row remap pending or failed, no uncorrected ECC error since
// the driver was loaded, no remedy that the driver asks for, all NVLinks up where GPUs are linked. Without a driver it fails where the node has
// GPUs on its bus or had some when the agent looked last; a node that never had any passes. Idempotent: yes. Interruptible: no. Destructive: no.
#include "busbar-agent/collectors/driver_message.h"
#include "busbar-agent/steps/gpu_facts.h"

#include <set>

namespace busbar::agent {
namespace {

struct Check {
    Metric metric;
    const char* fact;
};
constexpr Check kChecks[] = {{Metric::remapPending, "row remap pending"}, {Metric::remapFailed, "row remap failed"}, {Metric::eccUncorrected, "uncorrected ECC errors"},
                             {Metric::recoveryAction, "recovery action the driver asks for"}};

Evidence noDriver(const StepContext& context) {
    const auto fact = [&context](const std::string& found, std::string expected, Verdict verdict) { return evidenceOf(context, "node", "driver", "", found, std::move(expected), "kernel", verdict); };
    const auto slots = context.journal.keys(slotKey(""));
    if (!slots.ok()) return fact(std::string(sentenceOf(slots.status())), "one, where there are GPUs", Verdict::notReadable);
    std::set<std::string> places;
    for (const std::string& address : context.gpusOnBus) places.insert(pciPlace(address));
    for (const std::string& key : *slots) places.insert(pciPlace(key.substr(slotKey("").size())));
    if (places.empty()) return fact(context.driverWhy, "", Verdict::asSet);
    return fact(context.driverWhy, fmt::format("one for the {} {} of this node", places.size(), places.size() == 1 ? "GPU" : "GPUs"), Verdict::notAsSet);
}

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
    if (context.driver == nullptr) report.evidence.push_back(noDriver(context));
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
