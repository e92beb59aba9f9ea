// The lower half of the overview: free GPUs by model, why the others earn nothing, and how the utilisation went. Side by side where the
// window is full of sites; the chart below the tables where there is room. GUI thread only.
#pragma once

#include "store/fleet_tally.h"
#include "widgets/views/overview/list_panel.h"

class QGridLayout;

namespace busbar::charts {
class UtilisationChart;
}
namespace busbar::items {
class Trend;
}

namespace busbar::views {

class TallyPanels : public QWidget {
    Q_OBJECT
public:
    explicit TallyPanels(QWidget* parent = nullptr);
    void setTally(const store::FleetTallyResult& tally);
    void setTrend(const items::Trend& trend, double nowPercent);

    ListPanel& freePanel() { return *m_free; }
    ListPanel& reasonPanel() { return *m_reasons; }

Q_SIGNALS:
    /// Nodes behind a row.
    void queryRequested(const QString& text);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void arrange();
    void showModels(const store::FleetTallyResult& tally);
    void showReasons(const store::FleetTallyResult& tally);

    QGridLayout* m_grid;
    ListPanel* m_free;
    ListPanel* m_reasons;
    Surface* m_chartPanel;
    Line* m_chartHead;
    charts::UtilisationChart* m_chart;
};

} // namespace busbar::views
