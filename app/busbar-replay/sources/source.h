// What drives a FleetModel: the recorded trace, a recording of one node, or the simulator. Not thread-safe: the replay's loop.
#pragma once

#include "busbar-replay/model/fleet_model.h"

#include <map>
#include <memory>

namespace busbar::replay {

/// What a node does to its link at a tick (simulator only).
struct LinkFault {
    std::uint32_t node = 0;
    std::int64_t silentMs = 0; ///< sends nothing
    std::int64_t downMs = 0;   ///< hangs up
};

class SourceModel {
public:
    virtual ~SourceModel() = default;
    virtual FleetModel& fleet() = 0;
    virtual Source source() const = 0;
    /// What stands where a node's driver is named.
    virtual std::string driver() const = 0;
    virtual std::vector<std::string> provenance(std::uint32_t node) const = 0;
    /// Jobs up to now; events that happened; links to break.
    virtual void advance(std::int64_t wallMs, std::vector<FleetEvent>& events, std::vector<LinkFault>& faults) = 0;
    /// A column a metric, a value a slot: what the node's agent would read now.
    virtual std::vector<MetricColumn> columns(std::uint32_t node, std::int64_t wallMs) = 0;
    /// Why a metric has no value.
    virtual std::map<Metric, std::string> unsupported(std::uint32_t node) const = 0;
    /// For the status line: "trace day 3.2 of 31, 4012 GPUs busy".
    virtual std::string status() const = 0;
};

/// A number 0..1 that depends on its arguments only.
double hashed(std::uint32_t seed, std::uint32_t salt);
/// Smooth noise -1..1 of a seed over time, period about `periodMs`.
double wave(std::uint32_t seed, std::int64_t wallMs, double periodMs);
/// Racks of `nodesPerRack`, 12 racks a row, two halls: computed by us, the same for the same number.
Place placeOf(std::uint32_t node, int nodesPerRack);

} // namespace busbar::replay
