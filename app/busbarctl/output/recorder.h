// Makes the lines of a recording (resources/docs/recording.md) from what Fleet.Watch says of one watched node. Pure but for the sink; one
// thread.
#pragma once

#include "busbarctl/output/json.h"
#include "domain/fleet_batch.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <vector>

namespace busbar::ctl {

/// The agents' own judgements and readings; what a controller writes (health, occupancy, lease, last XID) is judged again at a replay.
bool isRecorded(Metric metric);

class Recorder {
public:
    using Sink = std::function<void(const Json&)>;
    /// Writes the header. `everyMs`: at most one line of values in this time; changes in between are merged into it.
    Recorder(const NodeDetail& node, int everyMs, Sink sink);

    void take(const WatchBatch& batch);
    /// Writes what waits and the last line, with the reason.
    void end(const std::string& why);

    /// Lines of values.
    std::int64_t changes() const { return m_changes; }
    std::int64_t lastMs() const { return m_lastMs; }
    /// Not OK once the node can no longer be recorded: it has other GPUs, or is gone.
    const Status& trouble() const { return m_trouble; }

private:
    void takeNodes(const NodeBatch& nodes);
    void takeColumn(const ColumnBatch& column);
    void takeFacts(const FactsBatch& facts);
    void takeEvent(const FleetEvent& event);
    void flush();
    /// Milliseconds since the start; never backwards.
    std::int64_t at(std::int64_t wallMs);

    const std::string m_id;
    const std::size_t m_gpus;
    const int m_everyMs;
    const Sink m_sink;
    Status m_trouble;
    std::uint32_t m_firstRow = 0, m_rows = 0, m_node = 0; ///< m_rows: counted over the nodes so far
    bool m_known = false;                                 ///< the node's rows are
    std::int64_t m_startWallMs = 0, m_waitingWallMs = 0, m_lastMs = -1, m_changes = 0;
    std::map<Metric, std::vector<std::int64_t>> m_values, m_changed;
    Link m_link = Link::unknown;
};

} // namespace busbar::ctl
