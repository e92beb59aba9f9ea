// Who the nodes of a site are and where they stand: names in one buffer, places and models once each, a few numbers a node
// (about 40 bytes a node with its name). Grows only; a snapshot shares it until the writer has to add to it.
// Not thread-safe while it grows; read from any thread once published.
#pragma once

#include "base/status.h"
#include "domain/fleet_batch.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace busbar::store {

/// Nodes and strings of one site that the console takes.
inline constexpr std::uint32_t kMaxSiteNodes = 4'000'000;
inline constexpr std::uint32_t kMaxSiteRows = 16'000'000;
inline constexpr std::size_t kMaxSiteStrings = 4'000'000;

class SiteIdentity {
public:
    SiteIdentity();

    /// Adds nodes; refused whole, with nothing changed, when they do not follow the last one or point outside the dictionary.
    Status append(const NodeBatch& batch);

    std::uint32_t nodeCount() const { return static_cast<std::uint32_t>(m_nodes.size()); }
    std::uint32_t rowCount() const { return m_rows; }
    std::string_view name(std::uint32_t node) const {
        const std::uint32_t begin = m_nodes[node].nameEnd - m_nodes[node].nameLength;
        return std::string_view(m_names).substr(begin, m_nodes[node].nameLength);
    }
    std::string_view hall(std::uint32_t node) const { return text(place(node).hall); }
    std::string_view row(std::uint32_t node) const { return text(place(node).row); }
    std::string_view rack(std::uint32_t node) const { return text(place(node).rack); }
    std::string_view leaf(std::uint32_t node) const { return text(place(node).leaf); }
    std::string_view pdu(std::uint32_t node) const { return text(m_nodes[node].pdu); }
    std::string_view model(std::uint32_t node) const { return text(place(node).model); }
    std::string_view driver(std::uint32_t node) const { return text(place(node).driver); }
    int unit(std::uint32_t node) const { return m_nodes[node].unit; }
    int gpuCount(std::uint32_t node) const { return m_nodes[node].gpuCount; }
    Source source(std::uint32_t node) const { return static_cast<Source>(m_nodes[node].source); }
    std::uint32_t firstRow(std::uint32_t node) const { return m_nodes[node].firstRow; }
    /// Node of an existing row.
    std::uint32_t nodeOfRow(std::uint32_t row) const;
    /// nodeCount() when absent.
    std::uint32_t find(std::string_view name) const;
    std::size_t memoryBytes() const;
    /// Gives back what growing took in advance.
    void shrink();

private:
    /// What the nodes of a rack mostly share.
    struct PlaceEntry {
        std::uint32_t hall = 0, row = 0, rack = 0, leaf = 0, model = 0, driver = 0;
        bool operator==(const PlaceEntry&) const = default;
    };
    struct Node {
        std::uint32_t nameEnd = 0, firstRow = 0, place = 0, pdu = 0;
        std::uint8_t nameLength = 0, unit = 0, gpuCount = 0, source = 0;
    };
    const PlaceEntry& place(std::uint32_t node) const { return m_places[m_nodes[node].place]; }
    std::string_view text(std::uint32_t index) const {
        const std::uint32_t begin = index == 0 ? 0 : m_stringEnds[index - 1];
        return std::string_view(m_strings).substr(begin, m_stringEnds[index] - begin);
    }
    std::uint32_t placeIndex(const PlaceEntry& entry);
    Status check(const NodeBatch& batch) const;
    void add(const NodeBatch& batch, std::size_t index);
    void indexName(std::uint32_t node);
    void rehash(std::size_t slots);
    std::size_t slotOf(std::string_view name) const;

    std::string m_strings, m_names; ///< texts one after the other
    std::vector<std::uint32_t> m_stringEnds;
    std::vector<PlaceEntry> m_places;
    std::vector<Node> m_nodes;
    std::vector<std::uint32_t> m_nameSlots;    ///< open addressing, node + 1; 0 empty
    std::vector<std::uint32_t> m_chunkNodes;   ///< node of each chunk's first row
    std::uint32_t m_rows = 0;
};

} // namespace busbar::store
