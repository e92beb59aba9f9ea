// What is built into a node and how its host does: identity, CPU, memory, load, temperatures, NICs, disks, PCIe. A page of the dock; for a
// node without GPUs it stands in place of the strips. GUI thread only.
#pragma once

#include "domain/fleet_batch.h"
#include "widgets/views/node/panels.h"

#include <QWidget>

namespace busbar::views {

class FactGrid;

class HostPage : public QWidget {
    Q_OBJECT
public:
    explicit HostPage(QWidget* parent = nullptr);
    void setDetail(const NodeDetail& detail);
    void setStale(bool stale);

private:
    struct Part {
        ListCellModel* model = nullptr;
        CellTable* table = nullptr;
        QWidget* panel = nullptr;
        Line* head = nullptr;
    };
    Part makePart(const QString& title, const QVector<Column>& columns);
    void fill(Part& part, const QString& title, const QVector<QVector<Cell>>& rows, const QString& none);

    FactGrid *m_identity, *m_host;
    Line* m_driverHead = nullptr;
    Part m_nics, m_disks, m_pci;
};

} // namespace busbar::views
