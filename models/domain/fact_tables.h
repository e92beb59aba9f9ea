// The five facts of a node as tables (design/lifecycle.md §1): which event moves which value where, how long a phase may last, and a
// sentence for every move that does not exist. One source for the engine, the tests and the diagrams of the documentation.
// Pure functions over constants; thread-safe.
#pragma once

#include "base/status.h"
#include "domain/facts.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace busbar {

enum class StateEvent : std::uint8_t { plannedIn, scanned, contacted, inspectionBegun, inspectionFailed, firmwareBegun, firmwareFailed, burnInBegun, burnInFailed, proofCancelled, accepted, sentToTriage, repairBegun, repaired, retiredOut };
enum class ServiceEvent : std::uint8_t { firstContact, closeBegun, closeVerified, drainVerified, drainFailed, keptClosed, reopenBegun, reopened };
enum class OccupancyEvent : std::uint8_t { reserve, prepare, handOver, expire, scrubBegun, scrubFound, freed, repaired };
enum class LinkEvent : std::uint8_t { message, silentLong, silentTooLong };

std::string_view toString(StateEvent event);
std::string_view toString(ServiceEvent event);
std::string_view toString(OccupancyEvent event);
std::string_view toString(LinkEvent event);

template <typename Value, typename Event>
struct FactMove {
    Value from;
    Event event;
    Value to;
};
using StateMove = FactMove<NodeState, StateEvent>;
using ServiceMove = FactMove<Service, ServiceEvent>;
using OccupancyMove = FactMove<Occupancy, OccupancyEvent>;
using LinkMove = FactMove<Link, LinkEvent>;

std::span<const StateMove> stateMoves();
std::span<const ServiceMove> serviceMoves();
std::span<const OccupancyMove> occupancyMoves();
std::span<const LinkMove> linkMoves();

/// Where the event leads; FailedPrecondition "a node that is ready cannot be …" when it leads nowhere.
StatusOr<NodeState> next(NodeState from, StateEvent event);
StatusOr<Service> next(Service from, ServiceEvent event);
StatusOr<Occupancy> next(Occupancy from, OccupancyEvent event);
StatusOr<Link> next(Link from, LinkEvent event);

/// Health is no road but the worst of its findings: what a node's becomes when a finding says `worst` and its agent is there or not.
/// A node that lost contact is unknown, never ok; one whose agent is late for seconds keeps what it had.
Health healthOf(Health worst, Link link);

/// Out of use until somebody has repaired it.
bool isUnderRepair(NodeState state);
/// In a phase of its proof that has not ended.
bool isUnderProof(NodeState state);
/// A phase of bring-up that failed: it keeps its name.
bool isFailedPhase(NodeState state);

/// Longest time in a phase, seconds; 0: none. Burn-in's is its profile's.
int longestSecondsIn(NodeState state);
int longestSecondsIn(Service service);
int longestSecondsIn(Occupancy occupancy);

/// The tables as text for people: Markdown with a Mermaid diagram a fact. The documentation's copy is compared with it by a test.
std::string factDiagrams();

} // namespace busbar
