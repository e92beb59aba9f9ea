// The node table over a made-up fleet that changes once a second, for the gallery: its second site has gone silent. GUI thread only.
#pragma once

#include "items/node_selection.h"
#include "tests/support/synthetic_fleet.h"
#include "widgets/views/nodes/nodes_view.h"

#include <QObject>

namespace busbar::views {
class MainFrame;
}

namespace busbar::samples {

class NodesSample : public QObject {
    Q_OBJECT
public:
    /// `query` as typed; `what` "nodes-marked" has five nodes marked, "nodes-loading" has no site with data yet.
    NodesSample(const QString& what, const QString& query);
    views::NodesView* view() const { return m_view; }
    void start(views::MainFrame& frame);

private:
    void tick();
    void ask(const QString& query);

    bool m_marked, m_loading;
    test::SyntheticFleet m_fleet;
    items::NodeSelection m_selection;
    views::NodesView* m_view;
    std::int64_t m_nowMs = test::kSyntheticNowMs;
};

} // namespace busbar::samples
