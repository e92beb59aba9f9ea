#include "busbarctl/commands/commands.h"
#include "busbarctl/commands/submit_flow.h"
#include "busbarctl/commands/targets.h"
#include "busbarctl/duration.h"

#include "base/clock.h"

#include <optional>
#include <tuple>

namespace busbar::ctl {
namespace {

// What no GPU reaches; what this one takes stands in the plan.
constexpr int kMostWatts = 10'000, kMostMhz = 10'000;

struct LeaseOptions {
    Targets targets;
    SubmitFlags flags;
    std::string tenant, duration = "0";
    std::int64_t powerLimit = 0, clock = 0;
    std::string computeMode, persistence, mig, ecc;
    bool allOrNothing = false;
};

/// "on" or "off" as CLI11 let it through; unset: the setting is left.
std::optional<bool> switchOf(const std::string& text) { return text.empty() ? std::nullopt : std::optional(text == "on"); }

StatusOr<PlanRequest> requestOf(const LeaseOptions& options) {
    PlanRequest request;
    if (options.tenant.empty()) return invalid("--tenant is required: who gets the nodes");
    request.verb = Verb::lease;
    request.filter = options.targets.filter;
    request.details.tenant = options.tenant;
    request.allOrNothing = options.allOrNothing;
    const auto duration = parseDuration(options.duration);
    if (!duration.ok()) return invalid("--for: {}", sentenceOf(duration.status()));
    if (*duration > 0) request.details.untilWallMs = systemClock().wallMs() + *duration;
    if (options.powerLimit > 0) request.details.settings.powerLimitWatts = options.powerLimit;
    if (options.clock > 0) request.details.settings.lockedClockMhz = options.clock;
    if (options.computeMode == "default") request.details.settings.computeMode = 0;
    if (options.computeMode == "exclusive-process") request.details.settings.computeMode = 3;
    request.details.settings.persistence = switchOf(options.persistence);
    request.details.settings.mig = switchOf(options.mig);
    request.details.settings.ecc = switchOf(options.ecc);
    return request;
}

Exit lease(Context& context, const LeaseOptions& options) {
    const auto request = requestOf(options);
    if (!request.ok()) return Context::fail(request.status());
    return planAtTargets(context, options.targets, options.flags, *request);
}

} // namespace

void addLease(CLI::App& app, Context& context) {
    CLI::App* command = app.add_subcommand("lease", "Hand nodes to a tenant: check, scrub, configure, open, prove that they compute");
    auto options = std::make_shared<LeaseOptions>();
    addTargets(*command, options->targets);
    addSubmitFlags(*command, options->flags);
    addStartFlags(*command, options->flags);
    command->add_option("--tenant,-t", options->tenant, "Who gets them");
    command->add_option("--for", options->duration, "How long, for instance 14d; 0: open-ended");
    command->add_flag("--all-or-nothing", options->allOrNothing, "Lease all of a site's nodes or none (default: as many as fit)");
    command->add_option("--power-limit", options->powerLimit, "Power limit per GPU in W")->check(CLI::Range(1, kMostWatts));
    command->add_option("--lock-clock", options->clock, "Locked SM clock in MHz")->check(CLI::Range(1, kMostMhz));
    command->add_option("--compute-mode", options->computeMode, "default or exclusive-process")->check(CLI::IsMember({"default", "exclusive-process"}));
    for (const auto& [name, value, what] : {std::tuple{"--persistence", &options->persistence, "Persistence mode: on or off"},
                                            std::tuple{"--mig", &options->mig, "MIG mode: on or off; on is set last, for the tenant to divide the GPUs, and ends with its instances at the release"},
                                            std::tuple{"--ecc", &options->ecc, "ECC mode: on or off; a change needs a GPU reset before it counts"}})
        command->add_option(name, *value, what)->check(CLI::IsMember({"on", "off"}));
    addLeaseExtend(*command, context);
    command->callback([&context, options, command] {
        if (!command->get_subcommands().empty()) return; // extend
        context.command = [&context, options] { return lease(context, *options); };
    });
}

} // namespace busbar::ctl
