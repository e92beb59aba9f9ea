#include "busbar-agent/steps/blockers.h"

#include "busbar-agent/collectors/holders.h"

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

void addClient(const StepContext& context, std::size_t slot, const DriverClient& client, Holding& holding, std::set<std::int64_t>& seen, int& hidden) {
    const ProcessFacts facts = factsOf(client.pid);
    if (isExempt(client.pid, facts)) return;
    ++holding.perGpu[context.uuid(slot)];
    seen.insert(client.pid);
    if (!facts.visible) {
        ++hidden;
        return;
    }
    holding.blockers.push_back({client.pid, facts.user, facts.command, "", context.uuid(slot), client.memoryMib, context.clock.wallMs() - facts.startedWallMs, facts.zombie ? "zombie: it has ended but still holds the GPU" : ""});
    addEndable(holding, {client.pid, facts.startTicks, static_cast<int>(slot), facts.user, facts.command, client.kind, client.memoryMib, facts.startedWallMs});
}

void addDriverClients(const StepContext& context, Holding& holding, std::set<std::int64_t>& seen) {
    for (const std::size_t slot : context.slots()) {
        const auto clients = context.driver->clients(slot);
        if (!clients.ok()) {
            holding.unreadable.push_back(fmt::format("{}: {}", context.uuid(slot), sentenceOf(clients.status())));
            continue;
        }
        holding.driverRead = true;
        holding.perGpu[context.uuid(slot)] += 0;
        int hidden = 0;
        for (const DriverClient& client : *clients) addClient(context, slot, client, holding, seen, hidden);
        if (hidden > 0)
            holding.blockers.push_back({0, "", "", "", context.uuid(slot), kNotSupported, -1, fmt::format("the driver shows {} client{}, their pids are not visible", hidden, hidden == 1 ? "" : "s")});
    }
}

} // namespace

Holding findHolders(const StepContext& context) {
    Holding holding;
    std::set<std::int64_t> seen;
    if (context.driver != nullptr) addDriverClients(context, holding, seen);
    // /proc does not tell which GPU a file descriptor of uvm belongs to: holders count for a whole node, not for a single GPU in scope.
    if (context.wholeNode()) {
        for (Process& holder : deviceHolders()) {
            if (!seen.insert(holder.pid).second) continue;
            holding.blockers.push_back({holder.pid, holder.user, holder.command, "", "", kNotSupported, context.clock.wallMs() - holder.startedWallMs, "holds /dev/nvidia*"});
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
    if (holding.blockers.size() == 1) return who + " holds a GPU";
    return fmt::format("{} and {} more hold GPUs", who, holding.blockers.size() - 1);
}

} // namespace busbar::agent
