// open and release: the site's hooks that grant the tenant the GPUs and take them back (SSH key, Slurm reservation, Kubernetes label).
// Before open grants anything, all settings of the lease are read back once more: a scrub or a driver reload lies between.
// Idempotent: yes (hooks are journaled one by one). Interruptible: no. Destructive: no. Reads back: exit codes, settings.
// identify: the site's hooks that make the chassis blink, for the person who stands in front of it.
#include "busbar-agent/steps/hooks.h"
#include "busbar-agent/steps/settings.h"

namespace busbar::agent {
namespace {

StepReport runHookStep(StepContext& context, const char* event, const char* good) {
    StepReport report = reportOf(context, StepState::succeeded, good);
    report.evidence = runHooks(context, event);
    if (report.evidence.empty()) {
        report.evidence.push_back(evidenceOf(context, "node", fmt::format("hooks {}", event), "", "none installed", "", "hook", Verdict::asSet));
        report.sentence = fmt::format("no hook is installed under {}/{}", context.hooksDir.empty() ? "hooks.d" : context.hooksDir, event);
    }
    for (const Evidence& hook : report.evidence) {
        if (hook.verdict == Verdict::asSet) continue;
        report.state = hook.verdict == Verdict::notAsSet ? StepState::failed : StepState::unknown;
        report.sentence = fmt::format("{}: {}", hook.fact, hook.after);
        break;
    }
    return report;
}

} // namespace

StepReport runOpenLease(StepContext& context) {
    std::vector<Evidence> settings;
    if (context.policy.settingsAllowed && context.driver != nullptr) settings = readBackSettings(context);
    const StepState held = settings.empty() ? StepState::succeeded : strictStateOf(settings);
    StepReport report = held == StepState::succeeded ? runHookStep(context, "open", "the tenant has the GPUs: every hook ended well")
                                                     : reportOf(context, held, "nothing was granted: a setting does not hold: " + faultOf(settings));
    report.evidence.insert(report.evidence.begin(), settings.begin(), settings.end());
    return report;
}
StepReport runReleaseLease(StepContext& context) { return runHookStep(context, "release", "the tenant's access is gone: every hook ended well"); }

StepReport runIdentify(StepContext& context) {
    StepReport report = runHookStep(context, "identify", "the node shows itself");
    // Without a hook nothing blinks: a person who looks for it must not be told otherwise.
    if (report.evidence.front().after == "none installed") {
        report.state = StepState::failed;
        report.sentence += ": install one that lights this chassis' LED (ipmitool chassis identify)";
    }
    return report;
}

} // namespace busbar::agent
