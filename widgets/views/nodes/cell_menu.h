// What can be done with a cell: filter by it, exclude it, copy it, open its node, plan an action for it. GUI thread only.
#pragma once

#include "domain/action.h"
#include "items/node_table_model.h"

#include <QMenu>

#include <functional>

namespace busbar::views {

struct CellMenuActions {
    std::function<void(const std::string& term)> narrow; ///< join this term to the query
    std::function<void(const QString& id)> open;
    std::function<QString(const QString& id, Verb verb)> planOff; ///< why not; empty text: it can be planned
    std::function<void(const QString& id, Verb verb)> plan;
};
/// Fills `menu` for the cell at `index`; terms are canonical text of the query language.
void fillCellMenu(QMenu& menu, const items::NodeTableModel& model, const QModelIndex& index, const CellMenuActions& actions);

} // namespace busbar::views
