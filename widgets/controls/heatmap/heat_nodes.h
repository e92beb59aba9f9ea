// What the heatmap has to know of each node of a site beside its values: whether its values are old, whether it is left out by the query,
// which mark it carries. Worked out when facts change, not per frame. GUI thread only.
#pragma once

#include "items/fleet_layout.h"
#include "store/fleet_snapshot.h"
#include "widgets/controls/marks.h"

#include <cstdint>
#include <vector>

namespace busbar::controls {

/// A node that is marked beside its cells.
struct HeatMark {
    std::uint32_t node = 0;
    Sign sign = Sign::none;
};

struct HeatTally {
    std::uint32_t p1 = 0, p2 = 0, p3 = 0, draining = 0, provisioning = 0;
    std::uint32_t withoutGpus = 0;  ///< nodes
    std::uint32_t staleGpus = 0;    ///< of nodes that are late or lost, or whose site is
    std::uint32_t leftOut = 0;      ///< nodes that the query leaves out
    void add(const HeatTally& other);
};

class HeatNodes {
public:
    enum Flag : std::uint8_t { dim = 1, old = 2 };

    /// Nodes as they are in `site`. `stale`: the link to the site is, so that nothing of it is fresh. `matches`: by node, 0 for those that
    /// the query leaves out; empty for no query; another version when it may be another one.
    void update(const store::SiteSnapshot& site, const items::SiteBlock& block, bool stale, const std::vector<std::uint8_t>& matches, std::uint64_t matchesVersion);

    std::uint8_t flags(std::uint32_t node) const { return m_flags[node]; }
    /// Grows when the flags of a node with rows in the chunk changed.
    std::uint64_t chunkVersion(std::uint32_t chunk) const { return m_chunkVersions[chunk]; }
    std::uint32_t chunkCount() const { return static_cast<std::uint32_t>(m_chunkVersions.size()); }
    /// Nodes that begin in the chunk: [firstNode(chunk), firstNode(chunk + 1)).
    std::uint32_t firstNode(std::uint32_t chunk) const { return m_firstNodes[chunk]; }
    /// Marks P1 to P3 in node order, and nodes outlined as draining or provisioning.
    const std::vector<HeatMark>& marks() const { return m_marks; }
    const std::vector<HeatMark>& outlines() const { return m_outlines; }
    const HeatTally& tally() const { return m_tally; }
    std::uint64_t version() const { return m_version; }
    bool stale() const { return m_stale; }

private:
    void indexChunks(const items::SiteBlock& block, std::uint32_t rows);
    void note(std::uint32_t node, const NodeFacts& facts, std::uint8_t gpus);

    std::uint64_t m_epoch = 0, m_identity = 0, m_facts = 0, m_matches = 0;
    bool m_stale = false, m_known = false;
    std::vector<std::uint8_t> m_flags;
    std::vector<std::uint64_t> m_chunkVersions;
    std::vector<std::uint32_t> m_firstNodes;
    std::vector<HeatMark> m_marks, m_outlines;
    HeatTally m_tally;
    std::uint64_t m_version = 0;
};

} // namespace busbar::controls
