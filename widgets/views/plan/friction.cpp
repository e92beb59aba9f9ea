#include "widgets/views/plan/friction.h"

#include "widgets/views/parts/text.h"

#include <algorithm>

namespace busbar::views {

namespace {

std::int64_t racksTouched(const Plan& plan) {
    return std::count_if(plan.blast.failureDomains.begin(), plan.blast.failureDomains.end(),
                         [](const Share& share) { return share.part > 0 && share.name.starts_with("rack "); });
}

bool wholeSite(const Plan& plan, std::int64_t siteNodes) { return siteNodes > kLevelANodes && eligibleCount(plan) >= siteNodes; }

bool endsProcesses(const Plan& plan) { return plan.request.atDeadline == DeadlinePolicy::force && plan.blast.processes > 0; }

} // namespace

std::int64_t eligibleCount(const Plan& plan) {
    return std::count_if(plan.targets.begin(), plan.targets.end(), [](const PlanTarget& target) { return target.eligible; });
}

Friction frictionOf(const Plan& plan, std::int64_t siteNodes) {
    if (wholeSite(plan, siteNodes)) return Friction::d;
    const bool overARack = racksTouched(plan) > 1 && eligibleCount(plan) > kLevelANodes;
    if (endsProcesses(plan) || overARack || plan.needsApproval) return Friction::c;
    const bool light = plan.blast.reversible && !plan.request.overrideFailed && eligibleCount(plan) <= kLevelANodes && plan.blast.leases == 0;
    return std::max(light ? Friction::a : Friction::b, infoOf(plan.request.verb).least);
}

QString toString(Friction level) { return QString(QLatin1Char(static_cast<char>('A' + static_cast<int>(level)))); }

QString frictionWhy(const Plan& plan, std::int64_t siteNodes) {
    if (wholeSite(plan, siteNodes)) return QStringLiteral("it takes every node of the site; plan it with busbarctl, or in parts");
    if (endsProcesses(plan)) return QStringLiteral("at the deadline it ends %1 by force").arg(countOf(plan.blast.processes, QStringLiteral("running process"), QStringLiteral("running processes")));
    if (plan.needsApproval) return plan.approvalWhy.empty() ? QStringLiteral("it is over the site's threshold") : toQt(plan.approvalWhy);
    if (frictionOf(plan) == Friction::c) return QStringLiteral("it reaches over %1").arg(countOf(racksTouched(plan), QStringLiteral("rack")));
    if (!plan.blast.reversible) return QStringLiteral("it cannot be undone");
    if (plan.request.overrideFailed) return QStringLiteral("it opens nodes although a check failed");
    if (plan.blast.leases > 0) return QStringLiteral("it touches %1").arg(countOf(plan.blast.leases, QStringLiteral("lease")));
    if (eligibleCount(plan) > kLevelANodes) return QStringLiteral("it is over more than %1 nodes").arg(kLevelANodes);
    if (frictionOf(plan) > Friction::a) return QStringLiteral("%1 is never less").arg(infoOf(plan.request.verb).title);
    return QStringLiteral("it is reversible and over at most %1 nodes").arg(kLevelANodes);
}

} // namespace busbar::views
