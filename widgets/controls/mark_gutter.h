// The strip right of the node table: where P1, P2 and P3 are in the whole result, and the part of it on the glass. It is the table's scroll
// bar as well: a click on a mark jumps there, a drag scrolls. Worse marks are longer, so that colour does not carry it alone.
// GUI thread only.
#pragma once

#include "widgets/controls/node_table.h"

#include <QWidget>

namespace busbar::controls {

class MarkGutter : public QWidget {
    Q_OBJECT
public:
    static constexpr int kWidth = 12;
    /// `table` outlives the gutter.
    explicit MarkGutter(NodeTable& table, QWidget* parent = nullptr);
    /// First row of the worst mark near `y`; -1 none.
    int markedRowAt(int y) const;

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    bool event(QEvent* event) override;

private:
    double rowsToY(double row) const;
    QRectF thumb() const;
    void scrollTo(double y);

    NodeTable& m_table;
    double m_grip = -1; ///< where in the thumb the drag began; below 0: none
};

} // namespace busbar::controls
