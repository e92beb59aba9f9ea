#include "items/node_column.h"

#include <array>

namespace busbar::items {
namespace {

using enum NodeColumn;
using enum ColumnChart;

constexpr std::array<NodeColumnInfo, kNodeColumns> kColumns{{
    {mark, "priority", "", "prio", false, none, "", true},
    {node, "node", "node", "node", false, distinct, "names", true},
    {site, "site", "site", "site", false, distinct, "sites", true},
    {source, "source", "source", "source", false, shares, "", true},
    {model, "model", "model", "model", false, shares, "", true},
    {state, "state", "state", "state", false, shares, "", true},
    {service, "service", "service", "service", false, shares, "", true},
    {occupancy, "occupancy", "occupancy", "occupancy", false, shares, "", false},
    {health, "health", "health", "health", false, shares, "", true},
    {link, "link", "link", "link", false, shares, "", false},
    {gpus, "gpu_util_percent", "GPUs, SM", "", false, none, "", true},
    {utilisation, "sm_percent", "SM %", "", true, bars, "", true},
    {power, "power_kw", "kW", "", true, bars, "", true},
    {temperature, "max_celsius", "max \u00b0C", "gpu.temp", true, bars, "", true},
    {xid, "xid_24h", "XID 24 h", "gpu.xid", true, none, "", true},
    {lease, "leases", "lease", "lease", false, distinct, "leases", true},
    {tenant, "tenants", "tenant", "tenant", false, distinct, "tenants", true},
    {leaf, "leaf", "leaf", "leaf", false, distinct, "leaves", true},
    {hall, "hall", "hall", "hall", false, distinct, "halls", false},
    {row, "row", "row", "row", false, distinct, "rows", false},
    {rack, "rack", "rack", "rack", false, distinct, "racks", false},
    {rackClass, "rack_healthy", "rack ok", "rack.healthy", true, none, "", true},
    {unit, "unit", "unit", "u", true, none, "", false},
    {pdu, "pdu", "pdu", "pdu", false, distinct, "PDUs", false},
    {driver, "driver", "driver", "driver", false, shares, "", true},
    {age, "age_s", "age s", "age", true, bars, "", true},
}};

} // namespace

const NodeColumnInfo& infoOf(NodeColumn column) { return kColumns[static_cast<std::size_t>(column) < kNodeColumns ? static_cast<std::size_t>(column) : 0]; }

std::span<const NodeColumnInfo> nodeColumns() { return kColumns; }

std::optional<NodeColumn> parseNodeColumn(std::string_view key) {
    for (const NodeColumnInfo& info : kColumns)
        if (info.key == key) return info.column;
    return std::nullopt;
}

std::optional<NodeColumn> columnOfField(std::string_view field) {
    for (const NodeColumnInfo& info : kColumns)
        if (!field.empty() && info.field == field) return info.column;
    return std::nullopt;
}

} // namespace busbar::items
