#include "widgets/views/action/action_words.h"

#include "domain/lifecycle.h"
#include "widgets/views/parts/text.h"
#include "widgets/views/parts/verbs.h"

#include <algorithm>

namespace busbar::views {

namespace {

void add(TargetCounts& counts, TargetState state) {
    ++counts.total;
    switch (state) {
    case TargetState::succeeded: ++counts.succeeded; break;
    case TargetState::verifying: ++counts.verifying; break;
    case TargetState::running: ++counts.running; break;
    case TargetState::failed: ++counts.failed; break;
    case TargetState::waiting: ++counts.waiting; break;
    case TargetState::unknown:
    case TargetState::unknownState: ++counts.unknown; break;
    case TargetState::refused:
    case TargetState::skipped:
    case TargetState::cancelled: ++counts.other; break;
    }
}

// A node that is opened or handed over is not draining, and has no mark of its own while that goes on.
Sign signAtWork(Verb verb) { return closes(verb) ? Sign::draining : verb == Verb::provision ? Sign::provisioning : Sign::none; }

} // namespace

TargetCounts countTargets(const Action& action) {
    TargetCounts counts;
    for (const TargetRecord& target : action.targets)
        add(counts, target.state);
    return counts;
}

TargetCounts countTargets(const Action& action, int wave) {
    TargetCounts counts;
    for (const TargetRecord& target : action.targets)
        if (target.wave == wave && target.state != TargetState::refused) add(counts, target.state); // Who was refused is in no wave.
    return counts;
}

QString actionTitle(const Action& action) {
    if (action.verb == Verb::swap && action.targets.size() > kLeaves) return swapTitle(action.targets[kLeaves].nodeId, action.targets[kComes].nodeId);
    return QStringLiteral("%1 %2").arg(infoOf(action.verb).title, countOf(std::ssize(action.targets), QStringLiteral("node")));
}

int badness(TargetState state) {
    switch (state) {
    case TargetState::failed: return 0;
    case TargetState::unknown:
    case TargetState::unknownState: return 1;
    case TargetState::running: return 2;
    case TargetState::verifying: return 3;
    case TargetState::waiting: return 4;
    case TargetState::refused:
    case TargetState::skipped:
    case TargetState::cancelled: return 5;
    case TargetState::succeeded: return 6;
    }
    return 1;
}

Sign signOf(TargetState state, Verb verb) {
    switch (state) {
    case TargetState::failed: return Sign::p2;
    case TargetState::unknown:
    case TargetState::unknownState: return Sign::unknown;
    case TargetState::running:
    case TargetState::verifying: return signAtWork(verb);
    case TargetState::waiting: return Sign::free;
    case TargetState::refused:
    case TargetState::skipped:
    case TargetState::cancelled: return Sign::cross;
    case TargetState::succeeded: return Sign::check;
    }
    return Sign::unknown;
}

Sign signOf(ActionState state, Verb verb) {
    switch (state) {
    case ActionState::succeeded: return Sign::check;
    case ActionState::failed:
    case ActionState::partlySucceeded: return Sign::p2;
    case ActionState::unknown:
    case ActionState::unknownState: return Sign::unknown;
    case ActionState::cancelled:
    case ActionState::superseded: return Sign::cross;
    case ActionState::planned:
    case ActionState::awaitingApproval:
    case ActionState::queued: return Sign::free;
    case ActionState::running:
    case ActionState::paused:
    case ActionState::verifying: return signAtWork(verb);
    }
    return Sign::unknown;
}

QString stateText(const Action& action, bool silent) {
    const QString word = toQt(toString(action.state));
    return silent && !isFinal(action.state) ? QStringLiteral("was %1").arg(word) : word;
}

QString stopWords(const Action& action) {
    const TargetCounts counts = countTargets(action);
    const int running = counts.running + counts.verifying;
    const QString recalled = counts.waiting == 0 ? QStringLiteral("none left to recall") : QStringLiteral("%1 recalled").arg(counts.waiting);
    if (running == 0) return QStringLiteral("stopping: none is at work, %1").arg(recalled);
    return QStringLiteral("stopping after %1, %2").arg(countOf(running, QStringLiteral("running node")), recalled);
}

QString pausedWords(const Action& action) {
    const QString why = toQt(action.pausedWhy);
    return why.startsWith(QStringLiteral("breaker")) || why.startsWith(QStringLiteral("site breaker")) ? QStringLiteral("by the ") + why : why;
}

bool asksAtDeadline(const Action& action) { return action.state == ActionState::paused && action.pausedWhy.empty(); }

QString holdOff(const Action& action, const QString& off) {
    if (action.cancelRequested) return QStringLiteral("a stop was asked for already");
    if (!off.isEmpty() || !action.pausedWhy.empty() || asksAtDeadline(action)) return off;
    return countTargets(action).waiting > 0 ? QString() : QStringLiteral("nothing is left to pause: all its nodes have started. Stop ends it");
}

QString waveWords(const Action& action, const TargetCounts& counts) {
    if (counts.ended() == counts.total) {
        const int bad = counts.failed + counts.unknown;
        return bad == 0 ? QStringLiteral("done") : QStringLiteral("done, %1 not well").arg(bad);
    }
    if (counts.waiting < counts.total && !(counts.running + counts.verifying == 0 && !action.pausedWhy.empty())) return QStringLiteral("running");
    if (!action.approvalWhy.empty() && action.approvedBy.empty()) return QStringLiteral("awaits approval");
    if (!action.pausedWhy.empty()) return QStringLiteral("paused");
    return isFinal(action.state) || action.cancelRequested ? QStringLiteral("will not start") : QStringLiteral("not started");
}

QByteArray stepBoxes(const TargetRecord& target) {
    QByteArray boxes;
    for (const StepRecord& step : target.steps) {
        switch (step.state) {
        case StepState::succeeded: boxes += '#'; break;
        case StepState::running: boxes += '>'; break;
        case StepState::failed:
        case StepState::unknown: boxes += '!'; break;
        case StepState::skipped:
        case StepState::cancelled: boxes += '-'; break;
        case StepState::pending: boxes += '.'; break;
        }
    }
    return boxes;
}

const StepRecord* currentStep(const TargetRecord& target, int* index) {
    const StepRecord* found = nullptr;
    for (std::size_t i = 0; i < target.steps.size(); ++i) {
        if (target.steps[i].state == StepState::pending) continue;
        found = &target.steps[i];
        if (index != nullptr) *index = static_cast<int>(i);
        if (found->state == StepState::running) break;
    }
    return found;
}

bool canUndo(const Action& action) {
    const bool changed = std::any_of(action.targets.begin(), action.targets.end(), [](const TargetRecord& target) {
        return std::any_of(target.steps.begin(), target.steps.end(), [](const StepRecord& step) { return step.state == StepState::succeeded || step.state == StepState::unknown; });
    });
    // What the steps did is not known where they are left out: then the plan says whether anything was changed.
    return isFinal(action.state) && (changed || isLeftOut(action, ActionPart::steps)) && inverseOf(action.verb) != Verb::unknown;
}

} // namespace busbar::views
