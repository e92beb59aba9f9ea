// The recorded site: nodes and GPUs of openb_node_list_gpu_node, leases of disaggregated_DLRM_trace, jobs of philly_jobs, readings drawn
// from acme_cdf; only the placement is computed by us (the data's README, "Replay of about 6,000 GPUs").
#pragma once

#include "busbar-replay/sources/cdf.h"
#include "busbar-replay/sources/csv.h"
#include "busbar-replay/sources/sampled_source.h"

namespace busbar::replay {

struct TraceOptions {
    std::string data;        ///< folder of the recordings
    std::string prefix;
    double speed = 60;       ///< trace seconds per second
    std::int64_t startSeconds = 20 * 86'400 + 13 * 3'600; ///< where in the 31 days to begin: a busy afternoon
};

/// Length of the joined recordings: the last event of the DLRM trace.
inline constexpr std::int64_t kTraceSeconds = 2'676'149;

class Trace final : public SampledSource {
public:
    /// Reads the recordings; NotFound names the one that is missing.
    static StatusOr<std::unique_ptr<Trace>> open(const TraceOptions& options, std::int64_t wallMs);

    FleetModel& fleet() override { return m_fleet; }
    Source source() const override { return Source::replayed; }
    std::string driver() const override { return "model"; }
    std::vector<std::string> provenance(std::uint32_t node) const override;
    void advance(std::int64_t wallMs, std::vector<FleetEvent>& events, std::vector<LinkFault>& faults) override;
    GpuSample sample(std::uint32_t node, std::size_t slot, std::int64_t wallMs) const override;
    std::string status() const override;
    const std::vector<ReadReport>& reports() const { return m_reports; }
    std::int64_t unplaced() const { return m_unplaced; }
    /// Seconds into the recording at `wallMs`.
    std::int64_t traceSeconds(std::int64_t wallMs) const;

private:
    struct Entry {
        std::int64_t start = 0, end = 0;
        std::string tenant;
        int gpus = 1, maxPerNode = 0;
        bool lease = false;
    };
    struct Event {
        std::int64_t at = 0;
        std::uint32_t entry = 0;
        bool start = false;
    };
    explicit Trace(TraceOptions options) : m_options(std::move(options)) {}
    Status readNodes();
    Status readLeases();
    Status readJobs();
    Status readDistributions();
    void sortEvents();
    void playTo(std::int64_t second, std::int64_t wallMs);

    TraceOptions m_options;
    FleetModel m_fleet;
    std::vector<ReadReport> m_reports;
    std::vector<Entry> m_entries;
    bool m_hasLeases = false; ///< the recording of long leases is there
    std::vector<Event> m_events;
    std::vector<std::int32_t> m_running; ///< per entry: job number, -1 not running
    std::size_t m_next = 0;
    std::int64_t m_startWallMs = 0, m_lap = 0, m_unplaced = 0, m_now = 0;
    Distributions m_drawn;
};

} // namespace busbar::replay
