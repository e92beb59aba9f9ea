#include "widgets/views/overview/list_panel.h"

#include "widgets/controls/capacity_bar.h"

#include <QHeaderView>
#include <QPainter>
#include <QStackedLayout>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include <algorithm>

namespace busbar::views {

namespace {

constexpr int kBarHeight = 10, kBarRowHeight = 24;

class BarDelegate : public QStyledItemDelegate {
public:
    BarDelegate(const BarListModel& model, BarKind kind, QObject* parent) : QStyledItemDelegate(parent), m_model(model), m_kind(kind) {}
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const Bar bar = index.data(BarListModel::kBarRole).value<Bar>();
        if (option.state & QStyle::State_Selected) painter->fillRect(option.rect, tone(Tone::selection));
        painter->fillRect(QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1), tone(Tone::faintLine));
        const QRectF area(option.rect.left() + 6, option.rect.center().y() - kBarHeight / 2 + 0.0, option.rect.width() - 12, kBarHeight);
        if (bar.unknown) controls::paintPastSwatch(*painter, area);
        else if (m_kind == BarKind::share) controls::paintShareBar(*painter, area, bar.part, bar.whole, m_model.scale());
        else controls::paintLossBar(*painter, area, bar.part, m_model.scale());
    }

private:
    const BarListModel& m_model;
    BarKind m_kind;
};

} // namespace

void BarListModel::setBars(QVector<Bar> bars) {
    m_bars = std::move(bars);
    m_scale = 1;
    for (const Bar& bar : m_bars)
        if (!bar.unknown) m_scale = std::max({m_scale, bar.part, bar.whole});
}

QVariant BarListModel::data(const QModelIndex& index, int role) const {
    if (role == kBarRole && index.isValid() && index.row() < m_bars.size()) return QVariant::fromValue(m_bars[index.row()]);
    return ListCellModel::data(index, role);
}

ListPanel::ListPanel(const QString& title, ListCellModel* model, int rowHeight, bool headed, QWidget* parent)
    : Surface(Tone::base, Qt::TopEdge | Qt::BottomEdge | Qt::LeftEdge | Qt::RightEdge, parent), m_model(model), m_table(new CellTable(model, rowHeight)), m_empty(new Paragraph) {
    model->setParent(this);
    auto* column = columnLayout(this);
    column->setContentsMargins(1, 1, 1, 1);
    column->addWidget(makePanelHead(title, &m_head, this));
    m_stack = new QStackedLayout;
    m_stack->addWidget(m_table);
    m_stack->addWidget(m_empty);
    column->addLayout(m_stack, 1);
    m_empty->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_empty->setContentsMargins(10, 8, 10, 8);
    m_table->horizontalHeader()->setVisible(headed);
    m_table->setAccessibleName(title);
    m_table->viewport()->setCursor(Qt::PointingHandCursor);
    connect(m_table, &QAbstractItemView::clicked, this, &ListPanel::activate);
    connect(m_table, &QAbstractItemView::activated, this, &ListPanel::activate);
}

void ListPanel::setTitle(const QString& title, const QString& caption) { m_head->setRuns({strong(title, kBasePx), plain(caption, Tone::muted)}); }

void ListPanel::setRows(QVector<QVector<Cell>> rows, QStringList targets, const QString& empty) {
    m_targets = std::move(targets);
    m_empty->setText(empty);
    m_stack->setCurrentIndex(rows.isEmpty() ? 1 : 0);
    m_model->setRows(std::move(rows));
}

QString ListPanel::emptySentence() const { return m_stack->currentIndex() == 1 ? m_empty->text() : QString(); }

void ListPanel::activate(const QModelIndex& index) {
    const QString target = m_targets.value(index.row());
    if (!target.isEmpty()) Q_EMIT activated(target);
}

ListPanel* makeBarPanel(const QString& title, QVector<Column> columns, int barColumn, BarKind kind, QWidget* parent) {
    auto* model = new BarListModel(std::move(columns), barColumn, nullptr);
    auto* panel = new ListPanel(title, model, kBarRowHeight, true, parent);
    panel->table().setItemDelegateForColumn(barColumn, new BarDelegate(*model, kind, panel));
    return panel;
}

} // namespace busbar::views
