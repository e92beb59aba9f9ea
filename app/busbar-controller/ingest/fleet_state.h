// What the controller knows of its site, in memory: nodes as columns (append-only within an epoch), metrics of GPU slots as columns,
// strings once, leases, events, and a record per node for what is only shown in detail.
//
// Revision: grows by one at each cut (a publication); everything written since carries the stamp revision + 1. Whoever saw revision
// R finds what is new by `stamp > R`. The revision goes on over epochs; an epoch ends when the rows or identities of known nodes change.
// Plain data: FleetTable guards it with one mutex.
#pragma once

#include "busbar-controller/health/node_health.h"
#include "busbar-controller/ingest/lease_book.h"
#include "busbar-controller/ingest/metric_table.h"
#include "domain/fleet_batch.h"
#include "domain/node.h"

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace busbar::controller {

/// Events of the site kept in memory, and of each node for its detail.
inline constexpr std::size_t kMaxSiteEvents = 4096;
inline constexpr std::size_t kMaxNodeEvents = 64;
inline constexpr std::size_t kMaxFactChanges = 256;
/// Nodes and GPU slots one controller takes (design.md §12: 8,192 agents, 65,536 GPUs; room for a load test of twice that).
inline constexpr std::size_t kMaxNodes = 32'768;
inline constexpr std::size_t kMaxRows = 262'144;

/// Each string of names and places once; index 0 is "".
class StringTable {
public:
    StringTable() : m_texts{""}, m_stamps{0} { m_index.emplace("", 0); }
    std::uint32_t add(const std::string& text, std::uint32_t stamp);
    const std::string& text(std::uint32_t index) const { return m_texts[index]; }
    /// Strings added after `since`, in order; they follow those that a watcher at `since` has.
    std::vector<std::string> addedSince(std::uint32_t since) const;

private:
    std::vector<std::string> m_texts;
    std::vector<std::uint32_t> m_stamps;
    std::unordered_map<std::string, std::uint32_t> m_index;
};

/// One entry a node in each vector.
struct NodeColumns {
    std::vector<std::string> names;
    std::vector<std::uint32_t> hall, row, rack, leaf, pdu, model, driver; ///< indices into the StringTable
    std::vector<std::uint8_t> unit, gpuCount, source;
    std::vector<std::uint32_t> firstRow;
    std::vector<NodeFacts> facts;
    std::vector<std::uint32_t> factsStamp, addedStamp;
    std::vector<std::int64_t> lastHeardBootMs; ///< a message, or the close of the stream
    std::vector<std::int64_t> lastSeenWallMs;  ///< last message, for people; 0 never in this life of the controller
    std::uint32_t count() const { return static_cast<std::uint32_t>(names.size()); }
};

/// A change with its number among all of its node, from 0.
struct NumberedChange {
    std::string name; ///< of the node
    std::uint64_t number = 0;
    FactChange change;
};

/// What only detail shows.
struct NodeRecord {
    std::string id;
    Place place;
    Inventory inventory;
    AgentPolicy policy;
    std::string agentVersion, instanceId, serviceWhy;
    std::vector<GpuClose> closedGpus; ///< closed apart from the node
    bool heard = false;              ///< spoke in this life of the controller
    std::vector<Process> processes;
    std::int64_t processesWallMs = 0;
    HostSample host;
    std::vector<std::string> stuck;
    std::deque<FleetEvent> events;
    std::deque<FactChange> history;
    std::uint64_t changes = 0;       ///< number of the next one
    bool settles = false;            ///< after a restart: what it was and what nodes and books say now have yet to come together
    NodeHealth health;
    std::vector<std::uint32_t> gpuLease; ///< lease index per slot
    std::vector<std::int64_t> xidWallMs; ///< of Metric::lastXid per slot
    /// Boot ms of the last column per metric; 0 never.
    std::array<std::int64_t, static_cast<std::size_t>(Metric::count_)> arrivedBootMs{};
    std::uint64_t refusedValues = 0;
    std::string refusedWhy;             ///< of the last one
    std::int64_t skewSinceBootMs = 0;   ///< clocks differ since; 0 they do not
    struct PhaseClock {
        std::int64_t sinceBootMs = 0; ///< 0: not seen to begin
        bool told = false;            ///< that it took too long
    };
    std::array<PhaseClock, 3> phases; ///< of state, service, occupancy
};

struct FleetState {
    std::string site;
    std::uint64_t epoch = 0, revision = 0;
    NodeColumns nodes;
    StringTable strings;
    MetricTable metrics;
    LeaseBook leases;
    std::vector<std::unique_ptr<NodeRecord>> records;
    std::unordered_map<std::string, std::uint32_t> byName;
    struct StampedEvent {
        FleetEvent event;
        std::uint32_t stamp = 0;
    };
    std::deque<StampedEvent> events;
    std::uint64_t lastEventId = 0;

    /// Stamp of what is written now.
    std::uint32_t stamp() const { return static_cast<std::uint32_t>(revision + 1); }
    std::uint64_t cut() { return ++revision; }
    /// Gives the event its id and puts it into the site's and its node's log.
    void addEvent(FleetEvent event);
};

} // namespace busbar::controller
