#include "busbar-replay/sources/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <filesystem>

namespace busbar::replay {
namespace {

constexpr std::int64_t kPhillyStart = 1'506'988'800; // 2017-10-03 00:00:00 as UTC; the recording names no zone.
constexpr std::int64_t kMaxGpusOfAJob = 1024;

// "2017-10-09 07:01:55" → seconds since kPhillyStart.
bool toTraceSecond(std::string_view text, std::int64_t& second) {
    std::tm parts{};
    const std::string copy(text);
    const char* end = strptime(copy.c_str(), "%Y-%m-%d %H:%M:%S", &parts);
    if (end == nullptr || *end != '\0') return false;
    second = static_cast<std::int64_t>(timegm(&parts)) - kPhillyStart;
    return true;
}

// An empty time means "already running at 0" or "still running at the end".
bool toSecond(std::string_view text, std::int64_t whenEmpty, std::int64_t& second) {
    if (text.empty()) {
        second = whenEmpty;
        return true;
    }
    double value = 0;
    if (!toNumber(text, value) || value < 0 || value > 1e9) return false;
    second = static_cast<std::int64_t>(value);
    return true;
}

// Memory of the named models; G2 and G3 are undisclosed in the recording and stay unknown.
std::int64_t memoryOf(std::string_view model) {
    if (model == "V100M32") return 32'768;
    if (model == "V100M16" || model == "P100" || model == "T4") return 16'384;
    return model == "A10" ? 24'576 : 0;
}

} // namespace

StatusOr<std::unique_ptr<Trace>> Trace::open(const TraceOptions& options, std::int64_t wallMs) {
    std::unique_ptr<Trace> trace(new Trace(options));
    for (const Status& status : {trace->readNodes(), trace->readLeases(), trace->readJobs(), trace->readDistributions()})
        if (!status.ok()) return status;
    trace->sortEvents();
    trace->m_running.assign(trace->m_entries.size(), -1);
    trace->m_startWallMs = wallMs;
    trace->playTo(trace->m_options.startSeconds, wallMs);
    return trace;
}

Status Trace::readNodes() {
    auto read = readCsv(m_options.data + "/traces/openb_node_list_gpu_node.csv.gz", {"sn", "gpu", "model"}, [this](const Row& row) {
        std::int64_t gpus = 0;
        if (!toNumber(row[1], gpus) || gpus < 1 || gpus > static_cast<std::int64_t>(kMaxGpusPerNode) || row[2].empty()) return false;
        const auto index = static_cast<std::uint32_t>(m_fleet.nodes.size());
        ModelNode node;
        node.name = m_options.prefix + std::string(row[0]);
        if (!isValidName(node.name)) return false;
        node.place = placeOf(index, 8);
        node.group = row[2] == "G2" ? 1 : 0; // Long leases go to the large nodes, training jobs elsewhere first (the data's README).
        for (std::int64_t slot = 0; slot < gpus; ++slot) {
            ModelGpu gpu;
            gpu.identity = {fmt::format("00000000:{:02X}:00.0", 0x10 + slot), fmt::format("GPU-0be8b000-0000-4000-8000-{:08x}{:04x}", index, slot), std::string(row[2]), "", "", memoryOf(row[2]), static_cast<int>(slot)};
            gpu.seed = index * 64 + static_cast<std::uint32_t>(slot);
            node.gpus.push_back(std::move(gpu));
        }
        m_fleet.nodes.push_back(std::move(node));
        return true;
    });
    if (!read.ok()) return read.status();
    m_reports.push_back(*std::move(read));
    return m_fleet.nodes.empty() ? invalid("the recording of nodes has no usable row") : absl::OkStatus();
}

Status Trace::readLeases() {
    // Its licence allows research only: the recording is whole without it, with fewer GPUs held.
    const std::string path = m_options.data + "/traces/disaggregated_DLRM_trace.csv.gz";
    m_hasLeases = std::filesystem::exists(path);
    if (!m_hasLeases) return absl::OkStatus();
    auto read = readCsv(path, {"role", "app_name", "max_instance_per_node", "scheduled_time", "creation_time", "deletion_time"}, [this](const Row& row) {
        if (row[0] == "CN") return true; // CPU part of an instance: no GPU.
        Entry entry;
        std::int64_t perNode = 0, created = 0;
        if (row[0] != "HN" || row[1].empty() || !toNumber(row[2], perNode) || !toSecond(row[4], 0, created) || !toSecond(row[3], created, entry.start) || !toSecond(row[5], kTraceSeconds, entry.end)) return false;
        entry.tenant = row[1];
        entry.maxPerNode = perNode > 0 ? static_cast<int>(perNode) : 0;
        entry.lease = true;
        if (entry.end <= entry.start) return true; // It never held its GPU.
        m_entries.push_back(std::move(entry));
        return true;
    });
    if (!read.ok()) return read.status();
    m_reports.push_back(*std::move(read));
    return absl::OkStatus();
}

Status Trace::readJobs() {
    auto read = readCsv(m_options.data + "/traces/philly_jobs.csv.gz", {"timestamp", "duration", "num_gpus", "cluster"}, [this](const Row& row) {
        Entry entry;
        double duration = 0;
        std::int64_t gpus = 0;
        if (!toTraceSecond(row[0], entry.start) || !toNumber(row[1], duration) || duration < 0 || duration > 1e9 || !toNumber(row[2], gpus) || gpus < 1 || gpus > kMaxGpusOfAJob || row[3].empty()) return false;
        entry.end = entry.start + static_cast<std::int64_t>(duration);
        entry.gpus = static_cast<int>(gpus);
        entry.tenant = row[3];
        if (entry.end <= 0 || entry.start >= kTraceSeconds || entry.end <= entry.start) return true; // Outside the window.
        entry.start = std::max<std::int64_t>(0, entry.start);
        entry.end = std::min(kTraceSeconds, entry.end);
        m_entries.push_back(std::move(entry));
        return true;
    });
    if (!read.ok()) return read.status();
    m_reports.push_back(*std::move(read));
    return absl::OkStatus();
}

Status Trace::readDistributions() {
    ReadReport report;
    auto drawn = Distributions::read(m_options.data + "/gpu-telemetry/acme_cdf.csv.gz", report);
    if (!drawn.ok()) return drawn.status();
    m_drawn = *std::move(drawn);
    m_reports.push_back(std::move(report));
    return absl::OkStatus();
}

void Trace::sortEvents() {
    for (std::uint32_t i = 0; i < m_entries.size(); ++i) {
        m_events.push_back({m_entries[i].start, i, true});
        m_events.push_back({m_entries[i].end, i, false});
    }
    // Ends before starts of the same second: their GPUs are free then.
    std::sort(m_events.begin(), m_events.end(), [](const Event& a, const Event& b) { return std::tie(a.at, a.start, a.entry) < std::tie(b.at, b.start, b.entry); });
}

std::int64_t Trace::traceSeconds(std::int64_t wallMs) const {
    return m_options.startSeconds + static_cast<std::int64_t>(static_cast<double>(wallMs - m_startWallMs) / 1000 * m_options.speed);
}

void Trace::playTo(std::int64_t second, std::int64_t wallMs) {
    m_now = second;
    while (m_next < m_events.size() && m_events[m_next].at <= second) {
        const Event& event = m_events[m_next++];
        const Entry& entry = m_entries[event.entry];
        if (!event.start) {
            // A terminated job's number may serve another one by now: only its own lease is ended.
            const std::int32_t number = std::exchange(m_running[event.entry], -1);
            const Job* job = m_fleet.job(number);
            if (job != nullptr && job->seed == event.entry + 1) m_fleet.end(number);
            continue;
        }
        Job job;
        job.gpus = entry.gpus;
        job.maxPerNode = entry.maxPerNode;
        job.tenant = job.groupKey = entry.tenant;
        job.lease = fmt::format("{}-{:06}", entry.lease ? "DLRM" : "PH", event.entry);
        job.command = entry.lease ? "recorded inference instance" : fmt::format("recorded training job, {} GPUs", entry.gpus);
        job.group = entry.lease ? 1 : 0;
        job.seed = event.entry + 1;
        const auto agoMs = static_cast<std::int64_t>(static_cast<double>(second - event.at) / m_options.speed * 1000);
        m_running[event.entry] = m_fleet.start(std::move(job), wallMs - agoMs);
        if (m_running[event.entry] < 0) ++m_unplaced;
    }
}

void Trace::advance(std::int64_t wallMs, std::vector<FleetEvent>&, std::vector<LinkFault>&) {
    const std::int64_t second = traceSeconds(wallMs);
    if (second / kTraceSeconds != m_lap) {
        m_lap = second / kTraceSeconds;
        m_fleet.endAll();
        std::fill(m_running.begin(), m_running.end(), -1);
        m_next = 0;
    }
    playTo(second % kTraceSeconds, wallMs);
}

std::vector<std::string> Trace::provenance(std::uint32_t) const {
    return {"recorded: this node's GPU count and model (openb_node_list_gpu_node, Alibaba cluster-trace-gpu-v2023)",
            m_hasLeases ? "recorded: leases and jobs with their times, GPU counts and tenants (disaggregated_DLRM_trace, philly_jobs)"
                        : "recorded: jobs with their times, GPU counts and tenants (philly_jobs); the recording of long leases is not here",
            "drawn from recorded distributions (AcmeTrace, A100 clusters): utilisation, SM activity, memory, temperature and power of busy GPUs; their lowest tenth for free ones",
            "computed by us: which node and GPU a job runs on, hall, row, rack, unit, PCI addresses, UUIDs and process ids"};
}

GpuSample Trace::sample(std::uint32_t node, std::size_t slot, std::int64_t wallMs) const {
    const ModelGpu& gpu = m_fleet.nodes[node].gpus[slot];
    const Job* job = m_fleet.job(gpu.job);
    GpuSample sample;
    // Busy GPUs: one place in the upper nine tenths per job, a little apart per GPU and over time; free GPUs: in the lowest tenth.
    const double jitter = 0.02 * wave(gpu.seed + (job != nullptr ? job->seed : 0), wallMs, 61'000);
    const double place = job != nullptr ? std::clamp(0.1 + 0.9 * hashed(job->seed, 7) + jitter, 0.1, 1.0) : std::clamp(0.1 * hashed(gpu.seed, 8) + jitter / 10, 0.0, 0.1);
    sample.power = static_cast<std::int64_t>(m_drawn.at("gpu_power_w", place));
    sample.temperature = static_cast<std::int64_t>(m_drawn.at("gpu_temp_c", std::clamp(place + 0.03 * (hashed(gpu.seed, 9) - 0.5), 0.0, 1.0)));
    sample.memTemperature = static_cast<std::int64_t>(m_drawn.at("gpu_mem_temp_c", place));
    sample.smActive = job == nullptr ? 0 : static_cast<std::int64_t>(m_drawn.at("sm_active_pct", place));
    sample.util = job == nullptr ? 0 : static_cast<std::int64_t>(m_drawn.at("gpu_util_pct", place));
    sample.memPercent = job == nullptr ? 0 : static_cast<std::int64_t>(m_drawn.at("gpu_mem_used_pct", std::clamp(0.1 + 0.9 * hashed(job->seed, 10), 0.0, 1.0)));
    return sample;
}

std::string Trace::status() const {
    return fmt::format("trace day {:.1f} of 31, {} GPUs busy, {} jobs, {} without room", static_cast<double>(m_now) / 86'400, m_fleet.busyGpus(), m_fleet.running(), m_unplaced);
}

} // namespace busbar::replay
