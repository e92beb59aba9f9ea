// Whether a node can be a target, and the sentence that says what will be done with it, or why not and the way out. Pure, thread-safe.
#pragma once

#include "busbar-controller/core/ports.h"

#include <string>

namespace busbar::controller {

struct Eligibility {
    bool eligible = false;
    std::string sentence;
};

/// `holder` is the id of the action that holds the node, "" for none.
Eligibility judgeTarget(const PlanRequest& request, const NodeStatus& node, const std::string& holder);

/// True for a service that a reset or a reboot brings back at its end; what was not open stays closed.
bool opensAgain(Service service);
/// True for a service that ended closed on purpose, by a drain, a person or an unasked reboot: a release leaves it so, since whoever closed it
/// waits for more than the tenant's end.
bool isKeptClosed(Service service);
/// True for a node whose release ends in triage and not in use: its tenant reports it as faulty, or it is in triage already.
bool needsRepair(const PlanRequest& request, const NodeStatus& node);

/// Distinct lease ids of a node's GPUs.
std::vector<std::string> leasesOf(const NodeStatus& node);

/// "10 min", "1 h 30 min", "45 s" of milliseconds.
std::string formatSpan(std::int64_t ms);

} // namespace busbar::controller
