#include "widgets/views/node/panels.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include <algorithm>

namespace busbar::views {

namespace {

constexpr int kTableHead = 22;

} // namespace

QWidget* makePanel(const QString& title, QWidget* body, Line** head) {
    auto* panel = new Surface(Tone::base, Qt::TopEdge | Qt::BottomEdge | Qt::LeftEdge | Qt::RightEdge);
    auto* column = columnLayout(panel);
    column->setContentsMargins(1, 1, 1, 1);
    column->addWidget(makePanelHead(title, head, panel));
    column->addWidget(body);
    return panel;
}

CellTable* makeTable(ListCellModel* model, int rowHeight, const QString& name) {
    auto* table = new CellTable(model, rowHeight);
    table->setAccessibleName(name);
    table->setObjectName(name);
    return table;
}

void fitTable(CellTable& table, int rowHeight, int most) {
    const int rows = std::min(table.model()->rowCount(), most);
    table.setFixedHeight((table.horizontalHeader()->isHidden() ? 0 : kTableHead) + rows * rowHeight);
    table.setVerticalScrollBarPolicy(table.model()->rowCount() > most ? Qt::ScrollBarAlwaysOn : Qt::ScrollBarAlwaysOff);
}

QScrollArea* makeScrolled(QWidget* column) {
    auto* scroll = new QScrollArea;
    scroll->setWidget(column);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->viewport()->setAutoFillBackground(false);
    column->setAutoFillBackground(false);
    return scroll;
}

void setCaption(Line& head, const QString& title, const QString& caption) {
    Runs runs{strong(title, kBasePx)};
    if (!caption.isEmpty()) runs << plain(caption, Tone::muted);
    head.setRuns(runs);
}

} // namespace busbar::views
