// What stands in the place of rows when there are none: loading, an empty fleet, or a query that leaves nothing and why. GUI thread only.
#pragma once

#include "items/node_table_model.h"
#include "store/fleet_snapshot.h"
#include "widgets/views/parts/line.h"

#include <QWidget>

namespace busbar::views {

/// Lines to show; empty when the rows speak for themselves. Links: "clear", "stale", or a query's text after "query:".
QVector<Runs> nodesStateLines(const items::NodeTableModel& model, const store::FleetSnapshot& fleet, std::int64_t nowWallMs);

class NodesState : public QWidget {
    Q_OBJECT
public:
    explicit NodesState(QWidget* parent = nullptr);
    void setLines(const QVector<Runs>& lines);
    QString text() const;

Q_SIGNALS:
    void linkActivated(const QString& link);

private:
    static constexpr int kLines = 6;
    Line* m_lines[kLines];
};

} // namespace busbar::views
