#include "busbar-controller/plan/swap_plan.h"

#include "base/ids.h"

#include <algorithm>
#include <array>
#include <map>

namespace busbar::controller {
namespace {

std::map<std::string, std::size_t> modelsOf(const NodeStatus& node) {
    std::map<std::string, std::size_t> models;
    for (const GpuIdentity& gpu : node.gpus) ++models[gpu.model];
    return models;
}

std::string gpusText(const NodeStatus& node) {
    std::string text;
    for (const auto& [model, count] : modelsOf(node)) text += fmt::format("{}{} x {}", text.empty() ? "" : ", ", count, model);
    return fmt::format("{} ({})", text.empty() ? "no GPU" : text, toString(node.source));
}

/// What makes nodes equal.
struct Kind {
    Source source;
    std::map<std::string, std::size_t> models;
    bool operator==(const Kind&) const = default;
};
Kind kindOf(const NodeStatus& node) { return {node.source, modelsOf(node)}; }

bool isUnder(const std::string& lease, const NodeStatus& node) { return std::find(node.gpuLeases.begin(), node.gpuLeases.end(), lease) != node.gpuLeases.end(); }

/// A replacement is judged as a node that is leased, and is not queued for: its GPUs are promised at once.
Eligibility judgeComing(const PlanRequest& request, const NodeStatus& node, const std::string& holder) {
    PlanRequest lease = request;
    lease.verb = Verb::lease;
    lease.queue = false;
    return judgeTarget(lease, node, holder);
}

/// In one word why an equal node cannot come.
std::string_view whyNot(const NodeStatus& node, const std::string& holder) {
    const NodeFacts& facts = node.facts;
    if (facts.occupancy != Occupancy::free) return toString(facts.occupancy);
    if (facts.state != NodeState::ready) return toString(facts.state);
    if (facts.service != Service::open) return toString(facts.service);
    if (!holder.empty()) return "held by an action";
    if (facts.link != Link::connected) return toString(facts.link);
    if (facts.health != Health::ok) return facts.health == Health::unknown ? "of unknown health" : toString(facts.health);
    return "not fit for a lease";
}

/// How many of the lease's other nodes are near, by leaf, rail group and rack.
using Near = std::array<std::size_t, 3>;
constexpr std::array<std::string_view, 3> kNearWords{"on its leaf", "in its rail group", "in its rack"};

Near nearOf(const NodeStatus& node, const std::vector<const NodeStatus*>& others) {
    Near near{};
    const auto same = [](const std::string& a, const std::string& b) { return !a.empty() && a == b ? std::size_t{1} : 0; };
    for (const NodeStatus* other : others) {
        near[0] += same(node.place.leaf, other->place.leaf);
        near[1] += same(node.place.rail, other->place.rail);
        near[2] += same(node.place.rack, other->place.rack);
    }
    return near;
}

std::string nearText(const Near& near, std::size_t others) {
    if (others == 0) return "the lease has no other node to be near to";
    for (std::size_t i = 0; i < near.size(); ++i)
        if (near[i] > 0) return fmt::format("{} of the lease's {} other node{} {} {}", near[i], others, others == 1 ? "" : "s", near[i] == 1 ? "is" : "are", kNearWords[i]);
    return "none of the lease's other nodes is on its leaf, in its rail group or in its rack";
}

struct Choice {
    std::optional<std::size_t> place;
    Eligibility judged; ///< of the chosen; else the sentence that says who is short and why
};

Choice choose(const PlanRequest& request, const std::vector<NodeStatus>& fleet, std::size_t failing, const PlanInput& input) {
    std::vector<const NodeStatus*> others;
    for (std::size_t i = 0; i < fleet.size(); ++i)
        if (i != failing && isUnder(request.details.leaseId, fleet[i])) others.push_back(&fleet[i]);
    const Kind wanted = kindOf(fleet[failing]);
    Choice choice;
    Near best{};
    std::size_t equal = 0, fit = 0;
    std::map<std::string, std::size_t> reasons;
    for (std::size_t i = 0; i < fleet.size(); ++i) {
        if (i == failing || kindOf(fleet[i]) != wanted) continue;
        ++equal;
        const std::string holder = input.holderOf(fleet[i].id);
        Eligibility judged = judgeComing(request, fleet[i], holder);
        if (!judged.eligible || fleet[i].facts.health != Health::ok || fleet[i].facts.link != Link::connected) {
            ++reasons[std::string(whyNot(fleet[i], holder))];
            continue;
        }
        ++fit;
        const Near near = nearOf(fleet[i], others);
        if (choice.place && (near < best || (near == best && fleet[i].id > fleet[*choice.place].id))) continue;
        choice = {i, std::move(judged)};
        best = near;
    }
    if (choice.place) {
        choice.judged.sentence += fmt::format("; chosen of {} equal and free: {}", fit, nearText(best, others.size()));
        return choice;
    }
    std::string why;
    for (const auto& [word, count] : reasons) why += fmt::format("{}{} {}", why.empty() ? "" : ", ", count, word);
    choice.judged.sentence = equal == 0 ? fmt::format("1 node is short: no other node of the site has {}", gpusText(fleet[failing]))
                                        : fmt::format("1 node is short: none of the {} other nodes with {} is free ({})", equal, gpusText(fleet[failing]), why);
    return choice;
}

StatusOr<Choice> named(const PlanRequest& request, const std::vector<NodeStatus>& fleet, std::size_t failing, const PlanInput& input) {
    const std::string& id = request.details.replacement;
    const auto parsed = NodeId::parse(id);
    if (!parsed.ok()) return parsed.status();
    if (parsed->site != input.site) return invalid("{} is not of site {}: a lease's nodes are of one site", id, input.site);
    const auto node = std::find_if(fleet.begin(), fleet.end(), [&](const NodeStatus& some) { return some.id == id; });
    if (node == fleet.end()) return notFound("no plan was made, {} is not known here", id);
    const auto place = static_cast<std::size_t>(node - fleet.begin());
    if (place == failing) return invalid("{} cannot come in its own place: name another node", id);
    if (kindOf(*node) != kindOf(fleet[failing])) return Choice{place, {false, fmt::format("refused: it is not equal, it has {} and {} leave", gpusText(*node), gpusText(fleet[failing]))}};
    return Choice{place, judgeComing(request, *node, input.holderOf(id))};
}

} // namespace

StatusOr<SwapPlan> planSwap(PlanRequest& request, const std::vector<NodeStatus>& fleet, std::size_t failing, const PlanInput& input) {
    const NodeStatus& node = fleet[failing];
    SwapPlan plan;
    plan.leaves = judgeTarget(request, node, input.holderOf(node.id));
    // Behind another action it is judged again at its turn; a lease that is ending now does not wait for that.
    if (Eligibility now = judgeTarget(request, node, {}); plan.leaves.eligible && !now.eligible) plan.leaves = std::move(now);
    if (!plan.leaves.eligible) return plan;
    const auto lease = input.leaseOf(node.id);
    if (!lease.ok()) {
        // What a gateway tells of leases was not made here, so nothing of it can be made anew on another node.
        const std::string foreign = absl::IsNotFound(lease.status()) && !node.gpuTenants.empty() && !node.gpuTenants.front().empty()
                                        ? fmt::format("; what it shows is lease {} of {}, which is ended where it was made", leasesOf(node).front(), node.gpuTenants.front())
                                        : std::string();
        plan.leaves = {false, fmt::format("refused: {}{}", sentenceOf(lease.status()), foreign)};
        return plan;
    }
    const std::string asked = request.details.replacement;
    request.details = *lease;
    request.details.replacement = asked;
    auto choice = asked.empty() ? StatusOr<Choice>(choose(request, fleet, failing, input)) : named(request, fleet, failing, input);
    if (!choice.ok()) return choice.status();
    plan.replacement = choice->place;
    plan.comes = choice->judged;
    if (!plan.comes.eligible) {
        plan.leaves = {false, plan.replacement ? fmt::format("refused: {} cannot come in its place", fleet[*plan.replacement].id) : fmt::format("refused: {}", plan.comes.sentence)};
        return plan;
    }
    request.details.replacement = fleet[*plan.replacement].id;
    plan.comes.sentence = fmt::format("comes into lease {} of {} with {}: {}", lease->leaseId, lease->tenant, gpusText(fleet[*plan.replacement]), plan.comes.sentence);
    plan.leaves.sentence = fmt::format("leaves lease {} of {} with {} when {} is open: {}", lease->leaseId, lease->tenant, gpusText(node), request.details.replacement, plan.leaves.sentence);
    return plan;
}

} // namespace busbar::controller
