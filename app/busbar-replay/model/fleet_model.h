// Nodes without hardware: GPUs, the jobs on them and what an operator's steps do to them. Both the trace player and the simulator drive
// one of these; the link sends what it says. Not thread-safe: the replay's loop.
#pragma once

#include "domain/telemetry.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace busbar::replay {

struct Job {
    std::string lease, tenant, command;
    int gpus = 1;
    int maxPerNode = 0;                 ///< most GPUs of this job's tenant on a node; 0 no limit
    int group = 0;                      ///< nodes of this group are tried first
    std::uint32_t seed = 0;
    std::int64_t startedWallMs = 0;
    std::string groupKey;               ///< tenant for maxPerNode
    std::vector<std::pair<std::uint32_t, std::uint32_t>> held; ///< (node, slot) it holds
};

struct ModelGpu {
    GpuIdentity identity;
    std::int32_t job = -1;              ///< index into FleetModel::jobs
    std::int64_t remapPending = 0, remapFailed = 0, eccUncorrected = 0, nvlinksUp = kNotSupported, nvlinks = kNotSupported, throttle = 0;
    std::uint32_t seed = 0;
};

struct ModelNode {
    std::string name;
    Place place;
    std::vector<ModelGpu> gpus;
    int group = 0;                      ///< see Job::group
    bool closed = false;                ///< by a drain: no new jobs
    bool changed = true;                ///< jobs changed since the last frame
    std::int64_t silentUntilMs = 0;     ///< boot ms; a late link
    int freeGpus() const;
};

class FleetModel {
public:
    std::vector<ModelNode> nodes;

    /// Places `job` on free GPUs (whole empty nodes first for jobs of more than 8); its number, or -1 when there is no room.
    std::int32_t start(Job job, std::int64_t wallMs);
    void end(std::int32_t number);
    const Job* job(std::int32_t number) const;
    std::size_t running() const { return m_jobs.size() - m_free.size(); }
    std::int64_t busyGpus() const { return m_busy; }
    void endAll();

    /// Jobs on a node, each once.
    std::vector<std::int32_t> jobsOn(std::uint32_t node) const;
    std::vector<Process> processesOn(std::uint32_t node) const;
    /// Lease id per slot, and the leases themselves.
    void leasesOn(std::uint32_t node, std::vector<std::string>& perGpu, std::vector<LeaseInfo>& infos) const;

private:
    bool place(Job& job);
    bool placeOnOne(Job& job, bool sameGroup);
    bool fits(const ModelNode& node, std::uint32_t index, const Job& job) const;
    void take(std::uint32_t node, int count, Job& job);

    std::vector<std::optional<Job>> m_jobs;
    std::vector<std::int32_t> m_free;
    std::unordered_map<std::string, int> m_perNode; ///< groupKey + node → GPUs
    std::int64_t m_busy = 0;
};

} // namespace busbar::replay
