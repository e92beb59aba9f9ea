// All about one node (design/mock/4-node.png): head with its five facts, GPU strips on one time axis, and a dock with leases, processes,
// findings, neighbours, values, inventory, events and fact history. It asks by signal for what it shows (detail each 2 s and the node's
// live values while visible, history when opened, each minute and when the window moves), and takes the answers by set functions; those
// about another node are dropped. Keys: x plans a drain, j and k the next and previous node, Backspace back; those of the strips in
// strip_chart.h. GUI thread only.
#pragma once

#include "base/status.h"
#include "domain/fleet_batch.h"
#include "widgets/views/node/head_facts.h"
#include "widgets/views/parts/fleet_view.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

class QStackedWidget;
class QTimer;

namespace busbar::charts {
class StripDialog;
}

namespace busbar::views {

class HostPage;
class NodeDock;
class NodeStrips;

class NodeView : public FleetView {
    Q_OBJECT
public:
    explicit NodeView(items::NodeSelection& selection, QWidget* parent = nullptr);
    ~NodeView() override;

    void setFleet(const store::FleetPtr& fleet, std::int64_t nowWallMs) override;
    void setQuery(const query::QueryPtr&, const QString&) override {} ///< one node is shown whatever the query is

    /// "site/name"; asks for its detail and history when the view is visible.
    void showNode(const QString& id);
    QString nodeId() const { return m_id; }
    /// Answer to detailWanted of `id`, or why there is none.
    void setDetail(const QString& id, StatusOr<NodeDetail> detail);
    /// Answer to historyWanted of `id`.
    void setHistory(const QString& id, StatusOr<std::vector<HistorySeries>> series);
    void setOffReason(OffReason offReason) override;

Q_SIGNALS:
    void detailWanted(const QString& id);
    /// No metrics named: all that the controller keeps.
    void historyWanted(const QString& id, const std::vector<busbar::Metric>& metrics, qint64 spanMs, qint64 stepMs);
    /// Nodes whose values shall come at 10 Hz; empty when the view is hidden.
    void watchWanted(const QStringList& ids);
    /// +1 the next node of the window's result, -1 the previous one.
    void stepRequested(int step);
    void backRequested();

protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void build();
    QWidget* buildPage();
    QWidget* buildNotice();
    void askDetail();
    void askHistory(std::int64_t spanMs, std::int64_t stepMs);
    void resetNode();
    NodeRef refresh();
    void showAll();
    void showNodeFacts(const NodeRef& node);
    void showBanner(const NodeRef& node);
    /// Why nothing of the node can be shown; empty when it can.
    QString noticeText(const NodeRef& node) const;
    bool siteStale(const NodeRef& node) const;
    QString planOff(Verb verb, const QStringList& ids) override;
    QString nodeOff(Verb verb, const NodeRef& node) const;
    void choosePlan();
    void openStrip(int gpu);

    QString m_id;
    store::FleetPtr m_fleet;
    std::int64_t m_nowMs = 0;
    std::optional<NodeDetail> m_detail;
    Status m_problem; ///< of the last answer about the detail
    bool m_asking = false; ///< an answer is on its way
    std::int64_t m_askedMs = 0;
    int m_gpus = -1; ///< strips made for; -1 none yet
    std::int64_t m_judgedMs = 0; ///< when leases and neighbours were last counted
    std::vector<NodeLease> m_leases;
    Neighbours m_neighbours;

    QTimer *m_detailTimer, *m_historyTimer;
    QStackedWidget* m_stack;
    NodeHead* m_head = nullptr;
    Surface* m_banner = nullptr;
    Line* m_bannerLine = nullptr;
    QStackedWidget* m_left = nullptr;
    NodeStrips* m_strips = nullptr;
    QWidget* m_hostSide = nullptr;
    HostPage* m_hostPage = nullptr;
    Paragraph* m_noGpus = nullptr;
    NodeDock* m_dock = nullptr;
    Line* m_noticeTitle = nullptr;
    Paragraph* m_notice = nullptr;
    charts::StripDialog* m_dialog = nullptr;
};

} // namespace busbar::views
