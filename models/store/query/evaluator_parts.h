// Values that tests, sorting and completion all need, of one node at a time. Internal to models/store/query; one thread.
#pragma once

#include "store/query/evaluator.h"
#include "store/raw_values.h"

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace busbar::query {

/// The data of the node are not those of now: its site's link is not live, or its agent is late or lost.
bool isStale(const SiteView& rows, std::uint32_t node);

/// One metric of the GPUs of a node, read where it lies: one look-up a node, not one a GPU.
class GpuValues {
public:
    GpuValues(const SiteView& rows, Metric metric, std::uint32_t node)
        : m_rows(rows), m_metric(metric), m_first(rows.firstRow(node)), m_count(rows.gpuCount(node)), m_width(infoOf(metric).wireBytes) {
        const std::uint32_t offset = m_first % store::kChunkRows;
        if (m_count == 0 || offset + m_count > store::kChunkRows) return;
        const std::span<const std::byte> chunk = rows.chunk(metric, m_first / store::kChunkRows);
        if (!chunk.empty()) m_bytes = chunk.subspan(offset * static_cast<std::size_t>(m_width));
    }
    std::uint32_t size() const { return m_count; }
    /// Plain value, kNotSupported or kNotRead.
    std::int64_t operator[](std::uint32_t gpu) const { return m_bytes.empty() ? m_rows.value(m_metric, m_first + gpu) : store::plainAt(m_bytes.data(), m_width, gpu); }

private:
    const SiteView& m_rows;
    const Metric m_metric;
    const std::uint32_t m_first, m_count;
    const int m_width;
    std::span<const std::byte> m_bytes; ///< from the node's first GPU on; empty: the node crosses chunks, or has no column
};

/// A number, duration or moment of a node that lies in a range for what is known; nullopt: unknown. Not rack.healthy.
/// A priority of 0 is none.
std::optional<Rows::Range> nodeNumber(const SiteView& rows, FieldId id, std::uint32_t node);

/// How many nodes of each rack are healthy (ok or watch); those of unknown health may be.
class RackHealth {
public:
    explicit RackHealth(const SiteView& rows);
    std::optional<Rows::Range> of(std::uint32_t node) const; ///< nullopt: the node's rack is not known

private:
    std::vector<std::uint32_t> m_rackOfNode; ///< index into m_racks; the first is "not known"
    std::vector<Rows::Range> m_racks;
};

/// Outcome of a closed set's test by value number.
std::vector<Outcome> setOutcomes(const Test& test);

template <typename Judge>
Outcomes Evaluator::eachNode(Judge judge) const {
    constexpr std::uint32_t kNodesBetweenLooks = 4096;
    Outcomes outcomes(m_rows.nodeCount(), Outcome::unknown);
    for (std::uint32_t node = 0; node < outcomes.size(); ++node) {
        if (node % kNodesBetweenLooks == 0 && cancelled()) break;
        outcomes[node] = judge(node);
    }
    return outcomes;
}

template <typename Judge>
Outcomes Evaluator::fold(const Outcomes& gpus, Judge judge, Outcome none) const {
    return eachNode([&](std::uint32_t node) {
        const std::uint32_t count = m_rows.gpuCount(node);
        return count == 0 ? none : judge(std::span(gpus).subspan(m_rows.firstRow(node), count));
    });
}

} // namespace busbar::query
