// What a kind of step does to the books, what its command carries, and what follows its end: one file a kind under steps/.
// Rules are stateless; they run on the event thread and only note intents in Work.
#pragma once

#include "busbar-controller/reconcile/work.h"
#include "domain/lifecycle.h"

namespace busbar::controller {

struct StepRule {
    /// The step begins: the books, before any command.
    void (*begin)(Work& work, const TargetRef& target, StepRecord& step);
    /// What only this kind's command carries.
    void (*fill)(const Work& work, const TargetRef& target, StepCommand& command);
    /// The step ended (not cancelled by a person): its record is written, this decides what follows.
    void (*ended)(Work& work, const TargetRef& target, StepRecord& step);
};

const StepRule& ruleOf(StepKind kind);

extern const StepRule kCloseRule, kWaitRule, kTerminateRule, kVerifyRule, kInspectRule, kReopenRule, kPrecheckRule, kScrubRule, kConfigureRule, kOpenLeaseRule,
    kCanaryRule, kReleaseLeaseRule, kBurnInRule, kResetGpuRule, kRebootRule, kIdentifyRule, kMigRule;

/// For rules without an own begin or fill.
void beginNothing(Work& work, const TargetRef& target, StepRecord& step);
void fillNothing(const Work& work, const TargetRef& target, StepCommand& command);

} // namespace busbar::controller
