#include "widgets/controls/heatmap/heat_access.h"

#include "widgets/controls/heatmap/heat_words.h"
#include "widgets/controls/heatmap/heatmap_control.h"

#include <QAccessible>
#include <QAccessibleWidget>
#include <QLocale>

namespace busbar::controls {

namespace {

class CellAccess : public QAccessibleInterface {
public:
    explicit CellAccess(HeatmapControl* control) : m_control(control) {}
    bool isValid() const override { return m_control->cursor().has_value(); }
    QObject* object() const override { return nullptr; }
    QWindow* window() const override { return m_control->window()->windowHandle(); }
    QAccessibleInterface* childAt(int, int) const override { return nullptr; }
    QAccessibleInterface* parent() const override { return QAccessible::queryAccessibleInterface(m_control); }
    QAccessibleInterface* child(int) const override { return nullptr; }
    int childCount() const override { return 0; }
    int indexOfChild(const QAccessibleInterface*) const override { return -1; }
    QString text(QAccessible::Text kind) const override {
        return kind == QAccessible::Name && isValid() ? heatCellWords(m_control->scene(), m_control->level(), *m_control->cursor()) : QString();
    }
    void setText(QAccessible::Text, const QString&) override {}
    QRect rect() const override {
        if (!isValid()) return {};
        const QRect cell = m_control->cellRect(*m_control->cursor()).toAlignedRect();
        return {m_control->mapToGlobal(cell.topLeft()), cell.size()};
    }
    QAccessible::Role role() const override { return QAccessible::Cell; }
    QAccessible::State state() const override {
        QAccessible::State state;
        state.focusable = true;
        state.focused = m_control->hasFocus();
        state.selectable = true;
        return state;
    }

private:
    HeatmapControl* m_control;
};

class GridAccess : public QAccessibleWidget {
public:
    explicit GridAccess(HeatmapControl* control) : QAccessibleWidget(control, QAccessible::Table), m_control(control), m_cell(new CellAccess(control)), m_cellId(QAccessible::registerAccessibleInterface(m_cell)) {}
    ~GridAccess() override { QAccessible::deleteAccessibleInterface(m_cellId); }
    int childCount() const override { return m_control->cursor() ? 1 : 0; }
    QAccessibleInterface* child(int index) const override { return index == 0 && m_control->cursor() ? m_cell : nullptr; }
    QAccessibleInterface* focusChild() const override { return m_control->hasFocus() ? child(0) : nullptr; }
    QAccessibleInterface* childAt(int x, int y) const override { return m_cell->rect().contains(x, y) ? child(0) : nullptr; }
    int indexOfChild(const QAccessibleInterface* interface) const override { return interface == m_cell ? 0 : -1; }
    QString text(QAccessible::Text kind) const override {
        if (kind != QAccessible::Name) return QAccessibleWidget::text(kind);
        std::uint64_t gpus = 0;
        for (const auto& site : m_control->scene().fleet().sites) gpus += site->rowCount();
        return QStringLiteral("Heatmap, %1 of %2 GPUs").arg(infoOf(m_control->scene().table().fill()).key, QLocale(QLocale::English).toString(static_cast<qulonglong>(gpus)));
    }

private:
    HeatmapControl* m_control;
    CellAccess* m_cell;
    QAccessible::Id m_cellId;
};

QAccessibleInterface* makeAccess(const QString& key, QObject* object) {
    if (key != QLatin1String("busbar::controls::HeatmapControl")) return nullptr;
    auto* control = qobject_cast<HeatmapControl*>(object);
    return control == nullptr ? nullptr : new GridAccess(control);
}

} // namespace

void installHeatmapAccess() {
    static const bool installed = [] {
        QAccessible::installFactory(makeAccess);
        return true;
    }();
    Q_UNUSED(installed)
}

void announceCursor(HeatmapControl& control) {
    if (!QAccessible::isActive()) return;
    QAccessibleInterface* grid = QAccessible::queryAccessibleInterface(&control);
    if (grid == nullptr || grid->child(0) == nullptr) return;
    QAccessibleEvent event(grid->child(0), QAccessible::Focus);
    QAccessible::updateAccessibility(&event);
}

} // namespace busbar::controls
