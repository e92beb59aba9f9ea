// What else is on the heatmap and how often: marks, outlines, hatches. Rows that a query can ask for are links to it. GUI thread only.
#pragma once

#include "widgets/controls/heatmap/heat_histogram.h"
#include "widgets/views/parts/line.h"

#include <vector>

namespace busbar::views {

class HeatMarks : public QWidget {
    Q_OBJECT
public:
    explicit HeatMarks(QWidget* parent = nullptr);
    void show(const controls::HeatTally& tally, const controls::HeatCounts& counts);

Q_SIGNALS:
    void queryRequested(const QString& text);

private:
    void addRow(QWidget* swatch, const QString& text, const QString& query);
    std::vector<Line*> m_counts;
};

} // namespace busbar::views
