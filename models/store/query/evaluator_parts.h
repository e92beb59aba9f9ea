// Values that tests, sorting and completion all need, of one node at a time. Internal to models/store/query; one thread.
#pragma once

#include "store/query/evaluator.h"

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace busbar::query {

/// The data of the node are not those of now: its site's link is not live, or its agent is late or lost.
bool isStale(const Rows& rows, std::uint32_t node);

/// A number, duration or moment of a node that lies in a range for what is known; nullopt: unknown. Not rack.healthy.
/// A priority of 0 is none.
std::optional<Rows::Range> nodeNumber(const Rows& rows, FieldId id, std::uint32_t node);

/// How many nodes of each rack are healthy (ok or watch); those of unknown health may be.
class RackHealth {
public:
    explicit RackHealth(const Rows& rows);
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
