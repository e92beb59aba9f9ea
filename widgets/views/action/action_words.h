// Words and order of actions and their targets, the same in list, head, table and evidence. Pure functions.
#pragma once

#include "domain/action.h"
#include "widgets/views/parts/look.h"

#include <QString>

#include <memory>
#include <vector>

namespace busbar::views {

using ActionPtr = std::shared_ptr<const Action>;

/// A site without a word: what is shown of what is open there is the last known. Empty word: it is heard.
struct SiteSilence {
    QString word; ///< after "is": "stale", "lost"
    std::int64_t heardWallMs = 0;
    bool isSilent() const { return !word.isEmpty(); }
    bool operator==(const SiteSilence&) const = default;
};

/// How many targets are in a state that `counts` accepts.
struct TargetCounts {
    int succeeded = 0, verifying = 0, running = 0, failed = 0, waiting = 0, unknown = 0, other = 0, total = 0;
    int ended() const { return succeeded + failed + unknown + other; }
};
TargetCounts countTargets(const Action& action);
TargetCounts countTargets(const Action& action, int wave);

/// "drain 34 nodes".
QString actionTitle(const Action& action);
/// Lower is worse: failed, unknown, running, verifying, waiting, cancelled …, succeeded.
int badness(TargetState state);
/// Of a target, or an action, of this verb: what is at work has the mark of what its verb does to a node.
Sign signOf(TargetState state, Verb verb);
Sign signOf(ActionState state, Verb verb);
/// "running"; of an open action of a silent site only "was running".
QString stateText(const Action& action, bool silent);
/// What a stop would do now: "stopping after 6 running nodes, 2 recalled", "stopping: none is at work, 2 recalled".
QString stopWords(const Action& action);
/// Who or what paused `action`: "by demo: fan noise", "by the site breaker: 66 of 132 …".
QString pausedWords(const Action& action);
/// True while it is paused by no person and no breaker: its deadline passed, and a person has to decide.
bool asksAtDeadline(const Action& action);
/// Why pausing, resuming or deciding `action` is not possible, where `off` does not say so already; empty: it is.
QString holdOff(const Action& action, const QString& off);
/// How a wave stands: "done", "running", "not started" …
QString waveWords(const Action& action, const TargetCounts& counts);
/// Step boxes of CellTable.
QByteArray stepBoxes(const TargetRecord& target);
/// The step that runs or ended last; nullptr without steps.
const StepRecord* currentStep(const TargetRecord& target, int* index = nullptr);
bool canUndo(const Action& action);

} // namespace busbar::views
