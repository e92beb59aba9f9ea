#include "widgets/views/overview/site_table.h"

#include "widgets/views/overview/overview_words.h"
#include "widgets/views/parts/cell_table.h"
#include "widgets/views/parts/text.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <QPainter>

#include <algorithm>
#include <array>
#include <cmath>

namespace busbar::views {

namespace {

using items::SiteModel;

constexpr int kRoomyRow = 46, kLowestRow = 21;
constexpr int kLeastCapacity = 120;
/// In the order of SiteModel::Column; the capacity takes what is left.
constexpr std::array<int, SiteModel::kColumns> kWidths{218, 0, 68, 58, 56, 54, 220, 78, 148, 144, 46, 118};
/// Hidden in this order where the window is narrow.
constexpr std::array<int, 5> kSpareColumns{SiteModel::kTrend, SiteModel::kPower, SiteModel::kNotOk, SiteModel::kHealthy, SiteModel::kPriority};

} // namespace

/// Titles of the columns; that of the trend is the span there is.
class SiteHeader : public QHeaderView {
public:
    explicit SiteHeader(QWidget* parent) : QHeaderView(Qt::Horizontal, parent) {
        setFixedHeight(kSiteHeaderHeight);
        setMinimumSectionSize(16);
        setSectionResizeMode(QHeaderView::Fixed);
    }
    void setTrendTitle(const QString& title) {
        if (title == m_trendTitle) return;
        m_trendTitle = title;
        viewport()->update();
    }

protected:
    void paintSection(QPainter* painter, const QRect& rect, int column) const override {
        static constexpr std::array<int, SiteModel::kColumns> kIndents{kSitePadding, kCellPad, 4, 4, 4, 4, 16, 6, 14, 14, 4, 8};
        painter->fillRect(rect, tone(Tone::base));
        painter->setFont(face(kDensePx));
        painter->setPen(tone(Tone::secondary));
        const QString title = column == SiteModel::kTrend ? m_trendTitle : model()->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
        const int alignment = model()->headerData(column, Qt::Horizontal, Qt::TextAlignmentRole).toInt();
        const QRect area = rect.adjusted(kIndents[static_cast<std::size_t>(column)], 0, -6, -1);
        painter->drawText(area, alignment, painter->fontMetrics().elidedText(title, Qt::ElideRight, area.width()));
        if (column == SiteModel::kUtilisation) {
            painter->setPen(tone(Tone::muted));
            painter->drawText(area.adjusted(painter->fontMetrics().horizontalAdvance(title) + 8, 0, 0, 0), alignment, QStringLiteral("0\u2013100"));
        }
        painter->fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), tone(Tone::faintLine));
    }
    void paintEvent(QPaintEvent* event) override {
        QPainter(viewport()).fillRect(viewport()->rect(), tone(Tone::base));
        QHeaderView::paintEvent(event);
    }

private:
    QString m_trendTitle = QStringLiteral("trend");
};

SiteTable::SiteTable(SiteModel& model, const items::FleetTrends& trends, QWidget* parent) : QTableView(parent), m_model(model), m_trends(trends), m_context{&model, &trends}, m_header(new SiteHeader(this)) {
    setModel(&model);
    setHorizontalHeader(m_header);
    for (int column = 0; column < SiteModel::kColumns; ++column) setItemDelegateForColumn(column, makeSiteDelegate(static_cast<SiteModel::Column>(column), m_context, this));
    setUpRows(*this, kLowestRow, kRoomyRow);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    setMouseTracking(true);
    setAccessibleName(QStringLiteral("sites, worst first"));
    connect(this, &QTableView::entered, this, [this](const QModelIndex& index) { setHovered(index.row()); });
    connect(this, &QTableView::viewportEntered, this, [this] { setHovered(-1); });
    connect(this, &QTableView::doubleClicked, this, [this](const QModelIndex& index) { Q_EMIT scopeRequested(m_model.site(index.row()).name); });
    connect(selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this] {
        updateFrozen();
        Q_EMIT currentSiteChanged(currentSite());
    });
    connect(&model, &QAbstractItemModel::modelReset, this, &SiteTable::spanSentences);
    connect(&model, &QAbstractItemModel::layoutChanged, this, &SiteTable::spanSentences);
    connect(&model, &QAbstractItemModel::dataChanged, this, &SiteTable::spanSentences);
    spanSentences();
}

void SiteTable::fitTo(int available) {
    const int rows = std::max(1, m_model.rowCount());
    const int height = std::clamp((available - kSiteHeaderHeight) / rows, kLowestRow, kRoomyRow);
    verticalHeader()->setDefaultSectionSize(height);
    const int wanted = kSiteHeaderHeight + rows * height;
    setVerticalScrollBarPolicy(wanted > available ? Qt::ScrollBarAsNeeded : Qt::ScrollBarAlwaysOff);
    setFixedHeight(std::min(wanted, std::max(available, kSiteHeaderHeight + kLowestRow)));
}

void SiteTable::refreshTrends() {
    constexpr double kScaleStep = 10;
    float low = 100, high = 0;
    std::int64_t span = 0;
    for (int row = 0; row < m_model.rowCount(); ++row) {
        const items::Trend& trend = m_trends.site(toStd(m_model.site(row).name));
        span = std::max(span, trend.spanMs());
        for (const float value : trend.samples()) {
            low = std::fmin(low, value);
            high = std::fmax(high, value);
        }
    }
    m_header->setTrendTitle(span == 0 ? QStringLiteral("trend") : QStringLiteral("last %1").arg(spanText(span)));
    m_context.trendLow = low > high ? 0 : std::floor(low / kScaleStep) * kScaleStep;
    m_context.trendHigh = low > high ? 100 : std::max(m_context.trendLow + kScaleStep, std::ceil(high / kScaleStep) * kScaleStep);
    if (!isColumnHidden(SiteModel::kTrend)) viewport()->update(columnViewportPosition(SiteModel::kTrend), 0, columnWidth(SiteModel::kTrend), viewport()->height());
}

QString SiteTable::currentSite() const { return currentIndex().isValid() ? m_model.site(currentIndex().row()).name : QString(); }

void SiteTable::selectSite(const QString& name) {
    const int row = m_model.rowOf(name);
    if (row < 0) selectionModel()->clear();
    else setCurrentIndex(m_model.index(row, SiteModel::kSite));
}

void SiteTable::resizeEvent(QResizeEvent* event) {
    QTableView::resizeEvent(event);
    spreadColumns();
}

void SiteTable::spreadColumns() {
    int fixed = 0;
    for (const int width : kWidths) fixed += width;
    for (int column = 0; column < SiteModel::kColumns; ++column) setColumnHidden(column, false);
    for (const int column : kSpareColumns) {
        if (fixed + kLeastCapacity <= viewport()->width()) break;
        setColumnHidden(column, true);
        fixed -= kWidths[static_cast<std::size_t>(column)];
    }
    for (int column = 0; column < SiteModel::kColumns; ++column)
        setColumnWidth(column, column == SiteModel::kCapacity ? std::max(kLeastCapacity, viewport()->width() - fixed) : kWidths[static_cast<std::size_t>(column)]);
    Q_EMIT columnsChanged();
}

/// A site without values says why across the columns that would hold them.
void SiteTable::spanSentences() {
    for (int row = 0; row < m_model.rowCount(); ++row) {
        const int wanted = rowSentence(m_model.site(row)).isEmpty() ? 1 : SiteModel::kLink - SiteModel::kCapacity;
        if (columnSpan(row, SiteModel::kCapacity) != wanted) setSpan(row, SiteModel::kCapacity, 1, wanted);
    }
}

void SiteTable::setHovered(int row) {
    if (m_context.hoveredRow == row) return;
    m_context.hoveredRow = row;
    viewport()->update();
}

void SiteTable::updateFrozen() { m_model.setFrozen(underMouse() || currentIndex().isValid()); }

void SiteTable::paintEvent(QPaintEvent* event) {
    QPainter(viewport()).fillRect(viewport()->rect(), tone(Tone::base));
    QTableView::paintEvent(event);
    if (!hasFocus() || currentIndex().isValid()) return;
    QPainter painter(viewport());
    painter.setPen(QPen(tone(Tone::link), 2));
    painter.drawRect(viewport()->rect().adjusted(1, 1, -1, -1));
}

void SiteTable::keyPressEvent(QKeyEvent* event) {
    const QString site = currentSite();
    const bool plainKey = event->modifiers() == Qt::NoModifier || event->modifiers() == Qt::KeypadModifier;
    if (plainKey && (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && !site.isEmpty()) {
        Q_EMIT scopeRequested(site);
    } else if (plainKey && event->key() == Qt::Key_H && !site.isEmpty()) {
        Q_EMIT heatmapRequested(site);
    } else if (event->key() == Qt::Key_R && (plainKey || event->modifiers() == Qt::ShiftModifier)) {
        m_model.applyOrder();
    } else if (event->key() == Qt::Key_Escape && !site.isEmpty()) {
        selectionModel()->clear();
    } else {
        pressRowKey(*this, *event, [this](QKeyEvent* other) { QTableView::keyPressEvent(other); });
    }
}

/// Focus alone selects nothing (QAbstractItemView would make the first row current): the order goes on until a person picks a site.
void SiteTable::focusInEvent(QFocusEvent* event) {
    QAbstractScrollArea::focusInEvent(event);
    viewport()->update();
}

void SiteTable::enterEvent(QEnterEvent* event) {
    QTableView::enterEvent(event);
    updateFrozen();
}

void SiteTable::leaveEvent(QEvent* event) {
    QTableView::leaveEvent(event);
    setHovered(-1);
    updateFrozen();
}

} // namespace busbar::views
