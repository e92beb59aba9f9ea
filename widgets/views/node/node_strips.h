// Left of the node view: the strips of its GPUs with their history, metric and span, and what changed most in a marked stretch.
// It keeps the node's history and takes live samples from snapshots; it asks for what it lacks by signal. GUI thread only.
#pragma once

#include "domain/fleet_batch.h"
#include "items/node_history.h"
#include "store/fleet_snapshot.h"
#include "widgets/controls/strip_chart.h"
#include "widgets/views/parts/surface.h"

#include <cstdint>
#include <memory>
#include <string>

namespace busbar::views {

class ChangeTable;
class Segments;
class StripLegend;

class NodeStrips : public Surface {
    Q_OBJECT
public:
    explicit NodeStrips(QWidget* parent = nullptr);

    /// Another node, with nothing known yet.
    void showNode(const std::string& id, int gpus);
    /// Events, reasons why metrics are missing, power limits.
    void setDetail(const NodeDetail& detail);
    void setHistory(const std::vector<HistorySeries>& series);
    /// Why the controller's window cannot be shown; empty: it can, or is on its way.
    void setHistoryProblem(const QString& sentence);
    /// The node in the newest snapshot, at the site's clock. `sampled`: its values are of now; otherwise they are the last ones.
    void setSnapshot(const store::SiteSnapshot& site, std::uint32_t node, std::int64_t siteWallMs, bool sampled);
    void setNow(std::int64_t siteWallMs);
    /// GPU slots whose values are the grey band.
    void setNeighbours(std::vector<std::uint32_t> rows) { m_band.setRows(std::move(rows)); }

    const items::NodeHistory& history() const { return m_history; }
    controls::StripChart& chart() { return *m_chart; }
    int gpus() const { return m_history.gpus(); }
    /// A strip's metrics at the scales in use, for the enlarged chart.
    controls::StripScale scaleOf(Metric metric) const;

Q_SIGNALS:
    void historyNeeded(qint64 spanMs, qint64 stepMs);
    void stripOpened(int gpu);
    void statusChanged(const QString& text);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void build();
    void chooseMetric(int index);
    void chooseSpan(int index);
    void applyScales();
    void showCaptions();
    void showMarks(const NodeDetail& detail);
    void showChanges();
    void windowMoved();
    QString missingReason(int gpu, Metric metric) const;
    QString valueWords(int gpu, Metric metric) const;

    items::NodeHistory m_history;
    items::NeighbourBand m_band;
    std::vector<GpuDetail> m_gpus;
    std::vector<std::int64_t> m_values; ///< gpu * metric: the newest
    Metric m_metric = Metric::smActive;
    bool m_metricChosen = false;
    bool m_stale = false;
    std::int64_t m_powerTop = 0;
    std::int64_t m_askedSpanMs = 0;
    std::int64_t m_changesMs = 0; ///< when they were last counted

    Line* m_head = nullptr;
    StripLegend* m_legend = nullptr;
    Segments *m_metrics = nullptr, *m_spans = nullptr;
    controls::StripChart* m_chart = nullptr;
    Line* m_problem = nullptr;
    ChangeTable* m_changes = nullptr;
};

} // namespace busbar::views
