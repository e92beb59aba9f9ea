#include "busbar-controller/plan/blast_radius.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include "busbar-controller/plan/gpu_scope.h"
#include "domain/lifecycle.h"

#include <algorithm>

namespace busbar::controller {
namespace {

using Counts = absl::flat_hash_map<std::string, Share>;

void add(Counts& counts, const std::string& name, bool touched, std::int64_t number = 1) {
    if (name.empty()) return;
    Share& share = counts[name];
    share.whole += number;
    if (touched) share.part += number;
}

/// Touched shares only, the most touched first, then by name.
std::vector<Share> listOf(Counts& counts) {
    std::vector<Share> list;
    for (auto& [name, share] : counts)
        if (share.part > 0) list.push_back({name, share.part, share.whole});
    std::sort(list.begin(), list.end(), [](const Share& a, const Share& b) {
        const std::int64_t left = a.part * b.whole, right = b.part * a.whole;
        return left != right ? left > right : a.name < b.name;
    });
    if (list.size() > kMaxShares) list.resize(kMaxShares);
    return list;
}

bool canBeLeased(const NodeStatus& node) {
    return node.facts.service == Service::open && node.facts.link != Link::lost && node.facts.health != Health::failed;
}

class Counter {
public:
    explicit Counter(const std::vector<std::string>& scope) : m_scope(scope) {}

    /// `taken`: the node as a whole is taken from its failure domains.
    void add(const NodeStatus& node, bool touched, bool taken) {
        domain("rack", node.place.rack, taken);
        domain("leaf", node.place.leaf, taken);
        domain("pdu", node.place.pdu, taken);
        domain("loop", node.place.loop, taken);
        addGpus(node, touched);
        if (!touched) return;
        NodeStatus room;
        const NodeStatus& some = scopedTo(m_scope, node, room);
        ++blast.nodes;
        blast.gpus += static_cast<std::int64_t>(some.gpus.size());
        blast.processes += static_cast<std::int64_t>(some.processes.size());
        for (const std::int64_t watts : some.gpuPowerW)
            if (watts > 0) blast.powerStepKw += static_cast<double>(watts) / 1000.0;
    }

    BlastRadius finish() {
        blast.leases = static_cast<std::int64_t>(leases.size());
        blast.tenants = listOf(tenants);
        blast.freeByModel = listOf(freeByModel);
        blast.failureDomains = listOf(domains);
        return std::move(blast);
    }

    std::int64_t leasedGpus = 0;
    BlastRadius blast;

private:
    void domain(const char* kind, const std::string& name, bool touched) {
        if (!name.empty()) controller::add(domains, fmt::format("{} {}", kind, name), touched);
    }

    void addGpus(const NodeStatus& node, bool nodeTouched) {
        for (std::size_t i = 0; i < node.gpus.size(); ++i) {
            const bool touched = nodeTouched && isInScope(m_scope, node, i);
            const bool open = canBeLeased(node) && gpuServiceOf(node, node.gpus[i].uuid) == Service::open;
            const bool leased = i < node.gpuLeases.size() && !node.gpuLeases[i].empty();
            if (!leased && open) controller::add(freeByModel, node.gpus[i].model, touched);
            if (!leased) continue;
            if (i < node.gpuTenants.size()) controller::add(tenants, node.gpuTenants[i], touched);
            if (!touched) continue;
            leases.insert(node.gpuLeases[i]);
            ++leasedGpus;
        }
    }

    const std::vector<std::string>& m_scope;
    Counts tenants, freeByModel, domains;
    absl::flat_hash_set<std::string> leases;
};

} // namespace

BlastRadius blastRadiusOf(const PlanRequest& request, const std::vector<NodeStatus>& fleet, const std::vector<bool>& eligible) {
    Counter counter(request.gpuUuids);
    for (std::size_t i = 0; i < fleet.size(); ++i) {
        const bool comes = request.verb == Verb::swap && fleet[i].id == request.details.replacement;
        counter.add(fleet[i], eligible[i], eligible[i] && request.gpuUuids.empty() && !comes);
    }
    BlastRadius blast = counter.finish();
    blast.longestWaitMs = request.deadlineMs;
    blast.gpuHours = static_cast<double>(counter.leasedGpus) * static_cast<double>(request.deadlineMs) / 3'600'000.0;
    // A process that was ended does not come back with the node.
    blast.reversible = inverseOf(request.verb) != Verb::unknown && !(isForced(request) && blast.processes > 0);
    if (request.verb == Verb::lease || request.verb == Verb::provision) {
        blast.gpuHours = 0;
        blast.longestWaitMs = 0;
    }
    if (request.verb == Verb::identify) {
        blast.freeByModel.clear(); // A light on a chassis takes nothing away.
        blast.gpuHours = blast.powerStepKw = 0;
        blast.longestWaitMs = 0;
        blast.reversible = true;
    }
    if (request.verb == Verb::giveBack || request.verb == Verb::release) {
        blast.freeByModel.clear(); // These give capacity, they take none.
        blast.gpuHours = 0;
        blast.powerStepKw = 0;
    }
    return blast;
}

std::string approvalNeed(const PlanRequest& request, const BlastRadius& blast, std::size_t limit) {
    if (blast.nodes > static_cast<std::int64_t>(limit)) return fmt::format("{} nodes are more than {}", blast.nodes, limit);
    if (!closes(request.verb)) return {};
    if (request.atDeadline == DeadlinePolicy::force && blast.leases > 0) return fmt::format("force on {} leases", blast.leases);
    for (const Share& domain : blast.failureDomains)
        if (domain.whole > 1 && domain.part == domain.whole) return fmt::format("{} as a whole ({} nodes)", domain.name, domain.whole);
    return {};
}

} // namespace busbar::controller
