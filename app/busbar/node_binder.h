// Joins the node view of a window to the session: its detail, its history, its values at 10 Hz while it is on the glass. GUI thread only.
#pragma once

#include "busbar/live_fleet.h"

namespace busbar::views {
class NodeView;
}

namespace busbar::console {

class NodeBinder : public QObject {
    Q_OBJECT
public:
    NodeBinder(LiveFleet& live, views::NodeView& view, QObject* parent = nullptr);

    /// True once the view has been given the detail and the history of `nodeId`, or why there is none.
    bool complete(const QString& nodeId) const { return m_detailOf == nodeId && m_historyOf == nodeId; }

private:
    void askDetail(const QString& id);
    void askHistory(const QString& id, const std::vector<Metric>& metrics, qint64 spanMs, qint64 stepMs);
    void watch(const QStringList& ids);

    LiveFleet& m_live;
    views::NodeView& m_view;
    QString m_detailOf, m_historyOf;
};

} // namespace busbar::console
