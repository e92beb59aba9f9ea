// The columns of the node table: one table of keys, titles and query fields for model, header, cell filters and export.
// Pure values, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace busbar::items {

/// In the order of a table that nobody has rearranged.
enum class NodeColumn : std::uint8_t {
    mark, node, site, source, model, state, service, occupancy, health, link, gpus, utilisation, power, temperature, xid, lease, tenant,
    leaf, hall, row, rack, rackClass, unit, pdu, driver, age, count_
};
inline constexpr std::size_t kNodeColumns = static_cast<std::size_t>(NodeColumn::count_);

/// What the header draws of a column over the whole result.
enum class ColumnChart : std::uint8_t {
    none,
    distinct, ///< how many different words: "74 leaves"
    shares,   ///< a bar cut by the words' shares
    bars      ///< a histogram of numbers
};

struct NodeColumnInfo {
    NodeColumn column;
    std::string_view key;   ///< in settings and as head of an exported column, unit included: "power_kw"
    std::string_view title; ///< with its unit: "kW"
    std::string_view field; ///< of the query language, to sort and to filter by; empty: there is none
    bool number;            ///< right-aligned; its raw value is a number
    ColumnChart chart;
    std::string_view plural; ///< what `distinct` counts
    bool shown;             ///< in a table that nobody has rearranged
};

const NodeColumnInfo& infoOf(NodeColumn column);
std::span<const NodeColumnInfo> nodeColumns();
std::optional<NodeColumn> parseNodeColumn(std::string_view key);
/// The column that sorts by `field`, if any.
std::optional<NodeColumn> columnOfField(std::string_view field);

} // namespace busbar::items
