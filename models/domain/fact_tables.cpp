#include "domain/fact_tables.h"

#include <array>

namespace busbar {
namespace {

constexpr std::array<std::string_view, 15> kStateEvents{"planned in", "scanned at its place", "first contact of its agent", "inspection begun", "inspection failed", "firmware begun", "firmware failed",
                                                        "burn-in begun", "burn-in failed", "proof cancelled", "accepted", "sent to triage", "repair begun", "repaired", "retired"};
constexpr std::array<std::string_view, 8> kServiceEvents{"first contact of its agent", "close begun", "close verified", "drain verified", "drain failed", "kept closed", "reopen begun", "reopened"};
constexpr std::array<std::string_view, 8> kOccupancyEvents{"reserve", "prepare", "hand over", "expire", "scrub begun", "scrub found an error", "freed", "repaired"};
constexpr std::array<std::string_view, 3> kLinkEvents{"message", "silent for 3 s", "silent for 15 s"};

using S = NodeState;
using E = StateEvent;
// A repaired node redoes discovery, inspection and burn-in: there is no short cut back to ready. A proof that was cancelled failed nothing and proved
// nothing: the node is where proofs begin, or in triage if it came from there. One whose end nobody knows begins anew.
constexpr StateMove kStateMoves[] = {
    {S::unknown, E::plannedIn, S::planned},
    {S::unknown, E::contacted, S::discovered},
    {S::unknown, E::accepted, S::ready},
    {S::planned, E::scanned, S::racked},
    {S::planned, E::contacted, S::discovered},
    {S::racked, E::contacted, S::discovered},
    {S::discovered, E::inspectionBegun, S::inspecting},
    {S::inspecting, E::inspectionFailed, S::inspectingFailed},
    {S::inspecting, E::firmwareBegun, S::firmware},
    {S::inspecting, E::burnInBegun, S::burnIn},
    {S::inspecting, E::inspectionBegun, S::inspecting},
    {S::inspecting, E::proofCancelled, S::discovered},
    {S::inspecting, E::sentToTriage, S::triage},
    {S::inspectingFailed, E::inspectionBegun, S::inspecting},
    {S::firmware, E::firmwareFailed, S::firmwareFailed},
    {S::firmware, E::burnInBegun, S::burnIn},
    {S::firmware, E::inspectionBegun, S::inspecting},
    {S::firmware, E::proofCancelled, S::discovered},
    {S::firmwareFailed, E::inspectionBegun, S::inspecting},
    {S::firmwareFailed, E::firmwareBegun, S::firmware},
    {S::burnIn, E::burnInFailed, S::burnInFailed},
    {S::burnIn, E::accepted, S::ready},
    {S::burnIn, E::inspectionBegun, S::inspecting},
    {S::burnIn, E::proofCancelled, S::discovered},
    {S::burnIn, E::sentToTriage, S::triage},
    {S::burnInFailed, E::inspectionBegun, S::inspecting},
    {S::ready, E::inspectionBegun, S::inspecting},
    {S::ready, E::sentToTriage, S::triage},
    {S::inspectingFailed, E::sentToTriage, S::triage},
    {S::firmwareFailed, E::sentToTriage, S::triage},
    {S::burnInFailed, E::sentToTriage, S::triage},
    {S::triage, E::repairBegun, S::repair},
    {S::triage, E::inspectionBegun, S::inspecting},
    {S::repair, E::repaired, S::discovered},
    {S::planned, E::retiredOut, S::retired},
    {S::racked, E::retiredOut, S::retired},
    {S::discovered, E::retiredOut, S::retired},
    {S::ready, E::retiredOut, S::retired},
    {S::triage, E::retiredOut, S::retired},
    {S::repair, E::retiredOut, S::retired},
};

using V = Service;
using W = ServiceEvent;
// An undone close goes through `opening`; a node whose agent comes back goes on from `drain-failed`.
constexpr ServiceMove kServiceMoves[] = {
    {V::unknown, W::firstContact, V::open},        {V::unknown, W::closeBegun, V::closing},      {V::open, W::closeBegun, V::closing},
    {V::closing, W::closeVerified, V::draining},   {V::closing, W::drainFailed, V::drainFailed}, {V::closing, W::reopenBegun, V::opening},
    {V::closing, W::keptClosed, V::closed},        {V::draining, W::drainVerified, V::drained},  {V::draining, W::drainFailed, V::drainFailed},
    {V::draining, W::reopenBegun, V::opening},     {V::draining, W::keptClosed, V::closed},      {V::draining, W::closeBegun, V::closing},
    {V::drained, W::reopenBegun, V::opening},      {V::drained, W::closeBegun, V::closing},      {V::drained, W::keptClosed, V::closed},
    {V::drainFailed, W::closeBegun, V::closing},   {V::drainFailed, W::closeVerified, V::draining}, {V::drainFailed, W::reopenBegun, V::opening},
    {V::drainFailed, W::keptClosed, V::closed},    {V::closed, W::reopenBegun, V::opening},      {V::closed, W::closeBegun, V::closing},
    {V::open, W::keptClosed, V::closed},           {V::opening, W::reopened, V::open},            {V::opening, W::keptClosed, V::closed},       {V::opening, W::closeBegun, V::closing},
};

using O = Occupancy;
using P = OccupancyEvent;
// scrub-failed GPUs are never leased again before repair. What was granted and could not be taken back is expiring: a release does it.
constexpr OccupancyMove kOccupancyMoves[] = {
    {O::unknown, P::freed, O::free},           {O::free, P::reserve, O::reserved},          {O::reserved, P::prepare, O::preparing},
    {O::reserved, P::freed, O::free},          {O::preparing, P::handOver, O::leased},      {O::preparing, P::scrubFound, O::scrubFailed},
    {O::preparing, P::freed, O::free},         {O::preparing, P::expire, O::expiring},      {O::leased, P::expire, O::expiring},
    {O::expiring, P::handOver, O::leased},     {O::expiring, P::scrubBegun, O::scrubbing},  {O::scrubbing, P::freed, O::free},
    {O::scrubbing, P::scrubFound, O::scrubFailed}, {O::scrubbing, P::expire, O::expiring},  {O::scrubFailed, P::repaired, O::free},
};

constexpr LinkMove kLinkMoves[] = {
    {Link::unknown, LinkEvent::message, Link::connected}, {Link::unknown, LinkEvent::silentLong, Link::late},      {Link::unknown, LinkEvent::silentTooLong, Link::lost},
    {Link::connected, LinkEvent::message, Link::connected}, {Link::connected, LinkEvent::silentLong, Link::late},  {Link::connected, LinkEvent::silentTooLong, Link::lost},
    {Link::late, LinkEvent::message, Link::connected},    {Link::late, LinkEvent::silentLong, Link::late},         {Link::late, LinkEvent::silentTooLong, Link::lost},
    {Link::lost, LinkEvent::message, Link::connected},    {Link::lost, LinkEvent::silentLong, Link::lost},         {Link::lost, LinkEvent::silentTooLong, Link::lost},
};

template <typename Value, typename Event>
StatusOr<Value> find(std::span<const FactMove<Value, Event>> moves, Value from, Event event, std::string_view fact) {
    for (const auto& move : moves)
        if (move.from == from && move.event == event) return move.to;
    return refused("a node whose {} is {} does not take \"{}\"", fact, toString(from), toString(event));
}

std::string identifierOf(std::string_view text) {
    std::string out;
    for (const char c : text) out += c == '-' || c == ' ' ? '_' : c;
    return out;
}

template <typename Value, typename Event>
std::string diagram(std::span<const FactMove<Value, Event>> moves, std::string_view fact) {
    std::string text = fmt::format("## {}\n\n```mermaid\nstateDiagram-v2\n", fact);
    for (const auto& move : moves)
        if (move.from != move.to) text += fmt::format("    {} --> {}: {}\n", identifierOf(toString(move.from)), identifierOf(toString(move.to)), toString(move.event));
    return text + "```\n\n";
}

template <typename Value>
void addLongest(std::string& text, std::string_view fact, std::initializer_list<Value> values) {
    for (const Value value : values)
        if (const int seconds = longestSecondsIn(value); seconds > 0) text += fmt::format("| {} | {} | {} min |\n", fact, toString(value), seconds / 60);
}

} // namespace

std::string_view toString(StateEvent event) { return kStateEvents[static_cast<std::size_t>(event)]; }
std::string_view toString(ServiceEvent event) { return kServiceEvents[static_cast<std::size_t>(event)]; }
std::string_view toString(OccupancyEvent event) { return kOccupancyEvents[static_cast<std::size_t>(event)]; }
std::string_view toString(LinkEvent event) { return kLinkEvents[static_cast<std::size_t>(event)]; }

std::span<const StateMove> stateMoves() { return kStateMoves; }
std::span<const ServiceMove> serviceMoves() { return kServiceMoves; }
std::span<const OccupancyMove> occupancyMoves() { return kOccupancyMoves; }
std::span<const LinkMove> linkMoves() { return kLinkMoves; }

StatusOr<NodeState> next(NodeState from, StateEvent event) { return find(stateMoves(), from, event, "state"); }
StatusOr<Service> next(Service from, ServiceEvent event) { return find(serviceMoves(), from, event, "service"); }
StatusOr<Occupancy> next(Occupancy from, OccupancyEvent event) { return find(occupancyMoves(), from, event, "occupancy"); }
StatusOr<Link> next(Link from, LinkEvent event) { return find(linkMoves(), from, event, "link"); }

Health healthOf(Health worst, Link link) { return link == Link::lost ? Health::unknown : worst; }

bool isUnderRepair(NodeState state) { return state == NodeState::triage || state == NodeState::repair; }
bool isUnderProof(NodeState state) { return state == NodeState::inspecting || state == NodeState::firmware || state == NodeState::burnIn; }
bool isFailedPhase(NodeState state) { return state == NodeState::inspectingFailed || state == NodeState::firmwareFailed || state == NodeState::burnInFailed; }

int longestSecondsIn(NodeState state) {
    switch (state) {
    case NodeState::inspecting: return 5 * 60;
    case NodeState::firmware: return 6 * 3600;
    case NodeState::discovered:
    case NodeState::triage: return 30 * 60;
    default: return 0; // planned, racked and repair wait for people; burn-in has its profile's time; the others are no phases.
    }
}

int longestSecondsIn(Service service) {
    switch (service) {
    case Service::closing:
    case Service::opening: return 30 * 60;
    default: return 0; // draining has its action's deadline.
    }
}

int longestSecondsIn(Occupancy occupancy) {
    switch (occupancy) {
    case Occupancy::preparing:
    case Occupancy::scrubbing: return 30 * 60;
    default: return 0;
    }
}

std::string factDiagrams() {
    std::string text = "# The facts of a node\n\nMade from the tables in models/domain/fact_tables.cpp; a test compares. Health is no road: it is the worst of a node's findings, and unknown while its agent is "
                       "lost.\n\nPlanning, racking, firmware, repair and retirement are moved by build-out, which is not there yet. Until then a node's first contact makes it ready or discovered "
                       "(`new_nodes` of controller.toml), and provision leads out of triage.\n\n";
    text += diagram(stateMoves(), "state") + diagram(serviceMoves(), "service") + diagram(occupancyMoves(), "occupancy") + diagram(linkMoves(), "link");
    text += "## health\n\n| the worst of its findings | agent connected or late | agent lost |\n|---|---|---|\n";
    for (const Health worst : {Health::ok, Health::watch, Health::degraded, Health::failed, Health::unknown})
        text += fmt::format("| {} | {} | {} |\n", toString(worst), toString(healthOf(worst, Link::late)), toString(healthOf(worst, Link::lost)));
    text += "\n## longest times\n\n| fact | value | longest |\n|---|---|---|\n";
    addLongest(text, "state", {NodeState::discovered, NodeState::inspecting, NodeState::firmware, NodeState::triage});
    addLongest(text, "service", {Service::closing, Service::opening});
    addLongest(text, "occupancy", {Occupancy::preparing, Occupancy::scrubbing});
    return text;
}

} // namespace busbar
