// Where a burn-in's figures stand among the same figures of the site's other GPUs and nodes (lifecycle.md §5): the newest value of each, and from
// these the median and the place of one. Told beside a verdict, never part of it. Pure but for what it keeps; one thread at a time: the engine's
// event thread, or the one that starts it.
#pragma once

#include "domain/action.h"
#include "domain/node.h"

#include <absl/container/flat_hash_map.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace busbar::controller {

/// Whose figures they are, and what they may be compared with: only those of the same profile, the same model and an equal source.
struct BurnedIn {
    std::string nodeId, profile;
    Source source = Source::unknown; ///< as worthOf has it
    std::vector<GpuIdentity> gpus;   ///< the node's
};

/// What a node's values are worth: `simulated` also where one of a live node's own libraries is a simulated one, as its evidence says.
Source worthOf(Source node, const std::vector<Evidence>& evidence);

class FleetFigures {
public:
    /// One for each GPU (or pair, or node) and figure; what comes beyond is compared, not kept.
    static constexpr std::size_t kMaxValues = 1'000'000;
    explicit FleetFigures(std::size_t maxValues = kMaxValues) : m_maxValues(maxValues) {}

    /// Keeps the figures of a burn-in, each in place of the one that its GPU had; of one that is there twice (a soak repeats its tests) the last.
    void note(const BurnedIn& burnIn, const std::vector<TestFigure>& figures);
    /// Puts median, place and number to each figure of which more (rates) or less (temperatures) is better, this one in place of what is kept of
    /// its GPU. Equal values share a place. All others, and those of GPUs that the node does not have, are left without.
    void rank(const BurnedIn& burnIn, std::vector<TestFigure>& figures) const;
    /// Values kept.
    std::size_t size() const { return m_size; }

private:
    using Values = absl::flat_hash_map<std::string, double>; ///< by subject; a node's id for "node"
    absl::flat_hash_map<std::string, Values> m_groups;       ///< by what is compared with each other
    std::size_t m_maxValues, m_size = 0;
};

} // namespace busbar::controller
