#include "widgets/views/nodes/cell_menu.h"

#include "items/cell_filter.h"
#include "widgets/views/parts/text.h"
#include "widgets/views/parts/verb_menu.h"

#include <QApplication>
#include <QClipboard>

namespace busbar::views {

void fillCellMenu(QMenu& menu, const items::NodeTableModel& model, const QModelIndex& index, const CellMenuActions& actions) {
    const auto term = items::termOfCell(static_cast<items::NodeColumn>(index.column()), model.at(index.row()));
    if (term) {
        menu.addAction(QStringLiteral("Filter by %1").arg(toQt(term->filter)), &menu, [narrow = actions.narrow, text = term->filter] { narrow(text); });
        menu.addAction(QStringLiteral("Exclude: %1").arg(toQt(term->exclude)), &menu, [narrow = actions.narrow, text = term->exclude] { narrow(text); });
    } else {
        menu.addAction(QStringLiteral("Filter by this value: no field says it, or it is not known"))->setEnabled(false);
    }
    menu.addSeparator();
    const QString value = index.data().toString(), id = toQt(model.id(index.row()));
    const auto copy = [](const QString& text) { QApplication::clipboard()->setText(text); };
    menu.addAction(QStringLiteral("Copy \u201c%1\u201d").arg(value), &menu, [copy, value] { copy(value); })->setEnabled(!value.isEmpty());
    menu.addAction(QStringLiteral("Copy %1").arg(id), &menu, [copy, id] { copy(id); });
    menu.addSeparator();
    menu.addAction(QStringLiteral("Open %1").arg(id), &menu, [open = actions.open, id] { open(id); });
    QMenu* plans = menu.addMenu(QStringLiteral("Plan for %1").arg(id));
    fillVerbMenu(*plans, [&actions, &id](Verb verb) { return actions.planOff(id, verb); }, [plan = actions.plan, id](Verb verb) { plan(id, verb); });
}

} // namespace busbar::views
