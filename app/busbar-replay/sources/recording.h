// One node as `busbarctl record` saw it (resources/docs/recording.md): plays its readings and hardware events in their own time, over and
// over. Recorded from hardware or a replay it is `replayed`; recorded from a model it stays `simulated`.
#pragma once

#include "busbar-replay/sources/source.h"

#include "base/status.h"

namespace busbar::replay {

struct RecordingOptions {
    std::string file;
    std::string prefix;   ///< of the node's name
    double speed = 1;     ///< recorded seconds per second
};

class Recording final : public SourceModel {
public:
    /// NotFound, or InvalidArgument with the line that is no recording's. A broken line after the header is counted and skipped.
    static StatusOr<std::unique_ptr<Recording>> open(const RecordingOptions& options, std::int64_t wallMs);

    FleetModel& fleet() override { return m_fleet; }
    Source source() const override { return m_source; }
    std::string driver() const override { return m_driver; }
    std::vector<std::string> provenance(std::uint32_t node) const override;
    void advance(std::int64_t wallMs, std::vector<FleetEvent>& events, std::vector<LinkFault>& faults) override;
    std::vector<MetricColumn> columns(std::uint32_t node, std::int64_t wallMs) override;
    std::map<Metric, std::string> unsupported(std::uint32_t) const override { return m_unsupported; }
    std::string status() const override;

    /// "h200.ndjson.zst: 601 changes of lga1/n1 (live), 60.0 s", with broken lines and whether the end is missing.
    std::string sentence() const;
    std::int64_t lengthMs() const { return m_lengthMs; }

private:
    struct Change {
        std::int64_t ms = 0;
        std::vector<std::int64_t> values;
    };
    struct Happened {
        std::int64_t ms = 0;
        FleetEvent event;
    };
    class Reader;
    explicit Recording(RecordingOptions options) : m_options(std::move(options)) {}
    /// Where in the recording `wallMs` is.
    std::int64_t at(std::int64_t wallMs) const;

    RecordingOptions m_options;
    FleetModel m_fleet;
    Source m_source = Source::unknown;
    std::string m_node, m_driver, m_start, m_end;
    std::vector<std::string> m_provenance;
    std::map<Metric, std::string> m_unsupported;
    std::map<Metric, std::vector<Change>> m_changes;
    std::vector<Happened> m_events;
    std::int64_t m_count = 0, m_broken = 0, m_firstBroken = 0, m_lengthMs = 0;
    std::int64_t m_startWallMs = 0, m_lastMs = 0;
};

} // namespace busbar::replay
