#include "domain/facts.h"

#include <array>
#include <cstddef>

namespace busbar {
namespace {

using std::string_view;

constexpr std::array<string_view, 14> kStates{"unknown", "planned", "racked", "discovered", "inspecting", "firmware", "burn-in", "ready", "triage", "repair", "retired", "inspecting failed", "firmware failed", "burn-in failed"};
constexpr std::array<string_view, 8> kServices{"unknown", "open", "closing", "draining", "drained", "drain-failed", "closed", "opening"};
constexpr std::array<string_view, 9> kOccupancies{"unknown", "free", "reserved", "preparing", "leased", "expiring", "scrubbing", "scrub-failed", "mixed"};
constexpr std::array<string_view, 5> kHealths{"ok", "unknown", "watch", "degraded", "failed"};
constexpr std::array<string_view, 4> kLinks{"unknown", "connected", "late", "lost"};
constexpr std::array<string_view, 4> kSources{"unknown", "live", "replayed", "simulated"};

template <typename Enum, std::size_t N>
string_view nameOf(const std::array<string_view, N>& names, Enum value) {
    const auto index = static_cast<std::size_t>(value);
    return index < N ? names[index] : string_view("unknown");
}

template <typename Enum, std::size_t N>
std::optional<Enum> valueOf(const std::array<string_view, N>& names, string_view text) {
    for (std::size_t i = 0; i < N; ++i)
        if (names[i] == text) return static_cast<Enum>(i);
    return std::nullopt;
}

} // namespace

string_view toString(NodeState value) { return nameOf(kStates, value); }
string_view toString(Service value) { return nameOf(kServices, value); }
string_view toString(Occupancy value) { return nameOf(kOccupancies, value); }
string_view toString(Health value) { return nameOf(kHealths, value); }
string_view toString(Link value) { return nameOf(kLinks, value); }
string_view toString(Source value) { return nameOf(kSources, value); }

std::optional<NodeState> parseNodeState(string_view text) { return valueOf<NodeState>(kStates, text); }
std::optional<Service> parseService(string_view text) { return valueOf<Service>(kServices, text); }
std::optional<Occupancy> parseOccupancy(string_view text) { return valueOf<Occupancy>(kOccupancies, text); }
std::optional<Health> parseHealth(string_view text) { return valueOf<Health>(kHealths, text); }
std::optional<Link> parseLink(string_view text) { return valueOf<Link>(kLinks, text); }
std::optional<Source> parseSource(string_view text) { return valueOf<Source>(kSources, text); }

int priorityOf(const NodeFacts& facts) {
    const bool held = facts.occupancy == Occupancy::leased || facts.occupancy == Occupancy::mixed || facts.occupancy == Occupancy::expiring;
    if (facts.service == Service::drainFailed || (facts.health == Health::failed && held)) return 1;
    if (facts.health == Health::failed || facts.health == Health::degraded || facts.link == Link::lost) return 2;
    return facts.health == Health::watch ? 3 : 0;
}

} // namespace busbar
