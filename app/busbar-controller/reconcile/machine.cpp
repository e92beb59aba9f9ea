#include "busbar-controller/reconcile/machine.h"

#include <absl/strings/str_split.h>

#include <map>

namespace busbar::controller {
namespace {

/// "<machine id>\n" and "<PCI address> <uuid>\n" for each GPU.
std::string recordOf(const AgentArrival& arrival, const std::string& machineId) {
    std::string text = machineId + "\n";
    for (const GpuIdentity& gpu : arrival.gpus) text += fmt::format("{} {}\n", gpu.pciAddress, gpu.uuid);
    return text;
}

std::string machineIdOf(const std::string& record) { return record.substr(0, record.find('\n')); }

/// The first slot that holds another GPU than before. One that is empty now is told by the fleet: its GPU may only have fallen off the bus.
std::string replacedOf(const std::string& record, const AgentArrival& arrival) {
    std::map<std::string, std::string> before;
    for (const auto line : absl::StrSplit(record, '\n')) {
        const std::pair<std::string, std::string> slot = absl::StrSplit(line, absl::MaxSplits(' ', 1));
        if (!slot.second.empty()) before.insert(slot);
    }
    for (const GpuIdentity& gpu : arrival.gpus)
        if (const auto was = before.find(gpu.pciAddress); was != before.end() && was->second != gpu.uuid) return fmt::format("slot {} holds another GPU: {} before, {} now", gpu.pciAddress, was->second, gpu.uuid);
    return {};
}

} // namespace

MachineChange noteMachine(Work& work, const AgentArrival& arrival) {
    const auto known = work.state.machines.find(arrival.nodeId);
    const std::string before = known == work.state.machines.end() ? std::string() : known->second;
    const std::string& machineId = arrival.machineId.empty() ? machineIdOf(before) : arrival.machineId; // One that could not be read is no other.
    if (const std::string now = recordOf(arrival, machineId); now != before && !arrival.gpus.empty()) work.noteMachine(arrival.nodeId, now);
    if (before.empty()) return {};
    if (const std::string was = machineIdOf(before); !was.empty() && was != machineId) return {fmt::format("installed anew: machine id {} before, {} now", was, machineId), true};
    if (arrival.lostJournal) return {"its agent's journal is gone: what its steps had done there is not known", true};
    return {replacedOf(before, arrival), false};
}

void closeChanged(Work& work, const std::string& nodeId, const std::string& why) {
    const std::string sentence = fmt::format("{}: return inspects it, then it takes work again", why);
    work.event(nodeId, 3, fmt::format("{}: {}", nodeId, sentence));
    if (work.state.services[nodeId] != Service::open) return; // Whoever closed it has it inspected by its return.
    work.setService(nodeId, Service::closed, sentence, "controller");
}

} // namespace busbar::controller
