// Where each GPU of the fleet stands on the heatmap: stable physical order site > hall > row > rack > U (top first) > GPU slot, or by
// fabric with the leaf switch in the place of hall and row. Positions depend on who the nodes are and where they stand, never on values,
// on the window's size or on the time.
//
// World units: a GPU is 4 × 4, a line of a node 5 high, so that at scale 1 it looks like design/mock/2-heatmap.png. A node with more GPUs
// than its site's line holds takes several lines. Sites flow into columns in the profile's order, whole where that fits.
// Immutable once built; any thread. 24 bytes a node.
#pragma once

#include "store/fleet_snapshot.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace busbar::items {

enum class Arrangement : std::uint8_t { physical, fabric };

inline constexpr int kCellUnits = 4;
inline constexpr int kLineUnits = 5;
inline constexpr int kMostGpusPerLine = 8;

/// A rectangle in world units.
struct Box {
    int x = 0, y = 0, width = 0, height = 0;
    int right() const { return x + width; }
    int bottom() const { return y + height; }
    bool contains(double px, double py) const { return px >= x && px < right() && py >= y && py < bottom(); }
    bool operator==(const Box&) const = default;
};

struct NodeSpot {
    int x = 0, y = 0;
    std::uint32_t firstRow = 0; ///< of the node's GPUs in the site's columns
    std::uint32_t rack = 0;     ///< index in SiteBlock::racks
    std::uint8_t gpus = 0;
    std::uint8_t lines = 1;
};

/// Nodes order[firstNode, firstNode + nodeCount) from the top down.
struct RackBox {
    Box box;
    std::uint32_t firstNode = 0, nodeCount = 0;
    std::uint32_t strip = 0; ///< index in SiteBlock::strips
};

/// A row of racks, or a piece of one that is too long for a line; all pieces of a row have the same firstRack and rackCount.
struct StripBox {
    Box box;
    std::uint32_t beginRack = 0, endRack = 0;  ///< racks of this piece
    std::uint32_t firstRack = 0, rackCount = 0; ///< racks of the whole row
    std::string label; ///< row or leaf; empty on further pieces
};

/// A site: its header (repeated where the site goes on in the next column) and its strips.
struct SiteBlock {
    std::uint64_t epoch = 0, identityVersion = 0;
    int gpusPerLine = kMostGpusPerLine;
    std::vector<Box> headers; ///< one for each column the site is in
    std::vector<Box> bodies;  ///< below each header: labels and strips
    std::vector<std::uint32_t> order; ///< node indices in physical order
    std::vector<NodeSpot> spots;      ///< by node index
    std::vector<RackBox> racks;
    std::vector<StripBox> strips;
};

/// What stands at a point.
struct LayoutHit {
    std::uint32_t site = 0, node = 0;
    int gpu = -1; ///< -1: beside the node's GPUs, or it has none
    bool operator==(const LayoutHit&) const = default;
};

class FleetLayout {
public:
    /// `before` lends the order of sites whose identity did not change.
    static std::shared_ptr<const FleetLayout> build(const store::FleetSnapshot& fleet, Arrangement arrangement, const FleetLayout* before = nullptr);

    /// Whether the layout is that of `fleet`: the same sites, each with the same identity.
    bool fits(const store::FleetSnapshot& fleet, Arrangement arrangement) const;

    const std::vector<SiteBlock>& sites() const { return m_sites; }
    Box world() const { return m_world; }
    Arrangement arrangement() const { return m_arrangement; }
    std::uint32_t stripCount() const { return m_strips; }
    /// Width of the labels' gutter left of the strips, of the gap left of that (but in the first column), and height of the header.
    int gutterUnits() const { return m_gutter; }
    int columnGapUnits() const { return m_columnGap; }
    int headerUnits() const { return m_header; }

    std::optional<LayoutHit> hit(double x, double y) const;
    /// The node's own box; the GPU's cell; its rack; all of its row's piece.
    Box nodeBox(std::uint32_t site, std::uint32_t node) const;
    Box gpuBox(std::uint32_t site, std::uint32_t node, int gpu) const;
    const RackBox& rackOf(std::uint32_t site, std::uint32_t node) const;
    const StripBox& stripOf(std::uint32_t site, std::uint32_t node) const;

private:
    friend class LayoutFlow;
    struct Entry {
        std::uint32_t site = 0, strip = 0;
    };
    struct Column {
        int x = 0, right = 0;
        std::vector<Entry> strips; ///< top down
    };
    std::vector<SiteBlock> m_sites;
    std::vector<std::string> m_names;
    std::vector<Column> m_columns;
    Arrangement m_arrangement = Arrangement::physical;
    Box m_world;
    int m_gutter = 0, m_columnGap = 0, m_header = 0;
    std::uint32_t m_strips = 0;
};

using LayoutPtr = std::shared_ptr<const FleetLayout>;

} // namespace busbar::items
