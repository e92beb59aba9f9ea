#include "busbar/layout_state.h"

#include <QHeaderView>
#include <QSettings>
#include <QSplitter>
#include <QTableView>

namespace busbar::console {

namespace {

/// Tables whose columns a person can change; the others lay out their own.
bool isRemembered(const QTableView& table) {
    const QHeaderView& header = *table.horizontalHeader();
    return !table.objectName().isEmpty() && header.count() > 0 && (header.sectionsMovable() || header.sectionResizeMode(0) == QHeaderView::Interactive);
}

QString splitterKey(const QString& name) { return QStringLiteral("splitters/") + name; }
QString columnsKey(const QString& name) { return QStringLiteral("columns/") + name; }

} // namespace

void saveLayout(const QWidget& window, QSettings& settings) {
    for (const QSplitter* splitter : window.findChildren<QSplitter*>())
        if (!splitter->objectName().isEmpty()) settings.setValue(splitterKey(splitter->objectName()), splitter->saveState());
    for (const QTableView* table : window.findChildren<QTableView*>())
        if (isRemembered(*table)) settings.setValue(columnsKey(table->objectName()), table->horizontalHeader()->saveState());
}

void restoreLayout(QWidget& window, QSettings& settings) {
    for (QSplitter* splitter : window.findChildren<QSplitter*>())
        if (!splitter->objectName().isEmpty()) splitter->restoreState(settings.value(splitterKey(splitter->objectName())).toByteArray());
    for (QTableView* table : window.findChildren<QTableView*>())
        if (isRemembered(*table)) table->horizontalHeader()->restoreState(settings.value(columnsKey(table->objectName())).toByteArray());
}

} // namespace busbar::console
