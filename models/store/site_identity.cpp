#include "store/site_identity.h"

#include "store/fleet_snapshot.h"

#include <algorithm>
#include <functional>

namespace busbar::store {
namespace {

constexpr std::size_t kFirstSlots = 64;

bool within(const std::vector<std::uint32_t>& indices, std::size_t count, std::size_t strings) {
    return indices.size() == count && std::ranges::all_of(indices, [&](std::uint32_t index) { return index < strings; });
}

} // namespace

SiteIdentity::SiteIdentity() : m_stringEnds{0}, m_nameSlots(kFirstSlots, 0) {}

Status SiteIdentity::check(const NodeBatch& batch) const {
    const std::size_t count = batch.names.size(), strings = m_stringEnds.size() + batch.newStrings.size();
    if (batch.first != nodeCount()) return invalid("nodes from {} cannot follow {} nodes", batch.first, nodeCount());
    if (count > kMaxSiteNodes - nodeCount()) return invalid("a site has at most {} nodes", kMaxSiteNodes);
    if (strings > kMaxSiteStrings) return invalid("a site has at most {} names of places and models", kMaxSiteStrings);
    for (const auto* column : {&batch.hall, &batch.row, &batch.rack, &batch.leaf, &batch.pdu, &batch.model, &batch.driver})
        if (!within(*column, count, strings)) return invalid("nodes from {}: a place or model points outside the {} names sent", batch.first, strings);
    if (batch.unit.size() != count || batch.gpuCount.size() != count || batch.source.size() != count) return invalid("nodes from {}: columns of different lengths", batch.first);
    std::uint64_t rows = m_rows;
    for (std::size_t i = 0; i < count; ++i) {
        if (batch.names[i].empty() || batch.names[i].size() > kMaxNameLength) return invalid("node {} has a name of {} bytes", batch.first + i, batch.names[i].size());
        if (find(batch.names[i]) != nodeCount()) return invalid("node {} is there already", batch.names[i]);
        rows += batch.gpuCount[i];
    }
    if (rows > kMaxSiteRows) return invalid("a site has at most {} GPUs", kMaxSiteRows);
    return absl::OkStatus();
}

Status SiteIdentity::append(const NodeBatch& batch) {
    if (Status status = check(batch); !status.ok()) return status;
    for (const std::string& text : batch.newStrings) {
        m_strings += text;
        m_stringEnds.push_back(static_cast<std::uint32_t>(m_strings.size()));
    }
    for (std::size_t i = 0; i < batch.names.size(); ++i) add(batch, i);
    return absl::OkStatus();
}

void SiteIdentity::add(const NodeBatch& batch, std::size_t index) {
    const std::string& name = batch.names[index];
    m_names += name;
    Node node;
    node.nameEnd = static_cast<std::uint32_t>(m_names.size());
    node.nameLength = static_cast<std::uint8_t>(name.size());
    node.firstRow = m_rows;
    node.place = placeIndex({batch.hall[index], batch.row[index], batch.rack[index], batch.leaf[index], batch.model[index], batch.driver[index]});
    node.pdu = batch.pdu[index];
    node.unit = batch.unit[index];
    node.gpuCount = batch.gpuCount[index];
    node.source = batch.source[index] <= static_cast<std::uint8_t>(Source::simulated) ? batch.source[index] : std::uint8_t{0};
    m_rows += node.gpuCount;
    const auto self = static_cast<std::uint32_t>(m_nodes.size());
    m_nodes.push_back(node);
    while (static_cast<std::uint64_t>(m_chunkNodes.size()) * kChunkRows < m_rows) m_chunkNodes.push_back(self);
    indexName(self);
}

/// Nodes come in physical order: a node's place is nearly always that of one just before. Looking no further back bounds the cost; a
/// second copy of an entry does no harm.
std::uint32_t SiteIdentity::placeIndex(const PlaceEntry& entry) {
    constexpr std::size_t kLookBack = 16;
    const std::size_t from = m_places.size() > kLookBack ? m_places.size() - kLookBack : 0;
    for (std::size_t i = m_places.size(); i > from; --i)
        if (m_places[i - 1] == entry) return static_cast<std::uint32_t>(i - 1);
    m_places.push_back(entry);
    return static_cast<std::uint32_t>(m_places.size() - 1);
}

/// The slot that holds the name, or the empty one where it would go.
std::size_t SiteIdentity::slotOf(std::string_view wanted) const {
    std::size_t slot = std::hash<std::string_view>()(wanted) % m_nameSlots.size();
    while (m_nameSlots[slot] != 0 && name(m_nameSlots[slot] - 1) != wanted) slot = slot + 1 == m_nameSlots.size() ? 0 : slot + 1;
    return slot;
}

void SiteIdentity::indexName(std::uint32_t node) {
    if ((node + 1) * std::size_t{5} > m_nameSlots.size() * 4) rehash(m_nameSlots.size() * 2); // adds the node too
    m_nameSlots[slotOf(name(node))] = node + 1;
}

void SiteIdentity::rehash(std::size_t slots) {
    m_nameSlots.assign(slots, 0);
    for (std::uint32_t node = 0; node < nodeCount(); ++node) m_nameSlots[slotOf(name(node))] = node + 1;
}

void SiteIdentity::shrink() {
    m_strings.shrink_to_fit();
    m_names.shrink_to_fit();
    m_stringEnds.shrink_to_fit();
    m_places.shrink_to_fit();
    m_nodes.shrink_to_fit();
    m_chunkNodes.shrink_to_fit();
    std::vector<std::uint32_t>().swap(m_nameSlots);
    rehash(std::max(kFirstSlots, m_nodes.size() * 5 / 4 + 1));
}

std::uint32_t SiteIdentity::nodeOfRow(std::uint32_t row) const {
    const std::size_t chunk = row / kChunkRows;
    const auto first = m_nodes.begin() + m_chunkNodes[chunk];
    const auto last = chunk + 1 < m_chunkNodes.size() ? m_nodes.begin() + m_chunkNodes[chunk + 1] + 1 : m_nodes.end();
    const auto after = std::upper_bound(first, last, row, [](std::uint32_t value, const Node& node) { return value < node.firstRow; });
    // Nodes without GPUs share their first row with the next node, which upper_bound puts last.
    return static_cast<std::uint32_t>(after - m_nodes.begin()) - 1;
}

std::uint32_t SiteIdentity::find(std::string_view wanted) const {
    const std::uint32_t entry = m_nameSlots[slotOf(wanted)];
    return entry == 0 ? nodeCount() : entry - 1;
}

std::size_t SiteIdentity::memoryBytes() const {
    return m_strings.capacity() + m_names.capacity() + m_places.capacity() * sizeof(PlaceEntry) + m_nodes.capacity() * sizeof(Node) +
           (m_stringEnds.capacity() + m_nameSlots.capacity() + m_chunkNodes.capacity()) * sizeof(std::uint32_t);
}

} // namespace busbar::store
