// One GPU's metric over time on Qt Charts: at most as many points as the plot is wide, no OpenGL, UTC, gaps open, the value at the cursor.
// Keys W S A D Home, the wheel and dragging move its window; Left and Right the cursor. GUI thread only.
#pragma once

#include "items/node_history.h"
#include "widgets/controls/strip_chart.h"
#include "widgets/controls/time_window.h"

#include <QChartView>
#include <QList>

#include <cstdint>
#include <optional>

class QCategoryAxis;
class QLineSeries;
class QValueAxis;

namespace busbar::charts {

class StripPlot : public QChartView {
    Q_OBJECT
public:
    /// `history` outlives the plot.
    explicit StripPlot(const items::NodeHistory& history, QWidget* parent = nullptr);

    void setStrip(int gpu, const controls::StripScale& scale);
    void setWindow(const controls::TimeWindow& window);
    const controls::TimeWindow& window() const { return m_window; }
    /// Follows now where the window does.
    void setNow(std::int64_t siteWallMs);
    /// Reads the history anew.
    void refresh();

    std::int64_t cursorMs() const { return m_cursorMs; }
    /// Points of all its lines: never more than the plot is wide.
    int points() const;
    /// Lines between gaps.
    int strokes() const { return static_cast<int>(m_lines.size()); }
    QString axisTitle() const;

Q_SIGNALS:
    void windowChanged();
    void cursorMoved(qint64 wallMs);

protected:
    void drawForeground(QPainter* painter, const QRectF& rect) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    void applyTheme();
    void fillLines(const items::Trace& trace, double msPerColumn);
    void fillAxes(const items::Trace& trace);
    QLineSeries* makeLine();
    std::int64_t timeAt(double x) const;
    void moved();
    void moveCursor(std::int64_t wallMs);

    const items::NodeHistory& m_history;
    controls::StripScale m_scale;
    controls::TimeWindow m_window;
    int m_gpu = 0;
    std::int64_t m_shownEndMs = 0;
    std::int64_t m_cursorMs = 0;
    std::optional<double> m_dragX;
    QList<QLineSeries*> m_lines;
    QCategoryAxis* m_timeAxis;
    QValueAxis* m_valueAxis;
};

} // namespace busbar::charts
