// Utilisation over time as a Qt Chart: one line, at most as many points as the plot has pixels across (lowest and highest value of each
// pair of pixel columns), gaps left open, painted by QPainter (no OpenGL). The time axis is UTC. GUI thread only.
#pragma once

#include "items/fleet_trends.h"

#include <QChartView>

#include <vector>

class QCategoryAxis;
class QLineSeries;
class QValueAxis;

namespace busbar::charts {

class UtilisationChart : public QChartView {
    Q_OBJECT
public:
    explicit UtilisationChart(QWidget* parent = nullptr);
    /// Shows the trend as it is now; cheap enough for once a second, not for each frame.
    void setTrend(const items::Trend& trend);
    /// Points drawn now, in all runs.
    int pointCount() const;

protected:
    void changeEvent(QEvent* event) override;

private:
    using Points = QList<QPointF>;
    /// Unbroken runs of points: seconds since the start, percent.
    std::vector<Points> runsOf() const;
    void showRuns();
    void scaleTo(const std::vector<Points>& runs);
    void applyTones();

    items::Trend m_trend;
    std::vector<QLineSeries*> m_series;
    QCategoryAxis* m_time;
    QValueAxis* m_percent;
};

} // namespace busbar::charts
