#include "items/site_plan.h"

#include "items/natural_order.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace busbar::items {

namespace {

constexpr std::uint32_t kRacksPerStrip = 16;   ///< a longer row goes on in the next line
constexpr std::uint32_t kMostLinesPerRack = 64; ///< a higher "rack" is cut: the name stands for more than a rack
constexpr std::uint32_t kNodesPerNamelessRack = 8;

/// Ranks of the distinct texts of a column of names, in natural order. Names come in runs, so that a look at the last one mostly does.
class Ranks {
public:
    void note(std::string_view text) {
        if (text.data() == m_last.data() && text.size() == m_last.size()) return;
        m_last = text;
        m_ranks.try_emplace(text, 0);
    }
    void settle() {
        std::vector<std::string_view> texts;
        texts.reserve(m_ranks.size());
        for (const auto& [text, rank] : m_ranks) texts.push_back(text);
        std::ranges::sort(texts, [](std::string_view a, std::string_view b) { return compareNaturally(a, b) < 0; });
        for (std::uint32_t rank = 0; rank < texts.size(); ++rank) m_ranks[texts[rank]] = rank;
        m_last = {};
    }
    std::uint32_t of(std::string_view text) {
        if (text.data() != m_last.data() || text.size() != m_last.size()) {
            m_last = text;
            m_lastRank = m_ranks.find(text)->second;
        }
        return m_lastRank;
    }

private:
    absl::flat_hash_map<std::string_view, std::uint32_t> m_ranks;
    std::string_view m_last;
    std::uint32_t m_lastRank = 0;
};

struct Key {
    std::uint32_t hall = 0, row = 0, rack = 0;
    std::uint32_t fromTop = 0; ///< 0 at the highest unit
    std::uint32_t node = 0;
    auto operator<=>(const Key&) const = default;
    bool sameRow(const Key& other) const { return hall == other.hall && row == other.row; }
    bool sameRack(const Key& other) const { return sameRow(other) && rack == other.rack; }
};

std::vector<Key> sortedKeys(const store::SiteSnapshot& site, bool fabric) {
    Ranks halls, rows, racks;
    const auto hall = [&](std::uint32_t node) { return fabric ? std::string_view() : site.hall(node); };
    const auto row = [&](std::uint32_t node) { return fabric ? site.leaf(node) : site.row(node); };
    for (std::uint32_t node = 0; node < site.nodeCount(); ++node) {
        halls.note(hall(node));
        rows.note(row(node));
        racks.note(site.rack(node));
    }
    halls.settle();
    rows.settle();
    racks.settle();
    std::vector<Key> keys(site.nodeCount());
    for (std::uint32_t node = 0; node < keys.size(); ++node)
        keys[node] = {halls.of(hall(node)), rows.of(row(node)), racks.of(site.rack(node)), 255U - static_cast<std::uint32_t>(std::clamp(site.unit(node), 0, 255)), node};
    if (!std::ranges::is_sorted(keys)) std::ranges::sort(keys);
    return keys;
}

class Planner {
public:
    Planner(const store::SiteSnapshot& site, bool fabric) : m_site(site), m_fabric(fabric) {}

    SiteBlock plan() {
        const std::uint32_t nodes = m_site.nodeCount();
        m_block.epoch = m_site.epoch();
        m_block.identityVersion = m_site.identityVersion();
        int most = 1;
        for (std::uint32_t node = 0; node < nodes; ++node) most = std::max(most, m_site.gpuCount(node));
        m_block.gpusPerLine = std::min(most, kMostGpusPerLine);
        m_block.spots.resize(nodes);
        m_block.order.reserve(nodes);
        const std::vector<Key> keys = sortedKeys(m_site, m_fabric);
        std::uint32_t rowBegin = 0; // first rack of the row
        for (std::uint32_t i = 0; i < keys.size(); ++i) {
            const bool newRow = i == 0 || !keys[i].sameRow(keys[i - 1]);
            if (newRow && i > 0) endRow(rowBegin);
            if (newRow) rowBegin = static_cast<std::uint32_t>(m_block.racks.size());
            if (newRow || !keys[i].sameRack(keys[i - 1]) || rackIsFull(keys[i].node)) beginRack();
            addNode(keys[i].node);
        }
        if (!keys.empty()) endRow(rowBegin);
        return std::move(m_block);
    }

private:
    bool rackIsFull(std::uint32_t node) const {
        return m_lines >= kMostLinesPerRack || (m_site.rack(node).empty() && m_block.racks.back().nodeCount >= kNodesPerNamelessRack);
    }

    void beginRack() {
        m_block.racks.push_back({.firstNode = static_cast<std::uint32_t>(m_block.order.size())});
        m_lines = 0;
    }

    void addNode(std::uint32_t node) {
        const int gpus = m_site.gpuCount(node), perLine = m_block.gpusPerLine;
        NodeSpot& spot = m_block.spots[node];
        spot.firstRow = m_site.firstRow(node);
        spot.rack = static_cast<std::uint32_t>(m_block.racks.size() - 1);
        spot.gpus = static_cast<std::uint8_t>(gpus);
        spot.lines = static_cast<std::uint8_t>(std::max(1, (gpus + perLine - 1) / perLine));
        m_block.order.push_back(node);
        RackBox& rack = m_block.racks.back();
        ++rack.nodeCount;
        m_lines += spot.lines;
        rack.box.width = perLine * kCellUnits;
        rack.box.height = static_cast<int>(m_lines) * kLineUnits;
    }

    /// The racks since `first` are a row: cut it into strips.
    void endRow(std::uint32_t first) {
        const auto end = static_cast<std::uint32_t>(m_block.racks.size());
        for (std::uint32_t begin = first; begin < end; begin += kRacksPerStrip) {
            StripBox strip{.beginRack = begin, .endRack = std::min(end, begin + kRacksPerStrip), .firstRack = first, .rackCount = end - first};
            const std::uint32_t node = m_block.order[m_block.racks[first].firstNode];
            if (begin == first) strip.label = std::string(m_fabric ? m_site.leaf(node) : m_site.row(node));
            for (std::uint32_t rack = strip.beginRack; rack < strip.endRack; ++rack) {
                m_block.racks[rack].strip = static_cast<std::uint32_t>(m_block.strips.size());
                strip.box.height = std::max(strip.box.height, m_block.racks[rack].box.height);
            }
            strip.box.width = static_cast<int>(strip.endRack - strip.beginRack) * (m_block.gpusPerLine * kCellUnits + kRackGapUnits) - kRackGapUnits;
            m_block.strips.push_back(std::move(strip));
        }
    }

    const store::SiteSnapshot& m_site;
    const bool m_fabric;
    SiteBlock m_block;
    std::uint32_t m_lines = 0; ///< of the rack that grows
};

} // namespace

SiteBlock planSite(const store::SiteSnapshot& site, Arrangement arrangement) { return Planner(site, arrangement == Arrangement::fabric).plan(); }

} // namespace busbar::items
