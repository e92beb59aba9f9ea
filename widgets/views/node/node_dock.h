// Right of the node view: pages "Now", "GPU values", "Host", "Events", "Facts", chosen by a row of segments. GUI thread only.
#pragma once

#include "domain/fleet_batch.h"
#include "widgets/views/node/now_page.h"
#include "widgets/views/node/panels.h"

#include <QWidget>

#include <cstdint>

class QStackedWidget;

namespace busbar::views {

class HostPage;
class Segments;

class NodeDock : public QWidget {
    Q_OBJECT
public:
    enum Page { now, values, host, events, facts };
    explicit NodeDock(QWidget* parent = nullptr);

    void setDetail(const NodeDetail& detail, std::int64_t nowMs);
    NowPage& nowPage() { return *m_now; }
    void setStale(bool node, bool site);
    /// The host's facts are shown elsewhere (no strips), and there are no GPU values.
    void setGpuless(bool gpuless);
    void showPage(Page page);

private:
    QWidget* buildValues();
    void showValues(const NodeDetail& detail, std::int64_t nowMs);

    Segments* m_pages;
    QStackedWidget* m_stack;
    NowPage* m_now;
    HostPage* m_host;
    Line* m_age;
    ListCellModel *m_metricModel, *m_gpuModel, *m_eventModel, *m_factModel;
    CellTable *m_metrics, *m_gpus, *m_events, *m_facts;
    Line *m_metricHead = nullptr, *m_eventHead = nullptr, *m_factHead = nullptr;
    Paragraph* m_missing;
};

} // namespace busbar::views
