// The legend of the heatmap: a histogram of what is shown over the ramp, with two handles that leave everything outside them dimmed.
// Keys: left/right move the low handle, with Shift the high one, Home resets. GUI thread only.
#pragma once

#include "widgets/controls/heatmap/heat_histogram.h"
#include "widgets/views/parts/line.h"

namespace busbar::views {

class HeatBars : public QWidget {
    Q_OBJECT
public:
    explicit HeatBars(QWidget* parent = nullptr);
    void show(controls::Fill fill, controls::HeatRange range, const controls::HeatCounts& counts);

Q_SIGNALS:
    void rangeChosen(const busbar::controls::HeatRange& range);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void choose(controls::HeatRange range);
    void dragTo(int x);
    int edgeX(int index) const; ///< left edge of an index; kTop + 1: the right end
    void paintBars(class QPainter& painter) const;
    void paintHandles(QPainter& painter) const;

    controls::Fill m_fill = controls::Fill::utilisation;
    controls::HeatRange m_range;
    std::vector<std::uint32_t> m_bins;
    bool m_dragsHigh = false;
};

class HeatLegend : public QWidget {
    Q_OBJECT
public:
    explicit HeatLegend(QWidget* parent = nullptr);
    void show(controls::Fill fill, controls::HeatRange range, const controls::HeatCounts& counts);

Q_SIGNALS:
    void rangeChosen(const busbar::controls::HeatRange& range);

private:
    HeatBars* m_bars;
    Line* m_shown;
    Line* m_worst;
    Line* m_unknown;
    controls::HeatRange m_worstRange;
};

} // namespace busbar::views
