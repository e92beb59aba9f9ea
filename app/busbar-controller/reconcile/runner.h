// Moves one target through its steps. Event thread only; everything noted in Work, nothing done before it is journaled.
#pragma once

#include "busbar-controller/reconcile/work.h"
#include "domain/lifecycle.h"

namespace busbar::controller {

/// waiting → running: the first step begins.
void startTarget(Work& work, const TargetRef& target);
/// Begins the first pending step.
void beginNextStep(Work& work, const TargetRef& target);
/// Begins the next step; where none is left the target ends well: it stays closed, as it was before the action.
void goOnOrEnd(Work& work, const TargetRef& target, const std::string& sentence);
/// Adds steps after the last one.
void appendSteps(Work& work, const TargetRef& target, const std::vector<StepKind>& kinds);
/// Sends the open step's command, or says that the target waits for its agent.
void dispatch(Work& work, const TargetRef& target);
/// Takes an agent's report; one for another than the open command is a repeat and changes nothing.
void takeReport(Work& work, const TargetRef& target, const StepReport& report);
/// Names the lease of its node at each blocker whose agent did not: agents do not know of leases.
void nameLease(const Work& work, const TargetRef& target);
/// The open step ends without a report (cancelled, out of time).
void endStep(Work& work, const TargetRef& target, const StepJudgement& judgement);
/// The open step's record is closed as `state` and nothing follows by itself.
void closeStep(Work& work, const TargetRef& target, StepState state, std::string sentence);
/// Sends the open read again under a new command id.
void repeatStep(Work& work, const TargetRef& target);
void endTarget(Work& work, const TargetRef& target, TargetState state, std::string sentence);
/// Service and end of a target whose drain did not come to its end: the node stays closed.
void failDrain(Work& work, const TargetRef& target, StepState how, const std::string& sentence);

/// Service of what the target is about: its node, or the GPUs of the action's scope (which move together).
Service serviceOf(const Work& work, const TargetRef& target);
/// Moves it. A return of the whole node takes along its GPUs that were closed apart; any other action leaves those closed.
void moveService(Work& work, const TargetRef& target, Service service, const std::string& why);
/// "the node", or "the GPU" where the action has a scope.
std::string subjectOf(const TargetRef& target);
/// A step after a verified close did not come to its end: what was closed stays closed.
void failClosed(Work& work, const TargetRef& target, const StepRecord& step);

/// Adds evidence of a move in the controller's own books, which the journal's transaction proves: of the node, or of each GPU of the scope.
void noteMove(const Work& work, const TargetRef& target, StepRecord& step, Service before, Service after);
/// Service before the action closed the node; unknown when it did not.
Service serviceBefore(const TargetRecord& target);
/// "action pdx1/01J…: reason", for service changes.
std::string whyOf(const Action& action);

} // namespace busbar::controller
