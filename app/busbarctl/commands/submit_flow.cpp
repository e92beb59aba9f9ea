#include "busbarctl/commands/submit_flow.h"

#include "base/ids.h"
#include "busbarctl/commands/wait.h"
#include "busbarctl/duration.h"
#include "busbarctl/output/json.h"
#include "busbarctl/output/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <iostream>

namespace busbar::ctl {
namespace {

constexpr std::size_t kKeyBytes = 16;

std::size_t eligibleOf(const Plan& plan) {
    return static_cast<std::size_t>(std::count_if(plan.targets.begin(), plan.targets.end(), [](const PlanTarget& target) { return target.eligible; }));
}

void printPlans(const Context& context, const std::vector<Plan>& plans) {
    if (context.json()) {
        Json list = Json::array();
        for (const Plan& plan : plans) list.push_back(jsonOf(plan));
        context.print(context.sites().size() == 1 ? list.front() : list);
        return;
    }
    for (const Plan& plan : plans) context.print(planText(plan));
}

bool confirmed(const std::vector<Plan>& plans) {
    std::size_t nodes = 0;
    for (const Plan& plan : plans) {
        std::fputs(planText(plan).c_str(), stderr);
        nodes += eligibleOf(plan);
    }
    std::fprintf(stderr, "%s %zu node%s? [y/N] ", std::string(toString(plans.front().request.verb)).c_str(), nodes, nodes == 1 ? "" : "s");
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

// Plans with at least one target; a filter may find nothing at some sites.
Exit collectPlans(std::vector<Answer<Plan>> answers, std::vector<Plan>& plans) {
    Exit worst = Exit::done;
    for (auto& [site, plan] : answers) {
        if (!plan.ok())
            worst = worse(worst, Context::fail(plan.status(), site));
        else if (!plan->targets.empty())
            plans.push_back(*std::move(plan));
    }
    return worst;
}

Exit submitAll(Context& context, const SubmitFlags& flags, const std::vector<Plan>& plans, const std::string& undoOf, std::vector<Action>& actions) {
    Exit worst = Exit::done;
    for (const Plan& plan : plans) {
        if (eligibleOf(plan) == 0) {
            Context::complain(fmt::format("{}: no node of the plan can be acted on: nothing was submitted there", plan.site));
            worst = worse(worst, Exit::failed);
            continue;
        }
        const auto link = context.link(plan.site);
        if (!link.ok()) {
            worst = worse(worst, Context::fail(link.status(), plan.site));
            continue;
        }
        auto action = (*link)->submit({plan.id, flags.reason, randomHex(kKeyBytes), undoOf});
        if (action.ok()) {
            actions.push_back(*std::move(action));
            continue;
        }
        const Exit failed = Context::fail(action.status(), plan.site);
        if (failed == Exit::unreachable) Context::complain(fmt::format("{}: whether the action began there is not known: see busbarctl actions --site {}", plan.site, plan.site));
        worst = worse(worst, failed);
    }
    return worst;
}

} // namespace

void addSubmitFlags(CLI::App& command, SubmitFlags& flags) {
    command.add_option("--reason,-r", flags.reason, "Why; kept with the action and in the audit");
    command.add_flag("--plan", flags.planOnly, "Print the plan with its blast radius and stop");
    command.add_flag("--yes,-y", flags.yes, "Do not ask");
    command.add_flag("--wait,-w", flags.wait, "Wait until the action has ended; Ctrl-C ends the wait, never the action");
    command.add_option("--timeout", flags.timeout, "Longest wait, for instance 30m; exit code 6 when it is over");
}

void addStartFlags(CLI::App& command, SubmitFlags& flags) {
    command.add_flag("--queue", flags.queue, "A node that another action holds waits for that one's end instead of being refused");
    command.add_option("--not-after", flags.notAfter, "Nodes not started within this time, for instance 2h, are cancelled");
}

Status checkReason(const std::string& reason) {
    if (reason.empty()) return invalid("a reason is required: --reason \"why\"");
    if (reason.size() > kMaxReasonLength) return invalid("the reason has {} bytes, at most {} are taken", reason.size(), kMaxReasonLength);
    return absl::OkStatus();
}

Status checkSubmitFlags(const SubmitFlags& flags) {
    if (const auto timeout = parseDuration(flags.timeout); !timeout.ok()) return invalid("--timeout: {}", sentenceOf(timeout.status()));
    if (const auto span = parseDuration(flags.notAfter.empty() ? "0" : flags.notAfter); !span.ok() || (!flags.notAfter.empty() && *span == 0))
        return invalid("--not-after: {}", span.ok() ? "give a time span, for instance 2h" : sentenceOf(span.status()));
    if (flags.planOnly) return absl::OkStatus();
    if (Status checked = checkReason(flags.reason); !checked.ok()) return checked;
    if (!flags.yes && !Context::hasTerminal()) return invalid("there is no terminal to ask on: look at the plan with --plan, then give --yes");
    return absl::OkStatus();
}

void printActions(const Context& context, const std::vector<Action>& actions) {
    if (context.json()) {
        Json list = Json::array();
        for (const Action& action : actions) list.push_back(jsonOf(action));
        context.print(context.sites().size() == 1 && !list.empty() ? list.front() : list);
        return;
    }
    for (const Action& action : actions) context.print(actionText(action));
}

Waited waitAndPrint(Context& context, std::vector<Action> actions, bool wait, const std::string& timeout) {
    if (actions.empty()) return {};
    if (!wait) {
        if (context.json())
            printActions(context, actions);
        else
            for (const Action& action : actions) context.print(actionLine(action) + "\n");
        return {std::move(actions), Exit::done};
    }
    WaitOptions options;
    options.timeoutMs = parseDuration(timeout).value_or(0);
    if (!context.json()) options.changed = tellProgress();
    Waited waited = waitFor(context, std::move(actions), options);
    printActions(context, waited.actions);
    return waited;
}

Exit planAndSubmit(Context& context, const SubmitFlags& flags, const Planner& planner, const std::string& undoOf, const std::string& nothing) {
    std::vector<Plan> plans;
    if (const Exit planned = collectPlans(context.forSites<Plan>(planner), plans); planned != Exit::done) {
        Context::complain("nothing was submitted");
        return planned;
    }
    if (plans.empty()) {
        Context::complain(fmt::format("{}: nothing was submitted", nothing));
        return Exit::failed;
    }
    const bool anyEligible = std::any_of(plans.begin(), plans.end(), [](const Plan& plan) { return eligibleOf(plan) > 0; });
    if (flags.planOnly || !anyEligible) printPlans(context, plans);
    if (!anyEligible) {
        Context::complain("no node of the plan can be acted on: nothing was submitted");
        return Exit::failed;
    }
    if (flags.planOnly) return Exit::done;
    if (!flags.yes && !confirmed(plans)) {
        Context::complain("not confirmed: nothing was submitted");
        return Exit::failed;
    }
    std::vector<Action> actions;
    const Exit submitted = submitAll(context, flags, plans, undoOf, actions);
    return worse(submitted, waitAndPrint(context, std::move(actions), flags.wait, flags.timeout).exit);
}

} // namespace busbar::ctl
