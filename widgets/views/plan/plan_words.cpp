#include "widgets/views/plan/plan_words.h"

#include "domain/lifecycle.h"
#include "widgets/views/parts/text.h"
#include "widgets/views/parts/verbs.h"
#include "widgets/views/plan/friction.h"

#include <algorithm>

namespace busbar::views {

QString sourcesText(const Plan& plan) {
    QStringList words;
    for (const Source source : {Source::live, Source::replayed, Source::simulated, Source::unknown}) {
        const auto count = std::count_if(plan.targets.begin(), plan.targets.end(), [source](const PlanTarget& target) { return target.source == source; });
        if (count == 0) continue;
        const QString word = toQt(toString(source));
        words << (count == std::ssize(plan.targets) ? word : QStringLiteral("%1 %2").arg(count).arg(word));
    }
    return words.join(QStringLiteral(", "));
}

QString beforeText(const PlanRequest& request) {
    QStringList steps;
    for (const StepKind kind : stepsOf(request.verb)) steps << toQt(toString(kind)) + (isDestructive(kind) ? QStringLiteral(" (destroys data)") : QString());
    if (request.verb == Verb::lease && request.details.settings.mig.value_or(false)) steps << toQt(toString(StepKind::mig));
    return QStringLiteral("%1: %2.\n\nOn each node: %3.\n\nThe preview will say whom it touches, which nodes are refused and why, and what is done. It starts nothing.")
        .arg(infoOf(request.verb).title, infoOf(request.verb).purpose, steps.join(QStringLiteral(" \u2192 ")));
}

QString planTitle(const PlanRequest& request, const Plan* plan) {
    const QString verb = infoOf(request.verb).title;
    if (request.verb == Verb::swap && request.nodeIds.size() == 1) return swapTitle(request.nodeIds.front(), request.details.replacement);
    if (plan == nullptr) return QStringLiteral("%1 %2").arg(verb, countOf(std::ssize(request.nodeIds), QStringLiteral("node")));
    return QStringLiteral("%1 %2 of %3").arg(verb, countText(eligibleCount(*plan)), countOf(std::ssize(plan->targets), QStringLiteral("node")));
}

QStringList nodesOnShow(const PlanRequest& request, const Plan* plan) {
    QStringList ids;
    if (plan != nullptr)
        for (const PlanTarget& target : plan->targets)
            if (target.eligible) ids << toQt(target.nodeId);
    if (ids.isEmpty())
        for (const std::string& id : request.nodeIds) ids << toQt(id);
    return ids;
}

} // namespace busbar::views
