// A strip of the node view, enlarged: choice of GPU and metric, its plot, and the value at the cursor in words. Not modal: it goes on with
// the live values until it is closed. GUI thread only.
#pragma once

#include "items/node_history.h"
#include "widgets/charts/strip_plot.h"

#include <QDialog>

#include <cstdint>
#include <functional>

class QComboBox;
class QLabel;

namespace busbar::charts {

class StripDialog : public QDialog {
    Q_OBJECT
public:
    /// `history` outlives the dialog.
    explicit StripDialog(const items::NodeHistory& history, QWidget* parent = nullptr);
    /// Scale of a metric at this node (power limits differ).
    void setScales(std::function<controls::StripScale(Metric)> scaleOf) { m_scaleOf = std::move(scaleOf); }
    void showStrip(const QString& nodeId, int gpu, Metric metric, const controls::TimeWindow& window);
    void setNow(std::int64_t siteWallMs) { m_plot->setNow(siteWallMs); }
    void refresh();
    StripPlot& plot() { return *m_plot; }

Q_SIGNALS:
    /// The window reaches further back than 15 minutes.
    void historyNeeded(qint64 spanMs, qint64 stepMs);

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    Metric metric() const;
    void choose();
    void showValue();
    void windowMoved();

    const items::NodeHistory& m_history;
    std::function<controls::StripScale(Metric)> m_scaleOf;
    QString m_nodeId;
    std::int64_t m_askedSpanMs = 0;
    QLabel *m_title, *m_value;
    QComboBox *m_gpuChoice, *m_metricChoice;
    StripPlot* m_plot;
};

} // namespace busbar::charts
