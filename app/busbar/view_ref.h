// Where a window is: a view, and for a node's detail whose. The same words on the command line, in the settings and in the history.
// Pure values.
#pragma once

#include "base/status.h"

#include <QString>

#include <vector>

namespace busbar::console {

namespace view_id {
inline const QString kWelcome = QStringLiteral("welcome");
inline const QString kOverview = QStringLiteral("overview");
inline const QString kHeatmap = QStringLiteral("heatmap");
inline const QString kNodes = QStringLiteral("nodes");
inline const QString kNode = QStringLiteral("node");
inline const QString kActions = QStringLiteral("actions");
} // namespace view_id

struct ViewRef {
    QString view = view_id::kOverview;
    QString nodeId; ///< "site/name" when the view is kNode
    QString query;  ///< text of the window's query

    bool sameView(const ViewRef& other) const { return view == other.view && nodeId == other.nodeId; }
    bool operator==(const ViewRef&) const = default;
};

/// "overview", "heatmap", "nodes", "actions" or "node:SITE/NAME"; the error names the words that are right.
StatusOr<ViewRef> parseViewRef(const QString& text);
/// The inverse, without the query.
QString printViewRef(const ViewRef& where);

/// The way a person took through a window: back and forward, at most kMostViews deep.
class ViewHistory {
public:
    static constexpr std::size_t kMostViews = 64;

    /// Goes on from the present view: what lay ahead is gone. The same view with another query replaces it.
    void visit(const ViewRef& where);
    bool canGoBack() const { return m_at > 0; }
    bool canGoForward() const { return m_at + 1 < m_views.size(); }
    /// Only when they can.
    ViewRef back() { return m_views[--m_at]; }
    ViewRef forward() { return m_views[++m_at]; }

private:
    std::vector<ViewRef> m_views;
    std::size_t m_at = 0;
};

} // namespace busbar::console
