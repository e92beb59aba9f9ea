#include "widgets/views/plan/tenant_text.h"

#include "domain/lifecycle.h"
#include "widgets/views/parts/text.h"

#include <QMap>
#include <QStringList>

#include <algorithm>

namespace busbar::views {

namespace {

struct Touched {
    QStringList nodes;
    std::int64_t gpus = 0;
    bool counted = true; ///< the GPUs of all its nodes are known
};
using Leases = QMap<QString, Touched>;

// Where the fleet does not show the leases of a node, the plan still names them.
std::vector<LeaseHold> holdsOn(const PlanTarget& target, const HoldsOf& holdsOf) {
    std::vector<LeaseHold> holds;
    const std::vector<LeaseHold> shown = holdsOf ? holdsOf(target.nodeId) : std::vector<LeaseHold>();
    for (const std::string& lease : target.leases) {
        const auto known = std::ranges::find(shown, lease, &LeaseHold::leaseId);
        holds.push_back(known == shown.end() ? LeaseHold{.leaseId = lease} : *known);
    }
    return holds;
}

QMap<QString, Leases> touchedBy(const Plan& plan, const HoldsOf& holdsOf) {
    QMap<QString, Leases> tenants;
    for (const PlanTarget& target : plan.targets) {
        if (!target.eligible) continue;
        for (const LeaseHold& hold : holdsOn(target, holdsOf)) {
            Touched& touched = tenants[toQt(hold.tenant)][toQt(hold.leaseId)];
            touched.nodes << nameOf(target.nodeId);
            touched.gpus += hold.gpus;
            touched.counted = touched.counted && hold.gpus > 0;
        }
    }
    return tenants;
}

QString whatText(Verb verb, const QString& nodes, const QString& replacement) {
    switch (verb) {
    case Verb::release: return QStringLiteral("We end your lease on %1. What is in the memory of the GPUs is wiped.").arg(nodes);
    case Verb::reset: return QStringLiteral("We reset the GPUs of %1. What is in their memory is lost; then they are opened for you again.").arg(nodes);
    case Verb::reboot: return QStringLiteral("We reboot %1. What runs there or is kept in memory is lost; then they are opened for you again.").arg(nodes);
    case Verb::swap: return QStringLiteral("We replace %1 by %2. The new node is opened for you first; what is in the memory of the old one's GPUs is wiped after that.").arg(nodes, replacement);
    default: return QStringLiteral("We take %1 out of use. Nothing new can start there.").arg(nodes);
    }
}

QString whenText(const Plan& plan) {
    const bool queued = std::ranges::any_of(plan.targets, [](const PlanTarget& target) { return target.eligible && !target.queuedBehind.empty(); });
    QString when = plan.needsApproval ? QStringLiteral("once it is approved") : QStringLiteral("at once");
    if (queued) when += QStringLiteral("; some nodes after the work that holds them now");
    if (plan.request.notAfterWallMs > 0) when += QStringLiteral("; what has not started by %1 is not done").arg(minuteText(plan.request.notAfterWallMs, plan.madeWallMs));
    return QStringLiteral("Planned %1 UTC; it starts %2.").arg(dayText(plan.madeWallMs), when);
}

QString processesText(const PlanRequest& request) {
    if (request.deadlineMs <= 0 || request.atDeadline == DeadlinePolicy::wait) return QStringLiteral("Your processes that run there are waited for; we end none.");
    const QString from = QStringLiteral("Your processes that run there have %1 from the close of their node").arg(spanText(request.deadlineMs));
    return request.atDeadline == DeadlinePolicy::force ? from + QStringLiteral("; those still running then are ended.") : from + QStringLiteral("; then we decide about those still running. Please end them before.");
}

TenantText textFor(const QString& tenant, const Leases& leases, const Plan& plan, const QString& siteTitle) {
    QStringList lines;
    std::int64_t nodes = 0;
    for (auto lease = leases.begin(); lease != leases.end(); ++lease) nodes += lease->nodes.size();
    const QString which = QStringLiteral("%1 at %2").arg(countOf(nodes, QStringLiteral("of your nodes"), QStringLiteral("of your nodes")), siteTitle);
    lines << QStringLiteral("To %1:").arg(tenant.isEmpty() ? QStringLiteral("the holder of lease %1").arg(leases.firstKey()) : tenant)
          << whatText(plan.request.verb, which, nameOf(plan.request.details.replacement)) << whenText(plan) << processesText(plan.request);
    for (auto lease = leases.begin(); lease != leases.end(); ++lease) {
        const QString gpus = lease->counted ? QStringLiteral(", ") + countOf(lease->gpus, QStringLiteral("GPU")) : QString();
        lines << QStringLiteral("Lease %1 (%2%3): %4").arg(lease.key(), countOf(lease->nodes.size(), QStringLiteral("node")), gpus, lease->nodes.join(QStringLiteral(", ")));
    }
    return {tenant, lines.join(QLatin1Char('\n'))};
}

} // namespace

QVector<TenantText> tenantTexts(const Plan& plan, const HoldsOf& holdsOf, const QString& siteTitle) {
    QVector<TenantText> texts;
    if (!closes(plan.request.verb)) return texts;
    const QMap<QString, Leases> tenants = touchedBy(plan, holdsOf);
    for (auto tenant = tenants.begin(); tenant != tenants.end(); ++tenant) {
        if (!tenant.key().isEmpty()) {
            texts << textFor(tenant.key(), *tenant, plan, siteTitle);
            continue;
        }
        // Two leases of unknown holders may be two tenants': none is told of the other's.
        for (auto lease = tenant->begin(); lease != tenant->end(); ++lease) texts << textFor({}, {{lease.key(), *lease}}, plan, siteTitle);
    }
    return texts;
}

} // namespace busbar::views
