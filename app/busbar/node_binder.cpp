#include "busbar/node_binder.h"

#include "widgets/views/node/node_view.h"

#include <QPointer>

namespace busbar::console {

using views::NodeView;

NodeBinder::NodeBinder(LiveFleet& live, NodeView& view, QObject* parent) : QObject(parent), m_live(live), m_view(view) {
    connect(&view, &NodeView::detailWanted, this, &NodeBinder::askDetail);
    connect(&view, &NodeView::historyWanted, this, &NodeBinder::askHistory);
    connect(&view, &NodeView::watchWanted, this, &NodeBinder::watch);
}

// The session answers each question once, unless it ends first; the view drops answers about another node than it shows.
void NodeBinder::askDetail(const QString& id) {
    m_live.session().describe(id.toStdString(), [self = QPointer<NodeBinder>(this), id](StatusOr<NodeDetail> detail) {
        if (!self) return;
        self->m_detailOf = id;
        self->m_view.setDetail(id, std::move(detail));
    });
}

void NodeBinder::askHistory(const QString& id, const std::vector<Metric>& metrics, qint64 spanMs, qint64 stepMs) {
    m_live.session().history(id.toStdString(), metrics, spanMs, stepMs, [self = QPointer<NodeBinder>(this), id](StatusOr<std::vector<HistorySeries>> series) {
        if (!self) return;
        self->m_historyOf = id;
        self->m_view.setHistory(id, std::move(series));
    });
}

void NodeBinder::watch(const QStringList& ids) {
    std::vector<std::string> wanted;
    for (const QString& id : ids) wanted.push_back(id.toStdString());
    m_live.watch(this, wanted);
}

} // namespace busbar::console
