// The five separate facts of a node (design/lifecycle.md §1) and where its data come from. Numeric values are the
// wire's and the store's: never renumber. Pure values, thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace busbar {

enum class NodeState : std::uint8_t { unknown, planned, racked, discovered, inspecting, firmware, burnIn, ready, triage, repair, retired, inspectingFailed, firmwareFailed, burnInFailed };
enum class Service : std::uint8_t { unknown, open, closing, draining, drained, drainFailed, closed, opening };
/// Of one GPU; a node shows the mix (Occupancy::mixed exists on nodes only).
enum class Occupancy : std::uint8_t { unknown, free, reserved, preparing, leased, expiring, scrubbing, scrubFailed, mixed };
/// Ordered by how bad: the worst of parts is the maximum, where unknown counts less than a known fault.
enum class Health : std::uint8_t { ok, unknown, watch, degraded, failed };
enum class Link : std::uint8_t { unknown, connected, late, lost };
/// `live` an agent on hardware, `replayed` recorded data, `simulated` a model. Always carried, always visible.
enum class Source : std::uint8_t { unknown, live, replayed, simulated };

/// A GPU's own service that is to be shown beside its node's: it was closed apart from it.
inline bool isClosedApart(Service gpu) { return gpu != Service::unknown && gpu != Service::open; }

std::string_view toString(NodeState value);
std::string_view toString(Service value);
std::string_view toString(Occupancy value);
std::string_view toString(Health value);
std::string_view toString(Link value);
std::string_view toString(Source value);

/// The value of a word as toString prints it (case-sensitive), nullopt for others.
std::optional<NodeState> parseNodeState(std::string_view text);
std::optional<Service> parseService(std::string_view text);
std::optional<Occupancy> parseOccupancy(std::string_view text);
std::optional<Health> parseHealth(std::string_view text);
std::optional<Link> parseLink(std::string_view text);
std::optional<Source> parseSource(std::string_view text);

/// The five facts; `unknown` where not reported.
struct NodeFacts {
    NodeState state = NodeState::unknown;
    Service service = Service::unknown;
    Occupancy occupancy = Occupancy::unknown;
    Health health = Health::unknown;
    Link link = Link::unknown;
    bool operator==(const NodeFacts&) const = default;
};

/// How urgently a person should look: 1 = a drain that failed, or a failed node that holds a lease; 2 = any other failed, degraded or lost
/// node; 3 = one to watch; 0 = none (health.md §6: P1..P3).
int priorityOf(const NodeFacts& facts);

// Limits of design.md §6, the same everywhere, in milliseconds.
inline constexpr std::int64_t kAgentLateAfterMs = 3'000;
inline constexpr std::int64_t kAgentLostAfterMs = 15'000;
inline constexpr std::int64_t kSiteStaleAfterMs = 3'000;
inline constexpr std::int64_t kSiteLostAfterMs = 15'000;
inline constexpr std::int64_t kRestartGraceMs = 30'000;

} // namespace busbar
