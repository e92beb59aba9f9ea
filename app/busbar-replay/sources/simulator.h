// A seeded site that was never built: A40, A100, L40S, H100 and H200 nodes, diurnal load, jobs that come and go, faults at the recorded rate.
#pragma once

#include "busbar-replay/sources/sampled_source.h"

#include <queue>
#include <random>

namespace busbar::replay {

struct SimulatorOptions {
    int gpus = 2048;
    std::uint32_t seed = 1;
    double speed = 60;       ///< model seconds per second, for jobs and faults
    double faultRate = 1;    ///< times the rate of design/health.md §5
    std::string prefix;      ///< of node names
};

class Simulator final : public SampledSource {
public:
    explicit Simulator(const SimulatorOptions& options, std::int64_t wallMs);

    FleetModel& fleet() override { return m_fleet; }
    Source source() const override { return Source::simulated; }
    std::string driver() const override { return "model"; }
    std::vector<std::string> provenance(std::uint32_t node) const override;
    void advance(std::int64_t wallMs, std::vector<FleetEvent>& events, std::vector<LinkFault>& faults) override;
    GpuSample sample(std::uint32_t node, std::size_t slot, std::int64_t wallMs) const override;
    std::string status() const override;

private:
    void buildNodes();
    void addNode(std::size_t model);
    void startJobs(std::int64_t wallMs);
    double targetShare(std::int64_t wallMs) const;
    void maybeFault(double seconds, std::int64_t wallMs, std::vector<FleetEvent>& events);
    void repair(std::int64_t wallMs);
    void maybeBreakLink(double seconds, std::vector<LinkFault>& faults);
    double draw() { return std::uniform_real_distribution<>(0, 1)(m_random); }
    std::uint32_t anyNode() { return static_cast<std::uint32_t>(m_random() % m_fleet.nodes.size()); }
    void damage(std::uint32_t node, std::uint32_t slot, std::int64_t wallMs, std::int64_t repairedWallMs, std::vector<FleetEvent>* events);

    struct Ending {
        std::int64_t wallMs;
        std::int32_t job;
        std::string lease;
        bool operator>(const Ending& other) const { return wallMs > other.wallMs; }
    };

    struct Repair {
        std::int64_t wallMs;
        std::uint32_t node, slot;
        bool operator>(const Repair& other) const { return wallMs > other.wallMs; }
    };

    SimulatorOptions m_options;
    FleetModel m_fleet;
    std::mt19937 m_random;
    std::vector<std::size_t> m_modelOf; ///< per node
    std::priority_queue<Ending, std::vector<Ending>, std::greater<>> m_endings;
    std::priority_queue<Repair, std::vector<Repair>, std::greater<>> m_repairs;
    std::int64_t m_last = 0, m_gpuTotal = 0;
    std::uint64_t m_jobs = 0;
};

} // namespace busbar::replay
