#include "busbar-controller/reconcile/step_rule.h"

namespace busbar::controller {

const StepRule& ruleOf(StepKind kind) {
    switch (kind) {
    case StepKind::close: return kCloseRule;
    case StepKind::wait: return kWaitRule;
    case StepKind::terminate: return kTerminateRule;
    case StepKind::verify: return kVerifyRule;
    case StepKind::inspect: return kInspectRule;
    case StepKind::precheck: return kPrecheckRule;
    case StepKind::scrub: return kScrubRule;
    case StepKind::configure: return kConfigureRule;
    case StepKind::openLease: return kOpenLeaseRule;
    case StepKind::canary: return kCanaryRule;
    case StepKind::releaseLease: return kReleaseLeaseRule;
    case StepKind::burnIn: return kBurnInRule;
    case StepKind::resetGpu: return kResetGpuRule;
    case StepKind::reboot: return kRebootRule;
    case StepKind::identify: return kIdentifyRule;
    case StepKind::mig: return kMigRule;
    default: return kReopenRule;
    }
}

void beginNothing(Work&, const TargetRef&, StepRecord&) {}
void fillNothing(const Work&, const TargetRef&, StepCommand&) {}

} // namespace busbar::controller
