// What people read: nodes, plans and actions as text. Pure functions; the text ends with a newline.
#pragma once

#include "busbarctl/link/site_link.h"

#include <string>
#include <vector>

namespace busbar::ctl {

std::string nodeTable(const std::vector<NodeDetail>& nodes);
std::string nodeText(const NodeDetail& node);
/// Plan with blast radius, and which nodes are left out and why.
std::string planText(const Plan& plan);
std::string actionTable(const std::vector<Action>& actions);
/// Who decided what, waves, targets, steps, blockers and evidence.
std::string actionText(const Action& action);
/// Each node's steps with what was read back and measured, who signed it and when.
std::string evidenceText(const ProvenEvidence& evidence);
/// Whose evidence of the action's it is: "all its 40 nodes", "pdx1/n1 only, one of its 40 nodes".
std::string extentText(const ProvenEvidence& evidence);
/// One line: "pdx1/01H… drain: running, 3 of 8 nodes done; …".
std::string actionLine(const Action& action);
/// "97 %", or "not supported".
std::string metricText(const GpuDetail::Value& value);

} // namespace busbar::ctl
