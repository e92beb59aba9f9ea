#include "busbar-replay/model/fleet_model.h"

#include <algorithm>

namespace busbar::replay {
namespace {

constexpr int kWholeNode = 8;
constexpr std::int64_t kFirstPid = 10'000;

std::string groupOn(const Job& job, std::uint32_t node) { return job.groupKey + "@" + std::to_string(node); }

} // namespace

int ModelNode::freeGpus() const {
    if (closed) return 0;
    return static_cast<int>(std::count_if(gpus.begin(), gpus.end(), [](const ModelGpu& gpu) { return gpu.job < 0; }));
}

bool FleetModel::fits(const ModelNode& node, std::uint32_t index, const Job& job) const {
    if (job.maxPerNode <= 0) return node.freeGpus() > 0;
    const auto held = m_perNode.find(groupOn(job, index));
    return node.freeGpus() > 0 && (held == m_perNode.end() || held->second < job.maxPerNode);
}

void FleetModel::take(std::uint32_t index, int count, Job& job) {
    ModelNode& node = nodes[index];
    for (std::uint32_t slot = 0; slot < node.gpus.size() && count > 0; ++slot) {
        if (node.gpus[slot].job >= 0) continue;
        job.held.emplace_back(index, slot);
        --count;
    }
    if (job.maxPerNode > 0) ++m_perNode[groupOn(job, index)];
}

bool FleetModel::placeOnOne(Job& job, bool sameGroup) {
    for (std::uint32_t index = 0; index < nodes.size(); ++index) {
        if ((nodes[index].group == job.group) != sameGroup || nodes[index].freeGpus() < job.gpus || !fits(nodes[index], index, job)) continue;
        take(index, job.gpus, job);
        return true;
    }
    return false;
}

bool FleetModel::place(Job& job) {
    int missing = job.gpus;
    if (job.gpus <= kWholeNode && (placeOnOne(job, true) || placeOnOne(job, false))) return true;
    if (job.gpus == 1) return false;
    for (std::uint32_t index = 0; index < nodes.size() && missing > 0; ++index) {
        const bool empty = nodes[index].gpus.size() >= kWholeNode && nodes[index].freeGpus() == static_cast<int>(nodes[index].gpus.size());
        if (!empty && job.gpus > kWholeNode) continue;
        const int here = std::min(missing, nodes[index].freeGpus());
        if (here <= 0) continue;
        take(index, here, job);
        missing -= here;
    }
    return missing == 0;
}

std::int32_t FleetModel::start(Job job, std::int64_t wallMs) {
    job.startedWallMs = wallMs;
    if (!place(job)) {
        if (job.maxPerNode > 0)
            for (const auto& [node, slot] : job.held) --m_perNode[groupOn(job, node)];
        return -1;
    }
    std::int32_t number = static_cast<std::int32_t>(m_jobs.size());
    if (m_free.empty()) {
        m_jobs.emplace_back();
    } else {
        number = m_free.back();
        m_free.pop_back();
    }
    for (const auto& [node, slot] : job.held) {
        nodes[node].gpus[slot].job = number;
        nodes[node].changed = true;
    }
    m_busy += static_cast<std::int64_t>(job.held.size());
    m_jobs[static_cast<std::size_t>(number)] = std::move(job);
    return number;
}

void FleetModel::end(std::int32_t number) {
    const Job* job = this->job(number);
    if (job == nullptr) return;
    std::set<std::uint32_t> touched;
    for (const auto& [node, slot] : job->held) {
        nodes[node].gpus[slot].job = -1;
        nodes[node].changed = true;
        touched.insert(node);
    }
    if (job->maxPerNode > 0)
        for (const std::uint32_t node : touched) --m_perNode[groupOn(*job, node)];
    m_busy -= static_cast<std::int64_t>(job->held.size());
    m_jobs[static_cast<std::size_t>(number)].reset();
    m_free.push_back(number);
}

const Job* FleetModel::job(std::int32_t number) const {
    return number >= 0 && static_cast<std::size_t>(number) < m_jobs.size() && m_jobs[static_cast<std::size_t>(number)] ? &*m_jobs[static_cast<std::size_t>(number)] : nullptr;
}

void FleetModel::endAll() {
    for (std::size_t i = 0; i < m_jobs.size(); ++i) end(static_cast<std::int32_t>(i));
}

std::vector<std::int32_t> FleetModel::jobsOn(std::uint32_t node) const {
    std::vector<std::int32_t> numbers;
    for (const ModelGpu& gpu : nodes[node].gpus)
        if (gpu.job >= 0 && std::find(numbers.begin(), numbers.end(), gpu.job) == numbers.end()) numbers.push_back(gpu.job);
    return numbers;
}

std::vector<Process> FleetModel::processesOn(std::uint32_t node) const {
    std::vector<Process> processes;
    for (std::size_t slot = 0; slot < nodes[node].gpus.size(); ++slot) {
        const Job* held = job(nodes[node].gpus[slot].job);
        if (held == nullptr) continue;
        processes.push_back({kFirstPid + nodes[node].gpus[slot].job * 64LL + static_cast<std::int64_t>(slot), 0, static_cast<int>(slot), held->tenant, held->command, "compute", kNotRead, held->startedWallMs});
    }
    return processes;
}

void FleetModel::leasesOn(std::uint32_t node, std::vector<std::string>& perGpu, std::vector<LeaseInfo>& infos) const {
    for (const ModelGpu& gpu : nodes[node].gpus) {
        const Job* held = job(gpu.job);
        perGpu.push_back(held == nullptr ? "" : held->lease);
        if (held == nullptr) continue;
        const bool known = std::any_of(infos.begin(), infos.end(), [&](const LeaseInfo& info) { return info.id == held->lease; });
        if (!known) infos.push_back({0, held->lease, held->tenant, held->startedWallMs, 0});
    }
}

} // namespace busbar::replay
