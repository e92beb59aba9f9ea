#include "busbarctl/commands/commands.h"
#include "busbarctl/commands/submit_flow.h"
#include "busbarctl/commands/targets.h"
#include "busbarctl/duration.h"

namespace busbar::ctl {
namespace {

constexpr std::int64_t kMaxDeadlineMs = std::int64_t{30} * 86'400'000; // Controllers take no longer one.

struct DrainOptions {
    Targets targets;
    SubmitFlags flags;
    std::string deadline = "10m", atDeadline = "ask";
};

StatusOr<PlanRequest> requestOf(const DrainOptions& options) {
    PlanRequest request;
    request.verb = Verb::drain;
    request.filter = options.targets.filter;
    const auto deadline = parseDuration(options.deadline);
    if (!deadline.ok()) return invalid("--deadline: {}", sentenceOf(deadline.status()));
    if (*deadline > kMaxDeadlineMs) return invalid("--deadline: '{}' is longer than 30 days, the longest that a controller takes", options.deadline);
    const auto policy = parseDeadlinePolicy(options.atDeadline);
    if (!policy) return invalid("--at-deadline is wait, ask or force, not '{}'", options.atDeadline);
    request.deadlineMs = *deadline;
    request.atDeadline = *policy;
    return request;
}

Exit drain(Context& context, const DrainOptions& options) {
    const auto request = requestOf(options);
    if (!request.ok()) return Context::fail(request.status());
    if (Status status = checkSubmitFlags(options.flags); !status.ok()) return Context::fail(status);
    const auto ids = idsBySite(options.targets);
    if (!ids.ok()) return Context::fail(ids.status());
    if (Status status = openTargets(context, options.targets, *ids); !status.ok()) return Context::fail(status);
    return planAndSubmit(context, options.flags, [&](SiteLink& link) {
        PlanRequest here = *request;
        here.site = link.address().name;
        if (const auto found = ids->find(here.site); found != ids->end()) here.nodeIds = found->second;
        return link.plan(here);
    });
}

} // namespace

void addDrain(CLI::App& app, Context& context) {
    CLI::App* command = app.add_subcommand("drain", "Take nodes out of use: close, wait for their processes, verify");
    auto options = std::make_shared<DrainOptions>();
    addTargets(*command, options->targets);
    addSubmitFlags(*command, options->flags);
    command->add_option("--deadline", options->deadline, "Time for processes to end, for instance 10m; 0: none");
    command->add_option("--at-deadline", options->atDeadline, "Then: wait, ask or force");
    command->callback([&context, options] { context.command = [&context, options] { return drain(context, *options); }; });
}

} // namespace busbar::ctl
