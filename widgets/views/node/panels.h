// A panel of the node view's dock: frame, head with caption, one body. GUI thread only.
#pragma once

#include "widgets/views/parts/cell_table.h"
#include "widgets/views/parts/surface.h"

#include <QHeaderView>
#include <QScrollArea>

namespace busbar::views {

/// A framed panel; `head` is kept for captions when wanted.
QWidget* makePanel(const QString& title, QWidget* body, Line** head = nullptr);
/// A table of the dock: `name` for people who do not see it.
CellTable* makeTable(ListCellModel* model, int rowHeight, const QString& name);
/// Shows all rows up to `most` of them, then a scroll bar.
void fitTable(CellTable& table, int rowHeight, int most);
/// A column of panels that scrolls.
QScrollArea* makeScrolled(QWidget* column);
/// "Findings  2 open".
void setCaption(Line& head, const QString& title, const QString& caption);

} // namespace busbar::views
