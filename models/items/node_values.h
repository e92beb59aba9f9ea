// What a node's row says: its GPUs' values put together and its cells as text and as raw value. Made for the cells on screen and for
// export, never kept. A value that is not there is "?" (not read), "n/a" (the device lacks it) or "none" (no GPU), never 0 or blank.
// Pure functions over immutable snapshots, any thread.
#pragma once

#include "items/node_column.h"
#include "store/fleet_snapshot.h"

#include <QString>
#include <QVariant>

#include <cstdint>
#include <string>
#include <vector>

namespace busbar::items {

/// One number from the values of a node's GPUs.
struct Measure {
    double value = 0; ///< of the known ones; means nothing without any
    int known = 0, unread = 0, unsupported = 0;

    void count(std::int64_t plain) { ++(plain >= 0 ? known : plain == kNotSupported ? unsupported : unread); }
    bool any() const { return known > 0; }
};

// `value(metric, row)` gives plain values, for rows [first, first + gpus) of one node.

/// SM activity where the device has it, else GPU utilisation; kNotRead, kNotSupported.
template <typename Values>
std::int64_t utilisationOfGpu(const Values& value, std::uint32_t row) {
    const std::int64_t sm = value(Metric::smActive, row);
    return sm == kNotSupported ? value(Metric::gpuUtil, row) : sm;
}
/// Mean, in %.
template <typename Values>
Measure utilisationOf(const Values& value, std::uint32_t first, int gpus) {
    Measure measure;
    for (int gpu = 0; gpu < gpus; ++gpu) {
        const std::int64_t plain = utilisationOfGpu(value, first + static_cast<std::uint32_t>(gpu));
        measure.count(plain);
        if (plain >= 0) measure.value += static_cast<double>(plain);
    }
    if (measure.any()) measure.value /= measure.known;
    return measure;
}
/// Sum, in kW: at least `value` when some are not known.
template <typename Values>
Measure powerOf(const Values& value, std::uint32_t first, int gpus) {
    Measure measure;
    for (int gpu = 0; gpu < gpus; ++gpu) {
        const std::int64_t watts = value(Metric::power, first + static_cast<std::uint32_t>(gpu));
        measure.count(watts);
        if (watts >= 0) measure.value += static_cast<double>(watts) / 1000;
    }
    return measure;
}
/// Hottest GPU, in °C.
template <typename Values>
Measure temperatureOf(const Values& value, std::uint32_t first, int gpus) {
    Measure measure;
    for (int gpu = 0; gpu < gpus; ++gpu) {
        const std::int64_t celsius = value(Metric::temperature, first + static_cast<std::uint32_t>(gpu));
        measure.count(celsius);
        if (celsius >= 0 && static_cast<double>(celsius) > measure.value) measure.value = static_cast<double>(celsius);
    }
    return measure;
}

/// XIDs of the last 24 h of a node's GPUs.
struct XidCount {
    std::int64_t xid = 0; ///< of most GPUs, the larger one at a tie; 0 none
    int gpus = 0;         ///< that had it last
    int others = 0;       ///< different XIDs beside it
    int unread = 0;
};
XidCount xidsOf(const store::SiteSnapshot& site, std::uint32_t node);

/// Leases that hold GPUs of a node, each once.
struct LeasesOfNode {
    std::vector<const LeaseInfo*> leases;
    bool unknown = false; ///< a GPU's lease is not read, or not in the site's dictionary
};
LeasesOfNode leasesOf(const store::SiteSnapshot& site, std::uint32_t node);

/// Healthy nodes of a rack of all that stand in it.
struct RackClass {
    std::uint32_t healthy = 0, nodes = 0;
};

/// How old the newest word of a node is, in ms; -1 unknown. While its agent is connected that is the age of the site's last heartbeat (when
/// each agent was heard is not sent with every message, only that it was less than kAgentLateAfterMs ago); else the time since the agent's
/// last message, by the controller's clock up to the heartbeat and by ours since.
std::int64_t nodeAgeMs(const store::SiteSnapshot& site, std::uint32_t node, std::int64_t nowWallMs);
/// The last values are shown, but may not be true any more: the site's link is not live, or the node's is late or lost.
bool isStale(const store::SiteSnapshot& site, std::uint32_t node, std::int64_t nowWallMs);

/// A node in the snapshot and at the time that is shown.
struct NodeAt {
    const store::SiteSnapshot& site;
    std::uint32_t node;
    std::int64_t nowWallMs;
    RackClass rack;
};

/// "H100 80GB" of "NVIDIA H100 80GB HBM3".
std::string_view shortModel(std::string_view model);
/// The word of a column with one word a node (site, source, model, states, place, driver); `facts` are the node's. Empty: not known.
std::string_view columnWord(NodeColumn column, const store::SiteSnapshot& site, std::uint32_t node, const NodeFacts& facts);
/// What stands in the cell.
QString cellText(NodeColumn column, const NodeAt& at);
/// More about the cell, for its tooltip; empty when the text says all.
QString cellTip(NodeColumn column, const NodeAt& at);
/// The cell's value with full precision: a number for number columns, else a string; invalid when it is not known.
QVariant cellRaw(NodeColumn column, const NodeAt& at);

} // namespace busbar::items
