#include "items/layout_flow.h"

#include "items/site_plan.h"

#include <algorithm>
#include <cmath>

namespace busbar::items {

namespace {

// The heatmap's canvas on a 1920 × 1080 screen (design/mock/2-heatmap.png). Fixed, so that a window's size moves nothing.
constexpr double kScreenWidth = 1548, kScreenHeight = 890;
constexpr double kHeaderPx = 17, kGutterPxPerLetter = 6.6, kGutterPadPx = 6, kColumnGapPx = 14, kSiteGapPx = 4;
constexpr std::size_t kMostLabelLetters = 7;
constexpr double kBareGutterPx = 4, kLowestLabelPx = 9;
constexpr int kLabelledRackUnits = 4 * kLineUnits;
// A site without nodes yet still has a place.
constexpr int kEmptyWidth = 12 * (kMostGpusPerLine * kCellUnits + kRackGapUnits), kEmptyHeight = 2 * 4 * kLineUnits;
constexpr std::uint32_t kMostColumns = 64;
/// With more columns the scale rises, then falls; this far below the best no better one follows.
constexpr double kPastBest = 0.8;
/// Sites stay whole unless cutting them makes the picture larger than this.
constexpr double kWholeIsWorth = 0.75;

std::size_t longestLabel(const std::vector<SiteBlock>& sites) {
    std::size_t longest = 2;
    for (const SiteBlock& site : sites)
        for (const StripBox& strip : site.strips) longest = std::max(longest, strip.label.size());
    return std::min(longest, kMostLabelLetters);
}

/// Units of what keeps its size on the glass.
int unitsOf(double px, double scale) { return static_cast<int>(std::ceil(px / std::min(scale, 1.0))); }

} // namespace

std::uint32_t LayoutFlow::stripCount(std::uint32_t site) const { return static_cast<std::uint32_t>(m_layout.m_sites[site].strips.size()); }

int LayoutFlow::gapUnits(double px) const { return unitsOf(px, kHeaderPx / m_layout.m_header); }

void LayoutFlow::measure() {
    for (const SiteBlock& site : m_layout.m_sites) {
        int width = site.strips.empty() ? kEmptyWidth : 0, height = site.strips.empty() ? kEmptyHeight : 0;
        for (const StripBox& strip : site.strips) {
            width = std::max(width, strip.box.width);
            height += strip.box.height + kStripGapUnits;
        }
        m_bodies.push_back({width, height});
    }
}

LayoutFlow::Flow LayoutFlow::flow(int columnHeight, bool cutSites) const {
    Flow flow;
    flow.widths.push_back(0);
    int y = 0;
    for (std::uint32_t site = 0; site < m_layout.m_sites.size(); ++site) {
        const bool fits = y + m_layout.m_header + bodyHeight(site) <= columnHeight;
        if (!fits && cutSites) {
            y = flowCut(flow, site, y, columnHeight);
            continue;
        }
        if (!fits && y > 0) {
            flow.widths.push_back(0);
            y = 0;
        }
        y = addPiece(flow, {.site = site, .endStrip = stripCount(site), .y = y, .height = m_layout.m_header + bodyHeight(site)});
    }
    for (const int width : flow.widths) flow.width += m_layout.m_gutter + width;
    flow.width += gapUnits(kColumnGapPx) * (static_cast<int>(flow.widths.size()) - 1);
    flow.scale = std::min(kScreenWidth / std::max(1, flow.width), kScreenHeight / std::max(1, flow.height));
    return flow;
}

/// As many strips as the column holds, the others in the next ones; returns where the next site goes.
int LayoutFlow::flowCut(Flow& flow, std::uint32_t site, int y, int columnHeight) const {
    const auto& strips = m_layout.m_sites[site].strips;
    std::uint32_t strip = 0;
    do {
        Piece piece{.site = site, .beginStrip = strip, .endStrip = strip, .y = y, .height = strips.empty() ? m_layout.m_header + bodyHeight(site) : m_layout.m_header};
        while (piece.endStrip < strips.size() && y + piece.height + strips[piece.endStrip].box.height <= columnHeight) piece.height += strips[piece.endStrip++].box.height + kStripGapUnits;
        if (piece.endStrip == strip && y > 0) { // nothing of it fits below the site before
            flow.widths.push_back(0);
            y = 0;
            continue;
        }
        if (piece.endStrip == strip && !strips.empty()) piece.height += strips[piece.endStrip++].box.height + kStripGapUnits; // higher than any column
        strip = piece.endStrip;
        y = addPiece(flow, piece);
        if (strip < strips.size()) {
            flow.widths.push_back(0);
            y = 0;
        }
    } while (strip < strips.size());
    return y;
}

int LayoutFlow::addPiece(Flow& flow, Piece piece) const {
    piece.column = static_cast<std::uint32_t>(flow.widths.size() - 1);
    flow.widths.back() = std::max(flow.widths.back(), bodyWidth(piece.site));
    flow.height = std::max(flow.height, piece.y + piece.height);
    flow.pieces.push_back(piece);
    return piece.y + piece.height + gapUnits(kSiteGapPx);
}

/// The lowest flow with at most `columns` columns.
LayoutFlow::Flow LayoutFlow::narrowest(std::uint32_t columns, bool cutSites) const {
    int low = 1, high = 1;
    for (std::uint32_t site = 0; site < m_layout.m_sites.size(); ++site) high += 2 * m_layout.m_header + bodyHeight(site);
    while (low < high) {
        const int middle = low + (high - low) / 2;
        if (flow(middle, cutSites).widths.size() <= columns) high = middle;
        else low = middle + 1;
    }
    return flow(high, cutSites);
}

LayoutFlow::Flow LayoutFlow::bestFlow() const {
    const auto best = [this](bool cutSites, std::uint32_t most) {
        Flow found;
        for (std::uint32_t columns = 1; columns <= most; ++columns)
            if (Flow next = narrowest(columns, cutSites); next.scale > found.scale) found = std::move(next);
            else if (next.scale < kPastBest * found.scale) break;
        return found;
    };
    const auto sites = static_cast<std::uint32_t>(m_layout.m_sites.size());
    Flow whole = best(false, std::clamp(sites, 1U, kMostColumns));
    if (whole.scale >= 1) return whole;
    Flow cut = best(true, kMostColumns);
    return whole.scale >= kWholeIsWorth * cut.scale ? whole : cut;
}

void LayoutFlow::placeStrip(std::uint32_t site, std::uint32_t stripIndex, int x, int y) {
    SiteBlock& block = m_layout.m_sites[site];
    StripBox& strip = block.strips[stripIndex];
    strip.box.x = x;
    strip.box.y = y;
    for (std::uint32_t rackIndex = strip.beginRack; rackIndex < strip.endRack; ++rackIndex) {
        RackBox& rack = block.racks[rackIndex];
        rack.box.x = x + static_cast<int>(rackIndex - strip.beginRack) * (rack.box.width + kRackGapUnits);
        rack.box.y = y;
        int nodeY = y;
        for (std::uint32_t i = rack.firstNode; i < rack.firstNode + rack.nodeCount; ++i) {
            NodeSpot& spot = block.spots[block.order[i]];
            spot.x = rack.box.x;
            spot.y = nodeY;
            nodeY += spot.lines * kLineUnits;
        }
    }
}

void LayoutFlow::apply(const Flow& flow) {
    const int gap = m_layout.m_columnGap = gapUnits(kColumnGapPx);
    int x = 0;
    for (const int width : flow.widths) {
        m_layout.m_columns.push_back({x, x + m_layout.m_gutter + width, {}});
        x += m_layout.m_gutter + width + gap;
    }
    for (const Piece& piece : flow.pieces) {
        SiteBlock& block = m_layout.m_sites[piece.site];
        FleetLayout::Column& column = m_layout.m_columns[piece.column];
        const int width = m_layout.m_gutter + bodyWidth(piece.site);
        block.headers.push_back({column.x, piece.y, width, m_layout.m_header});
        block.bodies.push_back({column.x, piece.y + m_layout.m_header, width, piece.height - m_layout.m_header});
        int y = piece.y + m_layout.m_header;
        for (std::uint32_t strip = piece.beginStrip; strip < piece.endStrip; ++strip) {
            placeStrip(piece.site, strip, column.x + m_layout.m_gutter, y);
            column.strips.push_back({piece.site, strip});
            y += block.strips[strip].box.height + kStripGapUnits;
        }
    }
    m_layout.m_world = {0, 0, flow.width, flow.height};
}

/// Headers and labels keep their size on the glass while the cells shrink: their units depend on the scale, which depends on them.
LayoutFlow::Flow LayoutFlow::settled(double gutterPx) {
    double scale = 1;
    Flow flow;
    for (int round = 0; round < 3; ++round) {
        m_layout.m_header = unitsOf(kHeaderPx, scale);
        m_layout.m_gutter = unitsOf(gutterPx, scale);
        flow = bestFlow();
        if (flow.scale >= scale) break;
        scale = flow.scale;
    }
    return flow;
}

void LayoutFlow::place(FleetLayout& layout) {
    LayoutFlow self(layout);
    self.measure();
    const double letters = static_cast<double>(longestLabel(layout.m_sites));
    Flow flow = self.settled(letters * kGutterPxPerLetter + kGutterPadPx);
    // Rows too low for a label each need no room for them.
    if (kLabelledRackUnits * flow.scale < kLowestLabelPx) flow = self.settled(kBareGutterPx);
    self.apply(flow);
}

} // namespace busbar::items
