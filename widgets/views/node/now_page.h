// First page of the node view's dock: why the node is not what it should be, its leases, who holds its GPUs, what is wrong, whom it shares
// that with, and where its values come from. GUI thread only.
#pragma once

#include "domain/fleet_batch.h"
#include "widgets/views/node/neighbours.h"
#include "widgets/views/node/panels.h"

#include <QWidget>

#include <cstdint>
#include <vector>

class QVBoxLayout;

namespace busbar::views {

class FactGrid;

/// A lease that holds GPUs of the node.
struct NodeLease {
    LeaseInfo info;
    int here = 0; ///< GPUs of this node
    std::uint32_t gpus = 0, nodes = 0; ///< at the site
};

class NowPage : public QWidget {
    Q_OBJECT
public:
    explicit NowPage(QWidget* parent = nullptr);
    void setDetail(const NodeDetail& detail, std::int64_t nowMs);
    void setLeases(const std::vector<NodeLease>& leases, std::int64_t nowMs);
    void setNeighbours(const Neighbours& neighbours);
    /// Of the node's agent, and of its site.
    void setStale(bool node, bool site);

private:
    QWidget* buildWhy();
    FactGrid* m_lease;
    Line *m_leaseHead = nullptr, *m_processHead = nullptr, *m_findingHead = nullptr, *m_neighbourHead = nullptr, *m_sourceHead = nullptr;
    QWidget *m_whyPanel, *m_leasePanel, *m_neighbourPanel, *m_sourcePanel;
    Paragraph *m_why, *m_source;
    ListCellModel *m_processModel, *m_findingModel, *m_neighbourModel;
    CellTable *m_processes, *m_findings, *m_neighbours;
};

} // namespace busbar::views
