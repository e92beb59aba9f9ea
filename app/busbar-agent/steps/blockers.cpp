#include "busbar-agent/steps/blockers.h"

#include "busbar-agent/collectors/holders.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

namespace busbar::agent {
namespace {

constexpr std::chrono::milliseconds kLookEvery(100);
constexpr int kLastingLooks = 30;

/// With pid 1 its whole container, or the machine, would go down.
void addEndable(Holding& holding, Process process) {
    if (process.pid > 1) holding.processes.push_back(std::move(process));
}

/// The wall clock may have been set back meanwhile.
std::int64_t ageMs(const StepContext& context, std::int64_t startedWallMs) { return std::max<std::int64_t>(0, context.clock.wallMs() - startedWallMs); }

void addClient(const StepContext& context, std::size_t slot, const DriverClient& client, Holding& holding, std::set<std::int64_t>& seen, int& hidden) {
    const ProcessFacts facts = factsOf(client.pid);
    if (isExempt(client.pid, facts)) return;
    ++holding.perGpu[context.uuid(slot)];
    if (!facts.visible || isForeign(client.pid, facts, context.devices, context.driver->simulated())) {
        ++hidden;
        return;
    }
    seen.insert(client.pid);
    holding.blockers.push_back({client.pid, facts.user, facts.command, "", context.uuid(slot), client.memoryMib, ageMs(context, facts.startedWallMs), facts.zombie ? "zombie: it has ended but still holds the GPU" : ""});
    addEndable(holding, {client.pid, facts.startTicks, static_cast<int>(slot), facts.user, facts.command, client.kind, client.memoryMib, facts.startedWallMs});
}

void addDriverClients(const StepContext& context, Holding& holding, std::set<std::int64_t>& seen) {
    const std::vector<std::size_t> slots = context.slots();
    for (const std::size_t slot : slots) {
        const auto clients = context.driver->clients(slot);
        if (!clients.ok()) {
            holding.unreadable.push_back(fmt::format("{}: {}", context.uuid(slot), sentenceOf(clients.status())));
            continue;
        }
        holding.perGpu[context.uuid(slot)] += 0;
        int hidden = 0;
        for (const DriverClient& client : *clients) addClient(context, slot, client, holding, seen, hidden);
        if (hidden > 0)
            holding.blockers.push_back({0, "", "", "", context.uuid(slot), kNotSupported, -1, fmt::format("the driver shows {} client{}, their pids are not visible", hidden, hidden == 1 ? "" : "s")});
    }
    holding.driverRead = !slots.empty() && holding.unreadable.empty();
}

std::int64_t countByKernel(const Holding& holding) {
    return std::count_if(holding.blockers.begin(), holding.blockers.end(), [](const Blocker& blocker) { return blocker.gpuUuid.empty(); });
}

std::string textByKernel(const Holding& holding) { return fmt::format("{}{}{}", countByKernel(holding), holding.kernelRead ? "" : "; ", holding.kernelGap); }

} // namespace

Holding findHolders(const StepContext& context) {
    Holding holding;
    std::set<std::int64_t> seen;
    if (context.driver != nullptr) addDriverClients(context, holding, seen);
    // /proc does not tell which GPU a file descriptor of uvm belongs to: holders count for a whole node, not for a single GPU in scope.
    if (context.wholeNode()) {
        DeviceHolders byKernel = deviceHolders(context.devices);
        holding.kernelGap = std::move(byKernel.gap);
        holding.kernelRead = holding.kernelGap.empty();
        for (Process& holder : byKernel.processes) {
            if (!seen.insert(holder.pid).second) continue;
            holding.blockers.push_back({holder.pid, holder.user, holder.command, "", "", kNotSupported, ageMs(context, holder.startedWallMs), "holds /dev/nvidia*"});
            addEndable(holding, std::move(holder));
        }
    }
    return holding;
}

Holding findLastingHolders(const StepContext& context) {
    Holding holding = findHolders(context);
    for (int looks = 0; !(holding.blockers.empty() && holding.unreadable.empty()) && looks < kLastingLooks && !context.cancelled && !context.timeIsOver(); ++looks) {
        std::this_thread::sleep_for(kLookEvery);
        holding = findHolders(context);
    }
    return holding;
}

std::string describe(const Holding& holding) {
    if (holding.blockers.empty()) return holding.unreadable.empty() ? "nothing holds a GPU" : "who holds a GPU cannot be read: " + holding.unreadable.front();
    const Blocker& first = holding.blockers.front();
    const std::string who = first.pid > 0 ? fmt::format("{} (pid {}) of {}", first.command.substr(0, 80), first.pid, first.user) : first.note;
    if (first.pid <= 0 && first.gpuUuid.empty()) return who; // A scheduler that is busy.
    if (holding.blockers.size() == 1) return who + " holds a GPU";
    return fmt::format("{} and {} more hold GPUs", who, holding.blockers.size() - 1);
}

std::string whyNotShown(const StepContext& context, const Holding& holding) {
    const std::string why = !holding.unreadable.empty() ? holding.unreadable.front() : context.driver == nullptr ? context.driverWhy : "no GPU in scope";
    return fmt::format("whether anything holds a GPU could not be shown: {}{}{}", why, holding.kernelGap.empty() ? "" : "; ", holding.kernelGap);
}

void addClients(const StepContext& context, const Holding* before, const Holding& now, StepReport& report) {
    for (const auto& [uuid, count] : now.perGpu) {
        const bool known = before != nullptr && before->perGpu.contains(uuid);
        report.evidence.push_back(evidenceOf(context, uuid, "processes", known ? std::to_string(before->perGpu.at(uuid)) : "", std::to_string(count), "0", context.source(), count == 0 ? Verdict::asSet : Verdict::notAsSet));
    }
    for (const std::string& what : now.unreadable) {
        const std::size_t colon = what.find(": ");
        report.evidence.push_back(evidenceOf(context, what.substr(0, colon), "processes", "", what.substr(colon + 2), "0", context.source(), Verdict::notReadable));
    }
}

Evidence kernelEvidence(const StepContext& context, const Holding* before, const Holding& now) {
    const Verdict verdict = countByKernel(now) > 0 ? Verdict::notAsSet : now.kernelRead ? Verdict::asSet : Verdict::notReadable;
    return evidenceOf(context, "node", "holders of /dev/nvidia*", before != nullptr ? textByKernel(*before) : "", textByKernel(now), "0", "kernel", verdict);
}

} // namespace busbar::agent
