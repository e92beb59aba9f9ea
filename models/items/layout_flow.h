// Flows the sites of a heatmap into columns, so that the whole fleet fits a wide screen at the largest scale. Internal to models/items.
#pragma once

#include "items/fleet_layout.h"

namespace busbar::items {

class LayoutFlow {
public:
    /// Places everything in `layout`, whose sites are planned.
    static void place(FleetLayout& layout);

private:
    /// A piece of a site in one column.
    struct Piece {
        std::uint32_t site = 0, column = 0, beginStrip = 0, endStrip = 0;
        int y = 0, height = 0;
    };
    struct Flow {
        std::vector<Piece> pieces;
        std::vector<int> widths; ///< of the columns
        int width = 0, height = 0;
        double scale = 0; ///< at which it fits the reference screen
    };

    explicit LayoutFlow(FleetLayout& layout) : m_layout(layout) {}
    struct Size {
        int width = 0, height = 0;
    };
    void measure();
    Flow flow(int columnHeight, bool cutSites) const;
    int flowCut(Flow& flow, std::uint32_t site, int y, int columnHeight) const;
    int addPiece(Flow& flow, Piece piece) const;
    Flow settled(double gutterPx);
    Flow bestFlow() const;
    Flow narrowest(std::uint32_t columns, bool cutSites) const;
    int bodyHeight(std::uint32_t site) const { return m_bodies[site].height; }
    int bodyWidth(std::uint32_t site) const { return m_bodies[site].width; }
    std::uint32_t stripCount(std::uint32_t site) const;
    int gapUnits(double px) const;
    void apply(const Flow& flow);
    void placeStrip(std::uint32_t site, std::uint32_t strip, int x, int y);

    FleetLayout& m_layout;
    std::vector<Size> m_bodies; ///< by site, without header and gutter
};

} // namespace busbar::items
