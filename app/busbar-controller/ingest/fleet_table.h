// The site's fleet in memory, written by ingest and the reconciler, read by planning, fan-out and detail. See fleet_state.h.
// All functions are thread-safe: one mutex, held for microseconds (milliseconds while a snapshot is copied). No call goes out while it
// is held, but `read` callbacks: those must not call back.
#pragma once

#include "base/clock.h"
#include "busbar-controller/core/ports.h"
#include "busbar-controller/ingest/fleet_state.h"

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace busbar::controller {

/// Clocks of agent and controller may differ by this much before it is told (it never counts for staleness).
inline constexpr std::int64_t kClockSkewToldMs = 5'000;

class FleetTable final : public FleetView, public FactsSink {
public:
    struct Options {
        std::string site;
        /// Service of a node that this life of the controller has not seen yet; default open.
        std::function<Service(const std::string& nodeId)> storedService;
        /// What faults mean: the embedded tables, or with a site's own rows.
        std::shared_ptr<const HealthTables> health = HealthTables::builtIn();
        /// State of a live node that no action has moved yet: `ready`, or `discovered` where nodes are provisioned before use.
        NodeState newNodes = NodeState::ready;
        /// Changes of facts are handed out by takeChanges(), which somebody calls.
        bool keepsHistory = false;
    };
    FleetTable(const Clock& clock, Options options);

    // FleetView
    std::vector<NodeStatus> nodes() const override;
    std::optional<NodeStatus> node(const std::string& nodeId) const override;
    StatusOr<Resolved> resolve(const std::string& filter) const override;
    // FactsSink
    void setService(const std::string& nodeId, Service service, const std::string& why, const std::string& who) override;
    void setState(const std::string& nodeId, NodeState state, const std::string& why, const std::string& who) override;
    void setOccupancy(const std::string& nodeId, Occupancy occupancy, const std::optional<LeaseInfo>& lease, const std::string& why, const std::string& who) override;
    void setClosedGpus(const std::string& nodeId, const std::vector<GpuClose>& closed) override;
    void setOverride(const std::string& nodeId, const std::string& sentence, const std::string& who) override;
    void addEvent(const FleetEvent& event) override;

    /// Takes a node's Hello; answers its index, or why not (too many nodes).
    StatusOr<std::uint32_t> applyHello(const AgentHello& hello);
    /// A node remembered from before the restart: shown as late, then lost, until its agent is back.
    Status remember(const AgentHello& hello, std::int64_t lastSeenWallMs);
    /// A change that was kept, oldest first, before the table knows its node.
    void restoreChange(NumberedChange change);
    /// Changes since the last call.
    std::vector<NumberedChange> takeChanges();
    void applyInventory(std::uint32_t node, const Inventory& inventory);
    void applyTelemetry(std::uint32_t node, const TelemetryFrame& frame);
    void applyAgentEvent(std::uint32_t node, FleetEvent event);
    /// Any other message of the node: it lives.
    void heard(std::uint32_t node);
    /// The stream closed: late and lost count from now.
    void closed(std::uint32_t node, const std::string& why);
    /// A message that wire refused; counted and shown on the node.
    void refuseMessage(std::uint32_t node, const std::string& why);

    /// Moves links to late and lost, lets findings and leases run out; answers the ids of nodes that are lost from now on. Call it
    /// at least each second.
    std::vector<std::string> tick();

    /// Serial and link of a node, for admission; nullopt when unknown.
    struct Presence { std::string serial; Link link = Link::unknown; };
    std::optional<Presence> presence(const std::string& name) const;

    StatusOr<NodeDetail> describe(const std::string& nodeId) const;
    /// Details of all nodes `filter` resolves to, and how many were left out.
    StatusOr<std::pair<std::vector<NodeDetail>, std::int64_t>> list(const std::string& filter, bool detail) const;

    /// The controller's wall clock: what it answers is as of then.
    std::int64_t wallMs() const { return m_clock.wallMs(); }

    /// Runs `reader` on the state under the lock.
    void read(const std::function<void(const FleetState&)>& reader) const;
    /// Closes the open revision first, so that what is read is exactly that revision.
    void cutAndRead(const std::function<void(const FleetState&)>& reader);

private:
    NodeStatus statusOf(std::uint32_t index) const;
    NodeDetail detailOf(std::uint32_t index, bool full) const;
    std::vector<std::string> reasonsOf(std::uint32_t index) const;
    std::optional<std::uint32_t> indexOf(const std::string& nodeId) const;

    // fleet_hello.cpp
    std::uint32_t appendNode(const std::string& name, const AgentHello& hello);
    void writeIdentity(std::uint32_t index, const AgentHello& hello);
    bool sameIdentity(std::uint32_t index, const AgentHello& hello) const;
    void changeIdentity(std::uint32_t index, const AgentHello& hello);
    void noteReboot(std::uint32_t index, const std::string& bootId);
    void noteReimage(std::uint32_t index, const Inventory& now);
    void defineLeases(std::uint32_t index, const std::vector<LeaseInfo>& leases);
    void resetGpus(std::uint32_t index);

    // fleet_history.cpp
    void noteChange(std::uint32_t index, FactChange change);
    void recall(std::uint32_t index, const std::string& name);
    void settle(std::uint32_t index);

    // fleet_phases.cpp
    void notePhases(std::uint32_t index, const NodeFacts& before);
    /// A sentence for each phase that takes longer than it may.
    std::vector<std::string> overLimit(std::uint32_t index) const;
    void tellOverLimit(std::uint32_t index);

    // fleet_telemetry.cpp
    void applyColumns(std::uint32_t index, const std::vector<MetricColumn>& columns);
    void applyLeases(std::uint32_t index, const std::vector<std::string>& leaseIds);
    void judge(std::uint32_t index);
    void publishHealth(std::uint32_t index, const std::string& why);
    void publishOccupancy(std::uint32_t index, const std::string& why, const std::string& who);
    void holdLease(std::uint32_t index, std::size_t gpu, std::uint32_t lease);
    void applyBook(std::uint32_t index);
    NodeState stateOf(std::uint32_t index) const;
    void checkClock(std::uint32_t index, std::int64_t observedWallMs);
    void markHeard(std::uint32_t index);
    void setLink(std::uint32_t index, Link link, const std::string& why);
    void setFacts(std::uint32_t index, NodeFacts facts, const std::string& why, const std::string& who);
    void expireXids(std::uint32_t index, std::int64_t nowMs);

    FleetEvent eventOf(std::uint32_t index, EventKind kind, int severity, std::string text) const;

    const Clock& m_clock;
    const Options m_options;
    const std::int64_t m_startBootMs;
    mutable std::mutex m_mutex;
    FleetState m_state;
    /// What the reconciler said of a node, also before its agent came.
    struct Book {
        std::optional<NodeState> state;
        std::string stateWhy;
        std::optional<Occupancy> occupancy;
        std::optional<LeaseInfo> lease;
        std::string why, who; ///< of the occupancy
        std::vector<GpuClose> closedGpus;
        std::string overrideWhy; ///< of a failed check; empty: none stands
    };
    std::unordered_map<std::string, Book> m_books; ///< by node id
    struct Past {
        std::deque<FactChange> history;
        std::uint64_t next = 0;
    };
    std::unordered_map<std::string, Past> m_past; ///< by node name, of nodes that are not known yet
    std::vector<NumberedChange> m_unkept;
};

} // namespace busbar::controller
