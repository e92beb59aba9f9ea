#include "widgets/controls/node_cell_delegate.h"

#include "widgets/controls/gpu_strip.h"
#include "widgets/controls/node_sign.h"
#include "widgets/controls/theme.h"

#include <QPainter>

#include <algorithm>

namespace busbar::controls {

namespace {

using items::NodeColumn;

constexpr int kPadding = 6;
constexpr double kMarkSize = 15;
constexpr double kHealthSize = 13;
constexpr int kBarWidth = 56;
constexpr int kBarHeight = 8;
constexpr int kNumberWidth = 34;

Sign healthSign(Health health) {
    switch (health) {
    case Health::ok: return Sign::none;
    case Health::unknown: return Sign::unknown;
    case Health::watch: return Sign::p3;
    case Health::degraded:
    case Health::failed: return Sign::p2;
    }
    return Sign::unknown;
}

/// What the row's node is when all is well: said in a quieter tone.
bool isCalm(NodeColumn column, const NodeFacts& facts) {
    switch (column) {
    case NodeColumn::service: return facts.service == Service::open;
    case NodeColumn::health: return facts.health == Health::ok;
    case NodeColumn::link: return facts.link == Link::connected;
    default: return true;
    }
}

QRect middle(const QRect& area, double size) { return {area.left(), area.top() + static_cast<int>((area.height() - size) / 2), static_cast<int>(size), static_cast<int>(size)}; }

} // namespace

struct NodeCellDelegate::CellAt {
    QPainter& painter;
    QRect area; ///< inside the padding
    NodeColumn column;
    items::NodeAt at;
    NodeFacts facts;
    bool stale, selected;
};

NodeCellDelegate::NodeCellDelegate(const items::NodeTableModel& model, QObject* parent)
    : QStyledItemDelegate(parent), m_items(model), m_plain(face(kBasePx)), m_bold(face(kBasePx, true)), m_chip(face(kCaptionPx)), m_italic(m_plain) {
    m_italic.setItalic(true);
}

void NodeCellDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    if (!index.isValid() || index.row() >= m_items.rowCount()) return;
    const items::NodeAt at = m_items.at(index.row());
    const CellAt cell{*painter, option.rect.adjusted(kPadding, 0, -kPadding, -1), static_cast<NodeColumn>(index.column()), at, at.site.facts(at.node), m_items.stale(index.row()), bool(option.state & QStyle::State_Selected)};
    switch (cell.column) {
    case NodeColumn::mark: paintMark(cell); break;
    case NodeColumn::node: paintName(cell); break;
    case NodeColumn::health: paintHealth(cell); break;
    case NodeColumn::utilisation: paintUtilisation(cell); break;
    case NodeColumn::gpus:
        if (at.site.gpuCount(at.node) > 0) {
            painter->setOpacity(cell.stale ? 0.45 : 1);
            paintGpuStrip(*painter, cell.area, at.site, at.node);
            painter->setOpacity(1);
            break;
        }
        [[fallthrough]];
    default: paintWords(cell);
    }
}

void NodeCellDelegate::drawText(const CellAt& cell, const QRect& area, const QString& text, Tone tone, bool bold) const {
    if (area.width() < 4 || text.isEmpty()) return;
    Tone wanted = tone;
    if (cell.stale && cell.column != NodeColumn::node && cell.column != NodeColumn::age) wanted = Tone::muted;
    if (cell.selected && wanted == Tone::muted) wanted = Tone::secondary;
    cell.painter.setFont(bold ? m_bold : cell.stale ? m_italic : m_plain);
    cell.painter.setPen(controls::tone(wanted));
    const int alignment = (items::infoOf(cell.column).number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter | Qt::TextSingleLine;
    cell.painter.drawText(area, alignment, cell.painter.fontMetrics().elidedText(text, Qt::ElideRight, area.width()));
}

void NodeCellDelegate::paintMark(const CellAt& cell) const {
    const double x = cell.area.center().x() + 0.5 - kMarkSize / 2, y = cell.area.top() + (cell.area.height() - kMarkSize) / 2;
    paintSign(cell.painter, nodeSign(cell.facts, cell.stale), QRectF(x, y, kMarkSize, kMarkSize));
}

/// A node that is no live hardware says so beside its name, whatever columns are shown.
void NodeCellDelegate::paintName(const CellAt& cell) const {
    const Source source = cell.at.site.source(cell.at.node);
    const QString chip = source == Source::simulated ? QStringLiteral("sim") : source == Source::replayed ? QStringLiteral("rep") : source == Source::unknown ? QStringLiteral("?") : QString();
    QRect area = cell.area;
    const QString name = items::cellText(NodeColumn::node, cell.at);
    if (!chip.isEmpty()) {
        const int width = QFontMetrics(m_chip).horizontalAdvance(chip) + 8;
        const int wanted = QFontMetrics(m_bold).horizontalAdvance(name);
        area.setWidth(std::min(wanted + 1, area.width() - width - 6));
        const QRectF box(area.right() + 6.5, cell.area.center().y() - 7.5, width, 15);
        QPen edge(tone(Tone::muted));
        edge.setDashPattern({2, 2});
        cell.painter.setPen(edge);
        cell.painter.setBrush(Qt::NoBrush);
        cell.painter.drawRect(box);
        cell.painter.setFont(m_chip);
        cell.painter.setPen(tone(Tone::secondary));
        cell.painter.drawText(box, Qt::AlignCenter, chip);
    }
    drawText(cell, area, name, Tone::text, true);
}

void NodeCellDelegate::paintHealth(const CellAt& cell) const {
    const Sign sign = cell.stale ? Sign::unknown : healthSign(cell.facts.health);
    if (sign != Sign::none) paintSign(cell.painter, sign, middle(cell.area, kHealthSize));
    const bool calm = isCalm(NodeColumn::health, cell.facts);
    drawText(cell, cell.area.adjusted(static_cast<int>(kHealthSize) + 4, 0, 0, 0), items::cellText(NodeColumn::health, cell.at), calm ? Tone::secondary : Tone::text, !calm && !cell.stale);
}

void NodeCellDelegate::paintUtilisation(const CellAt& cell) const {
    const QVariant raw = items::cellRaw(NodeColumn::utilisation, cell.at);
    const int bar = std::min(kBarWidth, cell.area.width() - kNumberWidth - 4);
    if (raw.isValid() && bar > 8) {
        const QRectF ground(cell.area.right() + 1 - kNumberWidth - 4 - bar, cell.area.top() + (cell.area.height() - kBarHeight) / 2.0, bar, kBarHeight);
        cell.painter.fillRect(ground, tone(cell.selected ? Tone::hover : Tone::faintLine));
        cell.painter.setOpacity(cell.stale ? 0.45 : 1);
        cell.painter.fillRect(QRectF(ground.left(), ground.top(), ground.width() * raw.toDouble() / 100, kBarHeight), tone(Tone::ramp4));
        cell.painter.setOpacity(1);
    }
    paintWords(cell);
}

bool NodeCellDelegate::isUsual(NodeColumn column, const QString& text) const {
    const items::NodeSummaryPtr& summary = m_items.summary();
    if (!summary) return true;
    const auto& shares = summary->columns[static_cast<std::size_t>(column)].shares;
    return shares.empty() || text == QString::fromStdString(shares.front().first);
}

void NodeCellDelegate::paintWords(const CellAt& cell) const {
    const QString text = items::cellText(cell.column, cell.at);
    const bool nothing = text == QStringLiteral("none") || text == QStringLiteral("free") || text == QStringLiteral("n/a") || text == QStringLiteral("no GPU") || text == QStringLiteral("?");
    Tone tone = nothing ? Tone::muted : Tone::text;
    bool bold = false;
    switch (cell.column) {
    case NodeColumn::service:
    case NodeColumn::link:
        bold = !isCalm(cell.column, cell.facts);
        if (!bold) tone = Tone::secondary;
        break;
    case NodeColumn::xid: bold = !nothing; break;
    case NodeColumn::lease:
        if (!nothing) tone = Tone::link;
        break;
    case NodeColumn::rackClass:
        bold = cell.at.rack.healthy < cell.at.rack.nodes;
        if (!bold) tone = Tone::secondary;
        break;
    case NodeColumn::driver:
        bold = !isUsual(cell.column, text);
        if (!bold) tone = Tone::secondary;
        break;
    case NodeColumn::age:
        bold = cell.stale;
        if (!bold) tone = Tone::secondary;
        break;
    case NodeColumn::site:
    case NodeColumn::source:
    case NodeColumn::leaf:
    case NodeColumn::hall:
    case NodeColumn::row:
    case NodeColumn::rack:
    case NodeColumn::pdu: tone = Tone::secondary; break;
    default: break;
    }
    drawText(cell, cell.area, text, tone, bold && (!cell.stale || cell.column == NodeColumn::age));
}

} // namespace busbar::controls
