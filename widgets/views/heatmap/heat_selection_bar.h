// The 44 px below the heatmap while nodes are selected: how many, what they hold, what can be done with them. GUI thread only.
#pragma once

#include "items/node_selection.h"
#include "store/fleet_snapshot.h"
#include "widgets/views/parts/surface.h"

namespace busbar::views {

class HeatSelectionBar : public Surface {
    Q_OBJECT
public:
    explicit HeatSelectionBar(QWidget* parent = nullptr);
    /// Hidden while nothing is selected.
    void show(const store::FleetSnapshot& fleet, const items::NodeSelection& selection);

Q_SIGNALS:
    void tableRequested();
    void filterRequested(const QString& query);
    void planRequested();
    void cleared();

private:
    Line* m_words;
    Button* m_filter;
    Button* m_plan;
    QString m_query;
};

/// "node:a,b,c" for the ids, or empty when the text would be longer than a query bar can show or a name does not fit into a list.
QString queryOfNodes(const std::vector<std::string>& ids);

} // namespace busbar::views
