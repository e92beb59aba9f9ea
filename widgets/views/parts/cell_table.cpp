#include "widgets/views/parts/cell_table.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <QPainter>
#include <QStyledItemDelegate>

#include <algorithm>

namespace busbar::views {

namespace {

constexpr int kCellPadding = 6;
constexpr int kSignSize = 14;
constexpr int kTwoLineRow = 36;
constexpr int kHeaderHeight = 22;

constexpr int kBoxPitch = 13, kNarrowestPitch = 4;

void paintBoxes(QPainter& painter, const QByteArray& boxes, const QRect& area, bool selected) {
    // Many are narrow rather than cut: which step runs is told by its place among all.
    const int pitch = std::clamp(area.width() / std::max(1, static_cast<int>(boxes.size())), kNarrowestPitch, kBoxPitch);
    int x = area.left();
    for (const char box : boxes) {
        const QRectF rect(x + 0.5, area.center().y() - 4 + 0.5, pitch - 2, 9);
        painter.setPen(box == '>' ? QPen(tone(Tone::link), 1.6) : QPen(tone(selected ? Tone::secondary : Tone::line)));
        painter.setBrush(box == '#' ? QBrush(tone(Tone::ramp3)) : box == '!' ? QBrush(tone(Tone::p2)) : QBrush(Qt::NoBrush));
        painter.drawRect(rect);
        if (box == '-') painter.drawLine(rect.bottomLeft(), rect.topRight());
        x += pitch;
    }
}

void paintBar(QPainter& painter, const CellBar& bar, const QRect& area) {
    const QRectF track(area.left() + 0.5, area.center().y() - 4.5, area.width() - 1, 10);
    painter.setPen(tone(Tone::line));
    painter.setBrush(tone(Tone::panel));
    painter.drawRect(track);
    const QRectF filled(track.left(), track.top(), std::max(1.0, track.width() * std::clamp(bar.share, 0.0, 1.0)), track.height());
    painter.setPen(tone(bar.good ? Tone::ramp5 : Tone::p2Outline));
    painter.setBrush(tone(bar.good ? Tone::ramp3 : Tone::p2));
    painter.drawRect(filled);
    if (!bar.good) paintHatch(painter, filled);
    if (bar.mark < 0) return;
    const double x = track.left() + track.width() * std::clamp(bar.mark, 0.0, 1.0);
    painter.setPen(QPen(tone(Tone::text), 1.6));
    painter.drawLine(QPointF(x, track.top() - 3), QPointF(x, track.bottom() + 3));
}

class CellDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const Cell cell = index.data(Qt::UserRole).value<Cell>();
        const bool selected = option.state & QStyle::State_Selected;
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        if (selected) painter->fillRect(option.rect, tone(Tone::selection));
        painter->fillRect(QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1), tone(Tone::faintLine));
        QRect area = option.rect.adjusted(kCellPadding, 0, -kCellPadding, -1);
        if (cell.sign != Sign::none) {
            const int x = cell.text.isEmpty() ? area.x() + (area.width() - kSignSize) / 2 : area.x();
            paintSign(*painter, cell.sign, QRectF(x, area.y() + (area.height() - kSignSize) / 2.0, kSignSize, kSignSize));
            area.setLeft(area.left() + kSignSize + 5);
        }
        const auto alignment = Qt::Alignment(index.data(Qt::TextAlignmentRole).toInt());
        if (cell.bar) paintBar(*painter, *cell.bar, area);
        else if (cell.boxes.isEmpty()) paintText(*painter, cell, area, alignment, selected);
        else paintBoxes(*painter, cell.boxes, area, selected);
        painter->restore();
    }

private:
    static void paintText(QPainter& painter, const Cell& cell, QRect area, Qt::Alignment alignment, bool selected) {
        const auto shown = [selected](Tone wanted) { return tone(selected && wanted == Tone::muted ? Tone::secondary : wanted); };
        const bool below = !cell.second.isEmpty() && area.height() >= kTwoLineRow;
        painter.setFont(cell.mono ? monoFace(kCaptionPx) : face(kDensePx, cell.bold));
        painter.setPen(shown(cell.tone));
        QRect first = area;
        if (below) first.setHeight(area.height() / 2 + 2);
        const QString text = painter.fontMetrics().elidedText(cell.text, Qt::ElideRight, area.width());
        painter.drawText(first, int(alignment) | (below ? Qt::AlignBottom : Qt::AlignVCenter), text);
        if (cell.second.isEmpty()) return;
        const int used = painter.fontMetrics().horizontalAdvance(text) + 5;
        painter.setFont(face(below ? kCaptionPx : kDensePx));
        painter.setPen(shown(below ? Tone::muted : Tone::secondary));
        QRect rest = below ? QRect(area.left(), first.bottom(), area.width(), area.bottom() - first.bottom()) : area.adjusted(used, 0, 0, 0);
        if (rest.width() <= 12) return;
        painter.drawText(rest, int(alignment) | (below ? Qt::AlignTop : Qt::AlignVCenter), painter.fontMetrics().elidedText(cell.second, Qt::ElideRight, rest.width()));
    }
};

class CellHeader : public QHeaderView {
public:
    explicit CellHeader(QWidget* parent) : QHeaderView(Qt::Horizontal, parent) {
        setFixedHeight(kHeaderHeight);
        setMinimumSectionSize(16);
        setSectionResizeMode(QHeaderView::Fixed);
    }

protected:
    void paintSection(QPainter* painter, const QRect& rect, int logicalIndex) const override {
        painter->fillRect(rect, tone(Tone::panel));
        painter->fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), tone(Tone::line));
        painter->setFont(face(kDensePx));
        painter->setPen(tone(Tone::secondary));
        const int alignment = model()->headerData(logicalIndex, Qt::Horizontal, Qt::TextAlignmentRole).toInt();
        painter->drawText(rect.adjusted(kCellPadding, 0, -kCellPadding, 0), alignment, model()->headerData(logicalIndex, Qt::Horizontal, Qt::DisplayRole).toString());
    }
    void paintEvent(QPaintEvent* event) override {
        QPainter(viewport()).fillRect(viewport()->rect(), tone(Tone::panel));
        QHeaderView::paintEvent(event);
    }
};

} // namespace

CellModel::CellModel(QVector<Column> columns, QObject* parent) : QAbstractTableModel(parent), m_columns(std::move(columns)) {}

void CellModel::setColumnTitle(int column, const QString& title) {
    if (m_columns[column].title == title) return;
    m_columns[column].title = title;
    Q_EMIT headerDataChanged(Qt::Horizontal, column, column);
}

int CellModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_columns.size()); }

QVariant CellModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= rowCount() || index.column() >= m_columns.size()) return {};
    if (role == Qt::TextAlignmentRole) return int(m_columns[index.column()].alignment | Qt::AlignVCenter);
    if (role != Qt::DisplayRole && role != Qt::UserRole && role != Qt::ToolTipRole && role != Qt::AccessibleTextRole) return {};
    const Cell made = cell(index.row(), index.column());
    if (role == Qt::UserRole) return QVariant::fromValue(made);
    QString words = made.text.isEmpty() ? signText(made.sign) : made.text;
    if (!made.second.isEmpty()) words += (words.isEmpty() ? QString() : QStringLiteral(" ")) + made.second;
    return role == Qt::ToolTipRole && !made.tip.isEmpty() ? made.tip : words;
}

QVariant CellModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= m_columns.size()) return {};
    if (role == Qt::DisplayRole) return m_columns[section].title;
    if (role == Qt::TextAlignmentRole) return int(m_columns[section].alignment | Qt::AlignVCenter);
    return {};
}

void ListCellModel::setRows(QVector<QVector<Cell>> rows) {
    if (rows.size() == m_rows.size()) {
        m_rows = std::move(rows);
        if (!m_rows.isEmpty()) Q_EMIT dataChanged(index(0, 0), index(static_cast<int>(m_rows.size()) - 1, columnCount() - 1));
        return;
    }
    beginResetModel();
    m_rows = std::move(rows);
    endResetModel();
}

void ListCellModel::setTable(QVector<Column> newColumns, QVector<QVector<Cell>> rows) {
    if (newColumns.size() == columns().size()) return setRows(std::move(rows));
    beginResetModel();
    replaceColumns(std::move(newColumns));
    m_rows = std::move(rows);
    endResetModel();
}

Cell ListCellModel::cell(int row, int column) const { return m_rows[row].value(column); }

int ListCellModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_rows.size()); }

void setUpRows(QTableView& table, int lowest, int usual) {
    table.verticalHeader()->hide();
    table.verticalHeader()->setMinimumSectionSize(lowest);
    table.verticalHeader()->setDefaultSectionSize(usual);
    table.setShowGrid(false);
    table.setFrameShape(QFrame::NoFrame);
    table.setSelectionBehavior(QAbstractItemView::SelectRows);
    table.setSelectionMode(QAbstractItemView::SingleSelection);
    table.setEditTriggers(QAbstractItemView::NoEditTriggers);
    table.setTabKeyNavigation(false);
    table.setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
}

CellTable::CellTable(CellModel* model, int rowHeight, QWidget* parent) : QTableView(parent), m_model(model), m_rowHeight(rowHeight) {
    setModel(model);
    setItemDelegate(new CellDelegate(this));
    setHorizontalHeader(new CellHeader(this));
    setUpRows(*this, rowHeight, rowHeight);
    setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    spreadColumns();
    connect(model, &QAbstractItemModel::modelReset, this, [this] {
        spreadColumns();
        updateGeometry();
    });
}

void CellTable::fitRows() {
    m_fit = true;
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    updateGeometry();
}

void CellTable::setHatched(bool hatched) {
    m_hatched = hatched;
    viewport()->update();
}

QSize CellTable::sizeHint() const {
    if (!m_fit) return QTableView::sizeHint();
    return {200, (horizontalHeader()->isHidden() ? 0 : kHeaderHeight) + m_model->rowCount() * m_rowHeight};
}

QSize CellTable::minimumSizeHint() const { return m_fit ? QSize(60, sizeHint().height()) : QTableView::minimumSizeHint(); }

void CellTable::resizeEvent(QResizeEvent* event) {
    QTableView::resizeEvent(event);
    spreadColumns();
}

void CellTable::setColumnShown(int column, bool shown) {
    if (isColumnHidden(column) == !shown) return;
    setColumnHidden(column, !shown);
    spreadColumns();
}

void CellTable::spreadColumns() {
    const auto& columns = m_model->columns();
    int fixed = 0, flexible = 0;
    for (int i = 0; i < columns.size(); ++i) {
        if (isColumnHidden(i)) continue;
        fixed += columns[i].width;
        flexible += columns[i].width == 0 ? 1 : 0;
    }
    const int share = flexible == 0 ? 0 : std::max(40, (viewport()->width() - fixed) / flexible);
    for (int i = 0; i < columns.size(); ++i)
        if (!isColumnHidden(i)) setColumnWidth(i, columns[i].width == 0 ? share : columns[i].width);
}

void CellTable::keyPressEvent(QKeyEvent* event) {
    pressRowKey(*this, *event, [this](QKeyEvent* other) { QTableView::keyPressEvent(other); });
}

void CellTable::paintEvent(QPaintEvent* event) {
    QPainter(viewport()).fillRect(viewport()->rect(), tone(Tone::base));
    QTableView::paintEvent(event);
    if (!m_hatched) return;
    QPainter painter(viewport());
    paintHatch(painter, viewport()->rect());
}

void pressRowKey(QAbstractItemView& view, QKeyEvent& event, const std::function<void(QKeyEvent*)>& others) {
    const bool down = event.key() == Qt::Key_J;
    if ((!down && event.key() != Qt::Key_K) || event.modifiers() != Qt::NoModifier || view.model() == nullptr) {
        others(&event);
        return;
    }
    const int rows = view.model()->rowCount();
    if (rows == 0) return;
    const int row = view.currentIndex().isValid() ? view.currentIndex().row() + (down ? 1 : -1) : 0;
    view.setCurrentIndex(view.model()->index(std::clamp(row, 0, rows - 1), 0));
}

} // namespace busbar::views
