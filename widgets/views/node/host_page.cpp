#include "widgets/views/node/host_page.h"

#include "widgets/views/node/fact_grid.h"
#include "widgets/views/node/node_rows.h"
#include "widgets/views/parts/text.h"

#include <QVBoxLayout>

namespace busbar::views {

namespace {

constexpr int kRow = 20, kMostRows = 16, kGap = 8;

} // namespace

HostPage::HostPage(QWidget* parent) : QWidget(parent), m_identity(new FactGrid(92)), m_host(new FactGrid(92)) {
    auto* inner = new QWidget;
    auto* column = columnLayout(inner, kGap);
    column->addWidget(makePanel(QStringLiteral("Identity"), m_identity));
    column->addWidget(makePanel(QStringLiteral("Host"), m_host));
    m_nics = makePart(QStringLiteral("NICs"), nicColumns());
    m_disks = makePart(QStringLiteral("Disks"), diskColumns());
    m_pci = makePart(QStringLiteral("PCIe devices"), pciColumns());
    for (const Part* part : {&m_nics, &m_disks, &m_pci}) column->addWidget(part->panel);
    column->addStretch(1);
    columnLayout(this)->addWidget(makeScrolled(inner));
}

HostPage::Part HostPage::makePart(const QString& title, const QVector<Column>& columns) {
    Part part;
    part.model = new ListCellModel(columns, this);
    part.table = makeTable(part.model, kRow, title);
    part.panel = makePanel(title, part.table, &part.head);
    return part;
}

void HostPage::fill(Part& part, const QString& title, const QVector<QVector<Cell>>& rows, const QString& none) {
    part.model->setRows(rows);
    setCaption(*part.head, title, rows.isEmpty() ? none : countText(rows.size()));
    part.table->setVisible(!rows.isEmpty());
    fitTable(*part.table, kRow, kMostRows);
}

void HostPage::setDetail(const NodeDetail& detail) {
    m_identity->setPairs(identityPairs(detail));
    m_host->setPairs(hostPairs(detail));
    fill(m_nics, QStringLiteral("NICs"), nicRows(detail), QStringLiteral("none reported"));
    fill(m_disks, QStringLiteral("Disks"), diskRows(detail), QStringLiteral("none reported"));
    fill(m_pci, QStringLiteral("PCIe devices"), pciRows(detail), QStringLiteral("none reported"));
}

void HostPage::setStale(bool stale) {
    m_identity->setStale(stale);
    m_host->setStale(stale);
    for (const Part* part : {&m_nics, &m_disks, &m_pci}) part->table->setHatched(stale);
}

} // namespace busbar::views
