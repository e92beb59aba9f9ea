#include "busbar-controller/reconcile/pace.h"

#include <algorithm>

namespace busbar::controller {
namespace {

bool hasFailed(const TargetRecord& target) { return target.state == TargetState::failed || target.state == TargetState::unknown; }

} // namespace

int waveOf(std::size_t number, std::size_t count, const EngineOptions& options) {
    if (count <= options.waveNodes) return 1;
    if (number == 0) return 1;
    const std::size_t second = std::max<std::size_t>(1, (count * options.wavePercent + 99) / 100);
    return number <= second ? 2 : 3;
}

Room::Room(const Work& work) : m_work(work) {
    std::size_t busy = 0;
    for (const auto& [id, run] : work.state.runs)
        for (const std::size_t index : run->active) {
            const std::string& nodeId = run->action().targets[index].nodeId;
            if (!work.isConnected(nodeId) || run->live[index].parked) continue; // Waits for its agent: draws no power and fills no place.
            ++busy;
            const auto node = work.fleet.node(nodeId);
            if (!node) continue;
            if (auto& pdu = left("pdu " + node->place.pdu, work.options.maxPerPdu); pdu > 0) --pdu;
            if (auto& leaf = left("leaf " + node->place.leaf, work.options.maxPerLeaf); leaf > 0) --leaf;
        }
    m_site = work.options.maxConcurrent - std::min(busy, work.options.maxConcurrent);
}

std::size_t& Room::left(const std::string& domain, std::size_t most) { return m_left.try_emplace(domain, most).first->second; }

bool Room::take(const std::string& nodeId) {
    if (!m_work.isConnected(nodeId)) return true; // Closes in the books at once and then waits for its agent.
    if (m_site == 0) return false;
    const auto node = m_work.fleet.node(nodeId);
    std::size_t* const pdu = node && !node->place.pdu.empty() ? &left("pdu " + node->place.pdu, m_work.options.maxPerPdu) : nullptr;
    std::size_t* const leaf = node && !node->place.leaf.empty() ? &left("leaf " + node->place.leaf, m_work.options.maxPerLeaf) : nullptr;
    if ((pdu != nullptr && *pdu == 0) || (leaf != nullptr && *leaf == 0)) return false;
    if (pdu != nullptr) --*pdu;
    if (leaf != nullptr) --*leaf;
    --m_site;
    return true;
}

int openWave(const Work& work, const ActionRun& run) {
    int open = INT32_MAX;
    for (const TargetRecord& target : run.action().targets) {
        const bool waitsForAgent = target.state == TargetState::running && !work.isConnected(target.nodeId);
        if (!isFinal(target.state) && !waitsForAgent) open = std::min(open, target.wave);
    }
    return open;
}

bool hasWaiting(const Action& action) {
    return std::any_of(action.targets.begin(), action.targets.end(), [](const TargetRecord& target) { return target.state == TargetState::waiting; });
}

std::uint32_t failuresOf(const Action& action) { return static_cast<std::uint32_t>(std::count_if(action.targets.begin(), action.targets.end(), hasFailed)); }

std::string breakerOf(const Work& work, const ActionRun& run) {
    const std::uint32_t failures = failuresOf(run.action());
    if (failures <= run.head.breakerAcknowledged) return {};
    const std::uint32_t fresh = failures - run.head.breakerAcknowledged;
    if (fresh >= work.options.breakerFailures) return fmt::format("{} targets failed", fresh);
    std::map<int, std::pair<std::size_t, std::size_t>> waves; // failed, all
    for (const TargetRecord& target : run.action().targets) {
        if (target.state == TargetState::refused || target.state == TargetState::skipped) continue;
        auto& [failed, all] = waves[target.wave];
        ++all;
        failed += hasFailed(target) ? 1 : 0;
    }
    for (const auto& [wave, counts] : waves)
        if (counts.first > 0 && counts.first * 100 >= counts.second * work.options.breakerPercent)
            return fmt::format("{} of {} targets of wave {} failed, {} % pause an action", counts.first, counts.second, wave, work.options.breakerPercent);
    return {};
}

} // namespace busbar::controller
