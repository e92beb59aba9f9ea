// What a proof looks at in an action's JSON (resources/schema/action.json). Pure functions.
#pragma once

#include "busbarctl/proof/verdict.h"

namespace busbar::ctl {

struct ExpectedAction {
    std::string file;               ///< of the part
    std::string what;               ///< "leased"
    std::vector<std::string> steps; ///< kinds that must have succeeded with evidence
};

/// Is it an action, and not a plan or the node.
bool isAction(const Json& file);

/// Adds: the action succeeded; each expected step did so, with every fact as set and every judged figure passed.
void checkAction(const ProofPart& part, const ExpectedAction& expected, std::vector<ProofCheck>& checks);

/// Adds, where there was an action: the nodes' signed reports of it are exported.
void checkExport(const ProofPart& part, std::vector<ProofCheck>& checks);

/// All figures of all steps, each with what the action was for added as "action" ("leased") and the step's kind as "step".
std::vector<Json> figuresOf(const std::string& name, const Json& action);

/// How far a running step of this kind was.
std::string progressOf(const Json& action, const std::string& kind);

/// What was read for a fact of this name; empty when it is nowhere.
std::string evidenceOf(const Json& action, const std::string& fact);

} // namespace busbar::ctl
