// Evidence and figures of one target as rows of tables: what was read back before and after, and what was measured against which threshold.
// What did not come out well stands first. Pure functions.
#pragma once

#include "domain/evidence.h"
#include "widgets/views/parts/cell_table.h"

namespace busbar::views {

/// All steps of a target, for the `step` of the functions below.
inline constexpr int kAllSteps = -1;

/// The target as its verified evidence has it: of each step what its node signed and what is the controller's own.
TargetRecord recordOf(const ProvenTarget& proven);
/// What to show of a target that the stream told of once its evidence was verified: each ended step as proven, whatever the stream says of it or
/// leaves out, and of what is under way how far it has come. `sure`: `proven` is the newest, so no fact or figure beside it is shown.
TargetRecord shownOf(const TargetRecord& told, const TargetRecord& proven, bool sure);

QVector<Column> stepColumns();
/// "All steps", then a row a step: sign, name, state, how long it took, how much it proved.
QVector<QVector<Cell>> stepRows(const TargetRecord& target);
/// Row of stepRows to step index.
constexpr int stepOfRow(int row) { return row - 1; }

QVector<Column> evidenceColumns();
QVector<QVector<Cell>> evidenceRows(const TargetRecord& target, int step);
QVector<Column> figureColumns();
QVector<QVector<Cell>> figureRows(const TargetRecord& target, int step);

/// "nvml · live", "nvml · SIMULATED", "kernel".
QString sourceText(const std::string& source);
/// "700 W"; "none" where there is no value.
QString factText(const std::string& value, const std::string& unit);
/// Its words with their sign; what is not as set stands bold.
Cell verdictCell(Verdict verdict);
/// Its place in a list, smallest first: what did not come out as set, what did, what does not apply.
int placeOf(Verdict verdict);
/// "1,842 GB/s"; at most four significant digits below 1,000.
QString figureText(double value, const std::string& unit);
/// "12 of 12 facts as set; 40 of 41 figures hold": never better than the evidence.
QString proofSentence(const TargetRecord& target);
/// What stands in place of the evidence of an action that is too large to be told with it.
QString leftOutSentence();

} // namespace busbar::views
