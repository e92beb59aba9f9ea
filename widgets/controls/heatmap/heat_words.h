// A cell of the heatmap in words, for people who do not see it and for the status line. Pure functions, GUI thread by habit.
#pragma once

#include "widgets/controls/heatmap/heat_camera.h"
#include "widgets/controls/heatmap/heat_scene.h"

#include <QString>

namespace busbar::controls {

/// What the GPUs of a cell have in the fill's metric. Old values are counted apart unless there are no others.
struct HeatSummary {
    std::uint32_t nodes = 0, gpus = 0, notRead = 0, notSupported = 0, old = 0;
    std::int64_t low = kNotRead, high = kNotRead; ///< of the values that are known
    bool lastKnown = false;                       ///< all values are old
};
HeatSummary summaryOf(const HeatScene& scene, HeatLevel level, const items::LayoutHit& cell);
/// The worst value of the summary.
std::int64_t worstValue(Fill fill, const HeatSummary& summary);
/// "lowest", "highest" or "worst": what the worst of the fill is.
QString worstWord(Fill fill);
/// The worst priority of the nodes that the cell stands for, 0 for none.
int heatCellPriority(const HeatScene& scene, HeatLevel level, const items::LayoutHit& cell);
/// "rack r12, U14, GPU 3, 91 %, P2"; coarser cells: "rack r12, 32 GPUs, lowest SM active % 3 %, P2". A `gpu` of -1: the node as a whole.
QString heatCellWords(const HeatScene& scene, HeatLevel level, const items::LayoutHit& cell);

} // namespace busbar::controls
