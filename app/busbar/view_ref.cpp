#include "busbar/view_ref.h"

#include "base/ids.h"

namespace busbar::console {

namespace {

const QString kNodePrefix = QStringLiteral("node:");

} // namespace

StatusOr<ViewRef> parseViewRef(const QString& text) {
    for (const QString& view : {view_id::kOverview, view_id::kHeatmap, view_id::kNodes, view_id::kActions})
        if (text == view) return ViewRef{view, {}, {}};
    if (!text.startsWith(kNodePrefix)) return invalid("there is no view '{}': it is overview, heatmap, nodes, actions or node:SITE/NAME", text.toStdString());
    const QString id = text.mid(kNodePrefix.size());
    if (const auto node = NodeId::parse(id.toStdString()); !node.ok()) return invalid("'{}' names no node: it is node:SITE/NAME", text.toStdString());
    return ViewRef{view_id::kNode, id, {}};
}

QString printViewRef(const ViewRef& where) { return where.view == view_id::kNode ? kNodePrefix + where.nodeId : where.view; }

void ViewHistory::visit(const ViewRef& where) {
    if (!m_views.empty() && m_views[m_at].sameView(where)) {
        m_views[m_at] = where;
        return;
    }
    if (!m_views.empty()) m_views.resize(m_at + 1);
    m_views.push_back(where);
    if (m_views.size() > kMostViews) m_views.erase(m_views.begin());
    m_at = m_views.size() - 1;
}

} // namespace busbar::console
