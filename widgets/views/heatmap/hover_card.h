// The card that stands beside a cell of the heatmap after the pointer has rested on it. It takes no pointer and no focus. GUI thread only.
#pragma once

#include "widgets/views/heatmap/hover_facts.h"

#include <QWidget>

namespace busbar::views {

class HoverCard : public QWidget {
    Q_OBJECT
public:
    explicit HoverCard(QWidget* parent);
    /// Shows it near `pointer` within its parent, never under the pointer and not over the cell.
    void showFor(const HoverFacts& facts, const QPoint& pointer, const QRect& cell);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    int wantedHeight() const;
    void paintRows(class QPainter& painter, int y) const;
    HoverFacts m_facts;
};

} // namespace busbar::views
