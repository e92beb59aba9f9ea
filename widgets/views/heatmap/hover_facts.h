// What the card beside a cell says, from the snapshot and, once it has come, the detail of the cell's node. Pure functions.
#pragma once

#include "domain/fleet_batch.h"
#include "widgets/controls/heatmap/heat_words.h"
#include "widgets/views/parts/line.h"

namespace busbar::views {

struct HoverFacts {
    Sign sign = Sign::none;
    QString title; ///< "b01-r01-n2 · GPU 3"
    QString source; ///< "simulated · 0.4 s"
    struct Row {
        QString label;
        Runs value;
    };
    QVector<Row> rows; ///< two a line
    QStringList notes; ///< whole sentences below
};

/// `nowWallMs`: for ages. `detail` of the node: only it knows which GPUs are closed apart from their node; nullptr: not known (yet).
HoverFacts hoverFacts(const controls::HeatScene& scene, controls::HeatLevel level, const items::LayoutHit& cell, std::int64_t nowWallMs, const NodeDetail* detail = nullptr);

} // namespace busbar::views
