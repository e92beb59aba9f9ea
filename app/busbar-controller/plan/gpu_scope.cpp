#include "busbar-controller/plan/gpu_scope.h"

#include <absl/strings/numbers.h>

#include <algorithm>

namespace busbar::controller {
namespace {

template <typename Value>
std::vector<Value> keep(const std::vector<Value>& all, const std::vector<std::size_t>& slots) {
    std::vector<Value> some;
    for (const std::size_t slot : slots)
        if (slot < all.size()) some.push_back(all[slot]);
    return some;
}

std::size_t slotOf(const std::string& word, const NodeStatus& node) {
    std::uint32_t slot = 0;
    if (absl::SimpleAtoi(word, &slot)) return slot;
    return static_cast<std::size_t>(std::find_if(node.gpus.begin(), node.gpus.end(), [&](const GpuIdentity& gpu) { return gpu.uuid == word; }) - node.gpus.begin());
}

} // namespace

StatusOr<std::vector<std::string>> resolveScope(const std::vector<std::string>& asked, const NodeStatus& node) {
    std::vector<std::size_t> slots;
    for (const std::string& word : asked) {
        const std::size_t slot = slotOf(word, node);
        if (slot >= node.gpus.size()) return notFound("no plan was made: {} has no GPU '{}', it has {}: give its UUID, or its slot from 0", node.id, word, node.gpus.size());
        slots.push_back(slot);
    }
    std::sort(slots.begin(), slots.end());
    slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
    std::vector<std::string> uuids;
    for (const std::size_t slot : slots) uuids.push_back(node.gpus[slot].uuid);
    return uuids;
}

bool isInScope(const std::vector<std::string>& scope, const NodeStatus& node, std::size_t slot) {
    return scope.empty() || std::find(scope.begin(), scope.end(), node.gpus[slot].uuid) != scope.end();
}

const NodeStatus& scopedTo(const std::vector<std::string>& scope, const NodeStatus& node, NodeStatus& room) {
    if (scope.empty()) return node;
    std::vector<std::size_t> slots;
    for (std::size_t slot = 0; slot < node.gpus.size(); ++slot)
        if (isInScope(scope, node, slot)) slots.push_back(slot);
    room = node;
    room.gpus = keep(node.gpus, slots);
    room.gpuLeases = keep(node.gpuLeases, slots);
    room.gpuTenants = keep(node.gpuTenants, slots);
    room.gpuPowerW = keep(node.gpuPowerW, slots);
    room.gpuPowerLimitW = keep(node.gpuPowerLimitW, slots);
    room.facts.service = gpuServiceOf(node, scope.front());
    std::erase_if(room.processes, [&](const Process& process) { return process.gpu < 0 || std::find(slots.begin(), slots.end(), static_cast<std::size_t>(process.gpu)) == slots.end(); });
    return room;
}

Service gpuServiceOf(const NodeStatus& node, const std::string& uuid) {
    const GpuClose* const apart = findClose(node.closedGpus, uuid);
    return apart == nullptr ? Service::open : apart->service;
}

std::string closedApart(const NodeStatus& node) {
    for (std::size_t slot = 0; slot < node.gpus.size(); ++slot)
        if (const Service service = gpuServiceOf(node, node.gpus[slot].uuid); service != Service::open) return fmt::format("its GPU {} ({}) is {} apart from it", slot, node.gpus[slot].uuid, toString(service));
    return {};
}

} // namespace busbar::controller
