#include "widgets/controls/node_header.h"

#include "items/words.h"
#include "widgets/controls/theme.h"

#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>

namespace busbar::controls {

namespace {

using items::ColumnChart;
using items::ColumnSummary;
using items::countText;
using items::NodeColumn;
using items::toQt;

constexpr int kPadding = 6;
constexpr int kSmallest = 28;
constexpr int kShareWidth = 84;

int firstWidth(NodeColumn column) {
    switch (column) {
    case NodeColumn::mark: return 34;
    case NodeColumn::node: return 190;
    case NodeColumn::site: return 62;
    case NodeColumn::source: return 88;
    case NodeColumn::model: return 126;
    case NodeColumn::state: return 76;
    case NodeColumn::service: return 92;
    case NodeColumn::occupancy: return 92;
    case NodeColumn::health: return 110;
    case NodeColumn::link: return 92;
    case NodeColumn::gpus: return 90;
    case NodeColumn::utilisation: return 110;
    case NodeColumn::power: return 70;
    case NodeColumn::temperature: return 74;
    case NodeColumn::xid: return 84;
    case NodeColumn::lease: return 104;
    case NodeColumn::tenant: return 112;
    case NodeColumn::leaf:
    case NodeColumn::rack: return 116;
    case NodeColumn::pdu: return 150;
    case NodeColumn::rackClass: return 62;
    case NodeColumn::unit: return 46;
    case NodeColumn::driver: return 152;
    case NodeColumn::age: return 84;
    default: return 70;
    }
}

void paintBars(QPainter& painter, const QRect& area, const ColumnSummary& column) {
    const std::uint32_t tallest = *std::max_element(column.bars.begin(), column.bars.end());
    const int bars = static_cast<int>(column.bars.size());
    const int pitch = std::clamp(area.width() / bars, 2, 5);
    const int left = area.right() + 1 - bars * pitch;
    const int floor = area.bottom() - 3;
    for (int bar = 0; bar < bars && tallest > 0; ++bar) {
        const std::uint32_t count = column.bars[static_cast<std::size_t>(bar)];
        if (count == 0) continue;
        const int height = std::max(1, static_cast<int>(19.0 * count / tallest + 0.5));
        painter.fillRect(left + bar * pitch, floor - height, pitch - 1, height, tone(Tone::ramp3));
    }
    painter.fillRect(left, floor, bars * pitch - 1, 1, tone(Tone::muted));
}

void paintShares(QPainter& painter, const QRect& area, const ColumnSummary& column) {
    double total = 0;
    for (const auto& [word, count] : column.shares) total += count;
    const double width = std::min(kShareWidth, area.width());
    double x = area.left();
    for (std::size_t i = 0; i < column.shares.size() && total > 0; ++i) {
        const double share = column.shares[i].second / total * width;
        const auto shade = static_cast<Tone>(static_cast<int>(Tone::ramp4) - static_cast<int>(std::min<std::size_t>(i, 3)));
        painter.fillRect(QRectF(x, area.top() + 8, std::max(1.5, share - 1), 9), tone(shade));
        x += share;
    }
}

} // namespace

NodeHeader::NodeHeader(items::NodeTableModel& model, QWidget* parent) : QHeaderView(Qt::Horizontal, parent), m_items(model) {
    setModel(&model);
    setSectionsMovable(true);
    setSectionsClickable(true);
    setHighlightSections(false);
    setMinimumSectionSize(kSmallest);
    setAccessibleName(QStringLiteral("columns of the node table"));
    setLayoutWords({});
    connect(&model, &items::NodeTableModel::summaryChanged, viewport(), qOverload<>(&QWidget::update));
    connect(this, &QHeaderView::sectionMoved, this, &NodeHeader::columnsChanged);
    connect(this, &QHeaderView::sectionResized, this, [this](int, int before, int now) {
        if (before > 0 && now > 0) Q_EMIT columnsChanged();
    });
}

void NodeHeader::setShownSort(std::optional<items::NodeSort> sort) {
    m_sort = sort;
    viewport()->update();
}

std::vector<NodeColumn> NodeHeader::shownColumns() const {
    std::vector<NodeColumn> columns;
    for (int visual = 0; visual < count(); ++visual)
        if (const int section = logicalIndex(visual); !isSectionHidden(section)) columns.push_back(static_cast<NodeColumn>(section));
    return columns;
}

QStringList NodeHeader::layoutWords() const {
    QStringList words;
    for (const NodeColumn column : shownColumns()) words << QStringLiteral("%1:%2").arg(toQt(items::infoOf(column).key)).arg(sectionSize(static_cast<int>(column)));
    return words;
}

void NodeHeader::setLayoutWords(const QStringList& words) {
    std::vector<std::pair<NodeColumn, int>> wanted;
    for (const QString& word : words)
        if (const auto column = items::parseNodeColumn(word.section(QLatin1Char(':'), 0, 0).toStdString()))
            wanted.emplace_back(*column, std::max(word.section(QLatin1Char(':'), 1).toInt(), 0));
    if (wanted.empty())
        for (const items::NodeColumnInfo& info : items::nodeColumns())
            if (info.shown) wanted.emplace_back(info.column, 0);
    for (int section = 0; section < count(); ++section) {
        resizeSection(section, firstWidth(static_cast<NodeColumn>(section)));
        hideSection(section);
    }
    int place = 0;
    for (const auto& [column, width] : wanted) {
        showSection(static_cast<int>(column));
        if (width >= kSmallest) resizeSection(static_cast<int>(column), width);
        moveSection(visualIndex(static_cast<int>(column)), place++);
    }
    Q_EMIT columnsChanged();
}

void NodeHeader::setColumnShown(NodeColumn column, bool shown) {
    if (!shown && shownColumns().size() == 1) return;
    setSectionHidden(static_cast<int>(column), !shown);
    Q_EMIT columnsChanged();
}

QSize NodeHeader::sizeHint() const { return {QHeaderView::sizeHint().width(), kTitleHeight + kChartHeight}; }

void NodeHeader::paintEvent(QPaintEvent* event) {
    QPainter painter(viewport());
    painter.fillRect(viewport()->rect(), tone(Tone::panel));
    painter.fillRect(0, height() - 1, width(), 1, tone(Tone::line));
    painter.end();
    QHeaderView::paintEvent(event);
}

void NodeHeader::paintSection(QPainter* painter, const QRect& rect, int section) const {
    const auto column = static_cast<NodeColumn>(section);
    const bool sorted = m_sort && m_sort->column == column;
    painter->fillRect(rect, tone(Tone::panel));
    painter->fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), tone(Tone::line));
    painter->fillRect(QRect(rect.right(), rect.top(), 1, rect.height()), tone(Tone::faintLine));
    const QRect area = rect.adjusted(kPadding, 0, -kPadding, -1);
    painter->setFont(face(kDensePx, sorted));
    painter->setPen(tone(sorted ? Tone::text : Tone::secondary));
    const items::NodeColumnInfo& info = items::infoOf(column);
    QString title = toQt(info.title);
    if (sorted) title += QString(title.isEmpty() ? QString() : QStringLiteral(" ")) + (m_sort->descending ? QStringLiteral("\u25be") : QStringLiteral("\u25b4"));
    const QRect titleArea(area.left(), area.top(), area.width(), kTitleHeight);
    painter->drawText(titleArea, (info.number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter, painter->fontMetrics().elidedText(title, Qt::ElideRight, titleArea.width()));
    paintChart(*painter, QRect(area.left(), rect.top() + kTitleHeight, area.width(), kChartHeight - 1), column);
}

void NodeHeader::paintChart(QPainter& painter, const QRect& area, NodeColumn column) const {
    const items::NodeSummaryPtr& summary = m_items.summary();
    if (!summary || m_items.rowCount() == 0) return;
    const ColumnSummary& of = summary->columns[static_cast<std::size_t>(column)];
    const items::NodeColumnInfo& info = items::infoOf(column);
    if (info.chart == ColumnChart::bars) paintBars(painter, area, of);
    if (info.chart == ColumnChart::shares) paintShares(painter, area, of);
    if (info.chart != ColumnChart::distinct) return;
    painter.setFont(face(kCaptionPx));
    painter.setPen(tone(Tone::muted));
    const QString words = QStringLiteral("%1 %2").arg(countText(of.distinct), toQt(of.distinct == 1 ? info.title : info.plural));
    painter.drawText(area, Qt::AlignLeft | Qt::AlignVCenter, painter.fontMetrics().elidedText(words, Qt::ElideRight, area.width()));
}

QString NodeHeader::tipOf(NodeColumn column) const {
    const items::NodeColumnInfo& info = items::infoOf(column);
    QStringList lines{column == NodeColumn::mark ? QStringLiteral("mark: click to sort by what needs a person first") : toQt(info.title)};
    const items::NodeSummaryPtr& summary = m_items.summary();
    if (!summary) return lines.front();
    const ColumnSummary& of = summary->columns[static_cast<std::size_t>(column)];
    if (info.chart == ColumnChart::shares)
        for (const auto& [word, count] : of.shares) lines << QStringLiteral("%1 %2").arg(countText(count), word.empty() ? QStringLiteral("others") : toQt(word));
    if (info.chart == ColumnChart::bars) lines << QStringLiteral("%1 steps from %2 to %3").arg(of.bars.size()).arg(of.low).arg(of.high);
    if (of.unknown > 0) lines << QStringLiteral("%1 not known").arg(countText(of.unknown));
    return lines.join(QLatin1Char('\n'));
}

bool NodeHeader::viewportEvent(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const int section = logicalIndexAt(help->pos());
        QToolTip::showText(help->globalPos(), section < 0 ? QString() : tipOf(static_cast<NodeColumn>(section)), this);
        return true;
    }
    return QHeaderView::viewportEvent(event);
}

void NodeHeader::contextMenuEvent(QContextMenuEvent* event) { Q_EMIT menuRequested(event->globalPos()); }

} // namespace busbar::controls
