#include "busbar-replay/sources/simulator.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace busbar::replay {
namespace {

struct GpuModel {
    const char* name;
    int gpus;          ///< per node
    double share;      ///< of all GPUs
    std::int64_t memoryMib, idleWatts, fullWatts, nvlinks, maxClock;
};

// Board powers and memory sizes are the vendors' public figures; idle draws are typical ones.
constexpr std::array<GpuModel, 6> kModels{{{"NVIDIA A40", 8, 0.06, 46068, 32, 300, kNotSupported, 1740},
                                           {"NVIDIA A100-SXM4-40GB", 8, 0.10, 40960, 52, 400, 12, 1410},
                                           {"NVIDIA A100-SXM4-80GB", 8, 0.20, 81920, 62, 400, 12, 1410},
                                           {"NVIDIA L40S", 8, 0.08, 46068, 35, 350, kNotSupported, 2520},
                                           {"NVIDIA H100 80GB HBM3", 8, 0.36, 81559, 72, 700, 18, 1980},
                                           {"NVIDIA H200", 8, 0.20, 143771, 76, 700, 18, 1980}}};

constexpr double kFaultsPerGpuDay = 419.0 / 54 / 16384;  // Llama 3 run: 419 unplanned stops, 54 days, 16,384 GPUs (design/health.md §5).
constexpr double kRepairDays = 3;                         // How long a fault stays, in model time; sets how many are there at the start too.
constexpr std::int64_t kDayMs = 86'400'000;
constexpr double kLateEverySeconds = 180, kLostEverySeconds = 420; // For the whole simulated site, in real seconds.
constexpr std::array<const char*, 9> kTenants{"aurora-lab", "helix-bio", "northstar", "kestrel-ai", "quanta-vision", "deepfield", "lumen-health", "orbital", "sable-research"};

} // namespace

Simulator::Simulator(const SimulatorOptions& options, std::int64_t wallMs) : m_options(options), m_random(options.seed), m_last(wallMs) {
    buildNodes();
    startJobs(wallMs);
    const double backlog = static_cast<double>(m_gpuTotal) * kFaultsPerGpuDay * kRepairDays * m_options.faultRate;
    for (int i = 0; i < static_cast<int>(std::lround(backlog)); ++i)
        damage(anyNode(), static_cast<std::uint32_t>(m_random() % 8), wallMs, wallMs + static_cast<std::int64_t>(draw() * kRepairDays * kDayMs / m_options.speed), nullptr);
}

void Simulator::buildNodes() {
    for (std::size_t model = 0; model < kModels.size(); ++model) {
        const int nodes = std::max(1, static_cast<int>(std::lround(m_options.gpus * kModels[model].share / kModels[model].gpus)));
        for (int i = 0; i < nodes && m_gpuTotal < m_options.gpus; ++i) addNode(model);
    }
    while (m_gpuTotal < m_options.gpus) addNode(4);
}

void Simulator::addNode(std::size_t model) {
    const auto index = static_cast<std::uint32_t>(m_fleet.nodes.size());
    ModelNode node;
    node.name = fmt::format("{}{:04}", m_options.prefix, index + 1);
    node.place = placeOf(index, 4);
    const int gpus = std::min<int>(kModels[model].gpus, static_cast<int>(m_options.gpus - m_gpuTotal));
    for (int slot = 0; slot < gpus; ++slot) {
        ModelGpu gpu;
        gpu.identity = {fmt::format("00000000:{:02X}:00.0", 0x1b + 0x10 * slot), fmt::format("GPU-51300000-{:04x}-4000-8000-{:08x}{:04x}", m_options.seed & 0xffff, index, slot), kModels[model].name,
                        fmt::format("SIM{:05}{}", index, slot), "simulated", kModels[model].memoryMib, slot};
        gpu.nvlinks = gpu.nvlinksUp = kModels[model].nvlinks;
        gpu.seed = index * 64 + static_cast<std::uint32_t>(slot);
        node.gpus.push_back(std::move(gpu));
    }
    m_gpuTotal += gpus;
    m_modelOf.push_back(model);
    m_fleet.nodes.push_back(std::move(node));
}

std::vector<std::string> Simulator::provenance(std::uint32_t) const { return {"everything about this node is computed by a seeded simulator: no such hardware was measured"}; }

// Load follows the day: 66 % at night, 90 % in the afternoon (UTC).
double Simulator::targetShare(std::int64_t wallMs) const {
    const double hour = static_cast<double>(wallMs % 86'400'000) / 3'600'000;
    return 0.78 + 0.12 * std::cos((hour - 15) / 24 * 6.283185307179586);
}

void Simulator::startJobs(std::int64_t wallMs) {
    const auto wanted = static_cast<std::int64_t>(targetShare(wallMs) * static_cast<double>(m_gpuTotal));
    for (int tries = 0; m_fleet.busyGpus() < wanted && tries < 2000; ++tries) {
        static constexpr std::array<int, 10> kSizes{1, 1, 2, 4, 8, 8, 8, 16, 32, 64};
        Job job;
        job.gpus = kSizes[m_random() % kSizes.size()];
        job.tenant = kTenants[m_random() % kTenants.size()];
        job.lease = fmt::format("LS-{:06}", ++m_jobs);
        job.command = fmt::format("simulated job of {} GPUs", job.gpus);
        job.seed = static_cast<std::uint32_t>(m_random());
        const std::int32_t number = m_fleet.start(job, wallMs);
        if (number < 0) continue;
        const double hours = std::exp(std::normal_distribution<>(std::log(6.0), 1.1)(m_random));
        m_endings.push({wallMs + static_cast<std::int64_t>(hours * 3'600'000 / m_options.speed), number, job.lease});
    }
}

void Simulator::advance(std::int64_t wallMs, std::vector<FleetEvent>& events, std::vector<LinkFault>& faults) {
    while (!m_endings.empty() && m_endings.top().wallMs <= wallMs) {
        const Job* job = m_fleet.job(m_endings.top().job);
        if (job != nullptr && job->lease == m_endings.top().lease) m_fleet.end(m_endings.top().job); // It may have been terminated, its number reused.
        m_endings.pop();
    }
    startJobs(wallMs);
    const double seconds = static_cast<double>(wallMs - m_last) / 1000;
    m_last = wallMs;
    repair(wallMs);
    maybeFault(seconds, wallMs, events);
    maybeBreakLink(seconds, faults);
}

void Simulator::maybeFault(double seconds, std::int64_t wallMs, std::vector<FleetEvent>& events) {
    const double expected = static_cast<double>(m_gpuTotal) * kFaultsPerGpuDay / 86'400 * seconds * m_options.speed * m_options.faultRate;
    if (draw() < expected) damage(anyNode(), static_cast<std::uint32_t>(m_random() % 8), wallMs, wallMs + static_cast<std::int64_t>(kRepairDays * kDayMs / m_options.speed), &events);
}

void Simulator::repair(std::int64_t wallMs) {
    for (; !m_repairs.empty() && m_repairs.top().wallMs <= wallMs; m_repairs.pop()) {
        ModelGpu& gpu = m_fleet.nodes[m_repairs.top().node].gpus[m_repairs.top().slot];
        gpu.remapPending = gpu.throttle = 0; // Error counts stay: they are the GPU's history.
        gpu.nvlinksUp = gpu.nvlinks;
    }
}

void Simulator::damage(std::uint32_t node, std::uint32_t slot, std::int64_t wallMs, std::int64_t repairedWallMs, std::vector<FleetEvent>* events) {
    slot = std::min<std::uint32_t>(slot, static_cast<std::uint32_t>(m_fleet.nodes[node].gpus.size()) - 1);
    m_repairs.push({repairedWallMs, node, slot});
    ModelGpu& gpu = m_fleet.nodes[node].gpus[slot];
    // Shares of the Llama 3 run's stops: GPU faults about 60 %, HBM 30 %, links the rest.
    const double kind = draw();
    FleetEvent event;
    event.kind = EventKind::xid;
    event.severity = 2;
    event.gpu = static_cast<int>(slot);
    event.wallMs = wallMs;
    if (kind < 0.3) {
        gpu.remapPending = 1;
        gpu.eccUncorrected += 1;
        event.xid = 63;
    } else if (kind < 0.45 && gpu.nvlinks > 0) {
        gpu.nvlinksUp = gpu.nvlinks - 1;
        event.xid = 74;
    } else if (kind < 0.6) {
        gpu.throttle = 0x40;
        event.xid = 0;
    } else {
        static constexpr std::array<int, 5> kXids{13, 31, 43, 119, 48};
        event.xid = kXids[m_random() % kXids.size()];
        if (event.xid == 48) gpu.eccUncorrected += 1;
    }
    if (event.xid == 0) event.kind = EventKind::kernel;
    event.text = event.xid != 0 ? fmt::format("simulated: Xid {} on GPU {}", event.xid, slot) : fmt::format("simulated: hardware thermal slowdown on GPU {}", slot);
    event.nodeId = std::to_string(node); // The link replaces the number by the node's id.
    if (events != nullptr) events->push_back(std::move(event));
}

void Simulator::maybeBreakLink(double seconds, std::vector<LinkFault>& faults) {
    if (draw() < seconds / kLateEverySeconds * m_options.faultRate) faults.push_back({anyNode(), 4'000 + static_cast<std::int64_t>(draw() * 6'000), 0});
    if (draw() < seconds / kLostEverySeconds * m_options.faultRate) faults.push_back({anyNode(), 0, 20'000 + static_cast<std::int64_t>(draw() * 40'000)});
}

GpuSample Simulator::sample(std::uint32_t node, std::size_t slot, std::int64_t wallMs) const {
    const GpuModel& model = kModels[m_modelOf[node]];
    const ModelGpu& gpu = m_fleet.nodes[node].gpus[slot];
    const Job* job = m_fleet.job(gpu.job);
    GpuSample sample;
    double share = 0;
    if (job != nullptr) {
        const double base = 0.35 + 0.6 * std::sqrt(hashed(job->seed, 1));
        share = std::clamp(base + 0.04 * wave(job->seed, wallMs, 47'000) + 0.02 * wave(gpu.seed, wallMs, 9'000), 0.0, 1.0);
        sample.util = static_cast<std::int64_t>(std::min(100.0, 85 + 15 * share));
        sample.memPercent = static_cast<std::int64_t>(30 + 65 * hashed(job->seed, 2));
    }
    if ((gpu.throttle & 0x40) != 0) share *= 0.6;
    sample.smActive = static_cast<std::int64_t>(100 * share);
    sample.power = static_cast<std::int64_t>(static_cast<double>(model.idleWatts) + static_cast<double>(model.fullWatts - model.idleWatts) * share * 0.97 + 3 * hashed(gpu.seed, 3));
    const double inlet = 27 + 4 * hashed(gpu.seed / 64, 4);
    sample.temperature = static_cast<std::int64_t>(inlet + 5 + 36 * share + 4 * hashed(gpu.seed, 5) + ((gpu.throttle & 0x40) != 0 ? 28 : 0));
    sample.memTemperature = sample.temperature + 4 + static_cast<std::int64_t>(8 * share);
    sample.smClock = job != nullptr ? model.maxClock - static_cast<std::int64_t>(120 * share) : 345;
    return sample;
}

std::string Simulator::status() const { return fmt::format("{} of {} GPUs busy, {} jobs", m_fleet.busyGpus(), m_gpuTotal, m_fleet.running()); }

} // namespace busbar::replay
