#include "widgets/controls/node_sign.h"

namespace busbar::controls {

namespace {

Sign restSign(const NodeFacts& facts) {
    switch (facts.state) {
    case NodeState::ready: break;
    case NodeState::planned:
    case NodeState::racked:
    case NodeState::retired: return Sign::absent;
    case NodeState::triage:
    case NodeState::repair:
    case NodeState::inspectingFailed:
    case NodeState::firmwareFailed:
    case NodeState::burnInFailed: return Sign::triage;
    case NodeState::discovered:
    case NodeState::inspecting:
    case NodeState::firmware:
    case NodeState::burnIn: return Sign::provisioning;
    case NodeState::unknown: return Sign::unknown;
    }
    switch (facts.occupancy) {
    case Occupancy::free: return Sign::free;
    case Occupancy::unknown: return Sign::unknown;
    case Occupancy::scrubFailed: return Sign::triage;
    default: return Sign::leased;
    }
}

} // namespace

Sign nodeSign(const NodeFacts& facts, bool stale) {
    const int priority = priorityOf(facts);
    if (stale) return priority == 1 ? Sign::p1Stale : priority == 2 ? Sign::p2Stale : Sign::unknown;
    if (priority == 1) return Sign::p1;
    if (facts.service == Service::closing || facts.service == Service::draining) return Sign::draining;
    if (priority == 2) return Sign::p2;
    if (priority == 3) return Sign::p3;
    return restSign(facts);
}

} // namespace busbar::controls
