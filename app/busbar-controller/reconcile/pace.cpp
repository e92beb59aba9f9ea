#include "busbar-controller/reconcile/pace.h"

#include <algorithm>

namespace busbar::controller {
namespace {

bool hasFailed(const TargetRecord& target) { return target.state == TargetState::failed || target.state == TargetState::unknown; }

} // namespace

int waveOf(std::size_t number, std::size_t count, const EngineOptions& options) {
    if (count <= options.waveNodes) return 1;
    if (number < options.firstWaveNodes) return 1;
    const std::size_t second = std::max<std::size_t>(1, (count * options.wavePercent + 99) / 100);
    return number < options.firstWaveNodes + second ? 2 : 3;
}

void addPace(Plan& plan, const EngineOptions& options) {
    const auto count = static_cast<std::size_t>(std::count_if(plan.targets.begin(), plan.targets.end(), [](const PlanTarget& target) { return target.eligible; }));
    plan.waves.clear();
    for (std::size_t number = 0; number < count; ++number) {
        plan.waves.resize(std::max<std::size_t>(plan.waves.size(), static_cast<std::size_t>(waveOf(number, count, options))));
        ++plan.waves.back();
    }
    plan.breaker = {.failureLimit = static_cast<std::int64_t>(options.breakerFailures), .wavePercent = static_cast<std::int64_t>(options.breakerPercent)};
}

Room::Room(const Work& work) : m_work(work), m_full{"the site", work.options.maxConcurrent} {
    std::size_t busy = 0;
    for (const auto& [id, run] : work.state.runs)
        for (const std::size_t index : run->active) {
            const std::string& nodeId = run->action().targets[index].nodeId;
            const TargetLive& live = run->live[index];
            if (!work.isConnected(nodeId) || live.parked || live.yielded) continue; // Waits for its agent or its holders: draws no power more and fills no place.
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
    m_full = {"the site", m_work.options.maxConcurrent};
    if (m_site == 0) return false;
    const auto node = m_work.fleet.node(nodeId);
    std::size_t* const pdu = node && !node->place.pdu.empty() ? &left("pdu " + node->place.pdu, m_work.options.maxPerPdu) : nullptr;
    std::size_t* const leaf = node && !node->place.leaf.empty() ? &left("leaf " + node->place.leaf, m_work.options.maxPerLeaf) : nullptr;
    const bool pduFull = pdu != nullptr && *pdu == 0;
    if (pduFull || (leaf != nullptr && *leaf == 0)) {
        m_full = pduFull ? Full{"pdu " + node->place.pdu, m_work.options.maxPerPdu} : Full{"leaf " + node->place.leaf, m_work.options.maxPerLeaf};
        return false;
    }
    if (pdu != nullptr) --*pdu;
    if (leaf != nullptr) --*leaf;
    --m_site;
    return true;
}

std::string Room::why() const {
    return fmt::format("{} {} under way at {}, the most at a time", m_full.most, m_full.most == 1 ? "node is" : "nodes are", m_full.where);
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

BreakerCounts breakerCounts(const Work& work, const ActionRun& run) {
    std::vector<std::pair<std::int64_t, int>> failures; // When, in which wave.
    std::map<int, std::int64_t> waves;                  // Targets.
    for (const TargetRecord& target : run.action().targets) {
        if (target.state != TargetState::refused && target.state != TargetState::skipped) ++waves[target.wave];
        if (hasFailed(target)) failures.emplace_back(target.endedWallMs, target.wave);
    }
    // A person let the earliest pass: they count no more, in no wave.
    std::sort(failures.begin(), failures.end());
    failures.erase(failures.begin(), failures.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(failures.size(), run.head.breakerAcknowledged)));
    BreakerCounts counts{.failures = std::ssize(failures), .failureLimit = static_cast<std::int64_t>(work.options.breakerFailures), .wavePercent = static_cast<std::int64_t>(work.options.breakerPercent)};
    for (const auto& [wave, targets] : waves) {
        const auto failed = std::count_if(failures.begin(), failures.end(), [wave = wave](const auto& failure) { return failure.second == wave; });
        if (failed == 0 || (counts.wave != 0 && failed * counts.waveTargets <= counts.waveFailed * targets)) continue;
        counts.wave = wave;
        counts.waveFailed = failed;
        counts.waveTargets = targets;
    }
    return counts;
}

std::string breakerOf(const Work& work, const ActionRun& run) {
    if (failuresOf(run.action()) <= run.head.breakerAcknowledged) return {};
    const BreakerCounts counts = breakerCounts(work, run);
    if (counts.failures >= counts.failureLimit) return fmt::format("{} targets failed", counts.failures);
    if (counts.wave == 0 || counts.waveFailed * 100 < counts.waveTargets * counts.wavePercent) return {};
    return fmt::format("{} of {} targets of wave {} failed, {} % pause an action", counts.waveFailed, counts.waveTargets, counts.wave, counts.wavePercent);
}

} // namespace busbar::controller
