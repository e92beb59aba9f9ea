// The site's fleet as the query engine sees it, and filters over it: the same language and rules as in the console, with what only the
// controller has beside it (serial numbers, GPU UUIDs, boot ids, rails, every metric, since when facts stand).
// Reads FleetState: call it under FleetTable's lock.
#pragma once

#include "base/clock.h"
#include "busbar-controller/core/ports.h"
#include "busbar-controller/ingest/fleet_state.h"
#include "store/query/rows.h"

#include <string>

namespace busbar::controller {

class FleetRows final : public query::Rows {
public:
    FleetRows(const FleetState& state, const Clock& clock) : m_state(state), m_nowWallMs(clock.wallMs()) {}

    std::string_view site() const override { return m_state.site; }
    bool fresh() const override { return true; }
    std::uint32_t nodeCount() const override { return m_state.nodes.count(); }
    std::uint32_t rowCount() const override { return m_state.metrics.rowCount(); }
    std::uint32_t firstRow(std::uint32_t node) const override { return m_state.nodes.firstRow[node]; }
    std::uint32_t gpuCount(std::uint32_t node) const override { return m_state.nodes.gpuCount[node]; }
    bool has(const query::FieldInfo& field) const override;
    std::string_view text(query::FieldId field, std::uint32_t node) const override;
    /// Name, host name, serial numbers, UUIDs.
    bool anyName(std::uint32_t node, const std::function<bool(std::string_view)>& test) const override;
    NodeFacts facts(std::uint32_t node) const override { return m_state.nodes.facts[node]; }
    Source source(std::uint32_t node) const override { return static_cast<Source>(m_state.nodes.source[node]); }
    int unit(std::uint32_t node) const override { return m_state.nodes.unit[node]; }
    std::optional<Range> ageMs(std::uint32_t node) const override;
    std::optional<std::int64_t> sinceMs(std::uint32_t node) const override;
    std::span<const std::byte> chunk(Metric metric, std::uint32_t chunk) const override;
    std::int64_t value(Metric metric, std::uint32_t row) const override { return m_state.metrics.get(metric, row); }
    const LeaseInfo* lease(std::uint32_t index) const override { return m_state.leases.find(index); }

private:
    const FleetState& m_state;
    const std::int64_t m_nowWallMs;
};

/// Ids of the nodes that `filter` finds, in its order; a filter that is not valid is InvalidArgument and says where and why.
StatusOr<FleetView::Resolved> resolveFilter(const FleetState& state, const std::string& filter, const Clock& clock);

} // namespace busbar::controller
