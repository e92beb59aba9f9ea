#include "busbarctl/commands/wait_policy.h"

#include "busbarctl/duration.h"

namespace busbar::ctl {
namespace {

constexpr std::int64_t kMaxDeadlineMs = std::int64_t{30} * 86'400'000; // Controllers take no longer one.

} // namespace

void addPolicy(CLI::App& command, WaitPolicy& policy) {
    command.add_option("--deadline", policy.deadline, "Time for processes to end, for instance 10m; 0: none");
    command.add_option("--at-deadline", policy.atDeadline, "Then: wait, ask or force");
}

Status readPolicy(const WaitPolicy& policy, PlanRequest& request) {
    const auto deadline = parseDuration(policy.deadline);
    if (!deadline.ok()) return invalid("--deadline: {}", sentenceOf(deadline.status()));
    if (*deadline > kMaxDeadlineMs) return invalid("--deadline: '{}' is longer than 30 days, the longest that a controller takes", policy.deadline);
    const auto atDeadline = parseDeadlinePolicy(policy.atDeadline);
    if (!atDeadline) return invalid("--at-deadline is wait, ask or force, not '{}'", policy.atDeadline);
    request.deadlineMs = *deadline;
    request.atDeadline = *atDeadline;
    return absl::OkStatus();
}

} // namespace busbar::ctl
