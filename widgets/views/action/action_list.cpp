#include "widgets/views/action/action_list.h"

#include "widgets/views/parts/cell_table.h"
#include "widgets/views/parts/text.h"

#include <QKeyEvent>
#include <QPainter>
#include <QStyledItemDelegate>

#include <algorithm>

namespace busbar::views {

namespace {

constexpr int kItemHeight = 68, kGap = 8;

QString stateWords(const Action& action, bool silent) {
    const QString word = stateText(action, silent);
    return isFinal(action.state) && action.endedWallMs > 0 ? word + QLatin1Char(' ') + clockText(action.endedWallMs).left(5) : word;
}

// In a narrow list the count gives way, which the line above has, too.
QString whereWords(const Action& action, const TargetCounts& counts, const QFontMetrics& metrics, int room) {
    const QString whole = QStringLiteral("%1 \u00b7 %2").arg(siteOf(action.id), countOf(counts.total, QStringLiteral("node")));
    return metrics.horizontalAdvance(whole) <= room ? whole : metrics.elidedText(siteOf(action.id), Qt::ElideRight, room);
}

class ActionDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override { return {200, kItemHeight}; }

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const auto action = index.data(ActionListModel::kActionRole).value<ActionPtr>();
        if (!action) return;
        painter->save();
        const bool selected = option.state & QStyle::State_Selected;
        painter->fillRect(option.rect, tone(selected ? Tone::selection : Tone::base));
        painter->fillRect(QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1), tone(Tone::faintLine));
        if (selected) painter->fillRect(QRect(option.rect.left(), option.rect.top(), 3, option.rect.height()), tone(Tone::link));
        const bool silent = index.data(ActionListModel::kSilentRole).toBool();
        if (silent) paintHatch(*painter, option.rect);
        const QRect area = option.rect.adjusted(12, 8, -12, -8);
        const TargetCounts counts = countTargets(*action);
        paintLine(*painter, area.adjusted(0, 0, 0, 16 - area.height()), shortActionId(action->id), toQt(toString(action->verb)), QStringLiteral("%1/%2").arg(counts.succeeded).arg(counts.total));
        const QRect second = area.adjusted(0, 18, 0, 34 - area.height());
        painter->setFont(face(kDensePx));
        painter->setPen(tone(Tone::text));
        const QString state = stateWords(*action, silent);
        painter->drawText(second, Qt::AlignVCenter, whereWords(*action, counts, painter->fontMetrics(), second.width() - painter->fontMetrics().horizontalAdvance(state) - kGap));
        painter->setPen(tone(Tone::secondary));
        painter->drawText(second, Qt::AlignVCenter | Qt::AlignRight, state);
        paintProgress(*painter, QRectF(area.left(), area.bottom() - 5, area.width() * 0.58, 4), counts);
        painter->setFont(face(kCaptionPx));
        painter->setPen(tone(selected ? Tone::secondary : Tone::muted));
        painter->drawText(area.adjusted(0, 36, 0, 0), Qt::AlignRight | Qt::AlignBottom, toQt(action->actor));
        painter->restore();
    }

private:
    static void paintLine(QPainter& painter, const QRect& area, const QString& strongText, const QString& text, const QString& right) {
        painter.setFont(face(kDensePx, true));
        painter.setPen(tone(Tone::text));
        painter.drawText(area, Qt::AlignVCenter, strongText);
        const int used = painter.fontMetrics().horizontalAdvance(strongText) + 8;
        painter.setFont(face(kBasePx));
        painter.drawText(area.adjusted(used, 0, 0, 0), Qt::AlignVCenter, text);
        painter.drawText(area, Qt::AlignVCenter | Qt::AlignRight, right);
    }
    static void paintProgress(QPainter& painter, const QRectF& track, const TargetCounts& counts) {
        painter.fillRect(track, tone(Tone::line));
        if (counts.total == 0) return;
        const double done = track.width() * counts.succeeded / counts.total;
        const double bad = track.width() * (counts.failed + counts.unknown) / counts.total;
        painter.fillRect(QRectF(track.left(), track.top(), done, track.height()), tone(Tone::secondary));
        painter.fillRect(QRectF(track.left() + done, track.top(), bad, track.height()), tone(Tone::p2));
    }
};

} // namespace

void ActionListModel::setActions(std::vector<ActionPtr> actions) {
    std::stable_sort(actions.begin(), actions.end(), [](const ActionPtr& a, const ActionPtr& b) {
        if (isFinal(a->state) != isFinal(b->state)) return isFinal(b->state);
        return a->createdWallMs > b->createdWallMs;
    });
    const bool sameRows = std::equal(actions.begin(), actions.end(), m_actions.begin(), m_actions.end(), [](const ActionPtr& a, const ActionPtr& b) { return a->id == b->id; });
    if (sameRows) {
        m_actions = std::move(actions);
        if (!m_actions.empty()) Q_EMIT dataChanged(index(0), index(static_cast<int>(m_actions.size()) - 1));
        return;
    }
    beginResetModel();
    m_actions = std::move(actions);
    endResetModel();
}

void ActionListModel::setSilent(const QStringList& sites) {
    if (sites == m_silent) return;
    m_silent = sites;
    if (!m_actions.empty()) Q_EMIT dataChanged(index(0), index(rowCount() - 1));
}

bool ActionListModel::isSilent(const Action& action) const { return !isFinal(action.state) && m_silent.contains(siteOf(action.id)); }

ActionPtr ActionListModel::at(int row) const { return row >= 0 && row < std::ssize(m_actions) ? m_actions[static_cast<std::size_t>(row)] : nullptr; }

int ActionListModel::rowOf(const std::string& id) const {
    for (std::size_t row = 0; row < m_actions.size(); ++row)
        if (m_actions[row]->id == id) return static_cast<int>(row);
    return -1;
}

int ActionListModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_actions.size()); }

QVariant ActionListModel::data(const QModelIndex& index, int role) const {
    const ActionPtr action = at(index.row());
    if (!action) return {};
    if (role == kActionRole) return QVariant::fromValue(action);
    if (role == kSilentRole) return isSilent(*action);
    if (role == Qt::ToolTipRole) return QStringLiteral("%1\n%2").arg(toQt(action->id), toQt(action->sentence));
    if (role != Qt::DisplayRole && role != Qt::AccessibleTextRole) return {};
    return QStringLiteral("%1 %2 at %3, %4").arg(shortActionId(action->id), actionTitle(*action), siteOf(action->id), stateText(*action, isSilent(*action)));
}

ActionList::ActionList(ActionListModel* model, QWidget* parent) : QListView(parent) {
    setModel(model);
    setItemDelegate(new ActionDelegate(this));
    setFrameShape(QFrame::NoFrame);
    setUniformItemSizes(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff); // An item is as wide as the list.
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    setAccessibleName(QStringLiteral("actions"));
}

void ActionList::keyPressEvent(QKeyEvent* event) {
    pressRowKey(*this, *event, [this](QKeyEvent* other) { QListView::keyPressEvent(other); });
}

void ActionList::paintEvent(QPaintEvent* event) {
    QPainter(viewport()).fillRect(viewport()->rect(), tone(Tone::base));
    QListView::paintEvent(event);
}

} // namespace busbar::views
