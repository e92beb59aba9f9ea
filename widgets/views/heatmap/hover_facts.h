// What the card beside a cell says, from the snapshot alone. Pure functions.
#pragma once

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

/// `nowWallMs`: for ages.
HoverFacts hoverFacts(const controls::HeatScene& scene, controls::HeatLevel level, const items::LayoutHit& cell, std::int64_t nowWallMs);

} // namespace busbar::views
