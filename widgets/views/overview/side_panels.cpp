#include "widgets/views/overview/side_panels.h"

#include "widgets/views/action/action_list.h"
#include "widgets/views/overview/overview_words.h"
#include "widgets/views/parts/text.h"

#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include <algorithm>

namespace busbar::views {

namespace {

constexpr int kGap = 8, kPanelHead = 32;
constexpr int kEventRow = 30, kUrgentRow = 42, kActionRow = 42;
constexpr int kMostEvents = 8, kLeastEvents = 3, kMostActions = 5;
constexpr int kLeastUrgent = 3;

Sign signOf(const store::Happening& happening) {
    const bool ofAction = happening.kind == EventKind::action;
    if (happening.nodeId.empty() && !ofAction) return Sign::unknown;
    switch (happening.severity) {
    case 3: return Sign::p1;
    case 2: return Sign::p2;
    case 1: return Sign::p3;
    default: return ofAction ? Sign::none : happening.kind == EventKind::lease ? Sign::leased : Sign::free;
    }
}

class ActionLineDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override { return {200, kActionRow}; }
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const auto action = index.data(ActionListModel::kActionRole).value<ActionPtr>();
        if (!action) return;
        const bool selected = option.state & QStyle::State_Selected;
        painter->fillRect(option.rect, tone(selected ? Tone::selection : Tone::base));
        painter->fillRect(QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1), tone(Tone::faintLine));
        const QRect area = option.rect.adjusted(10, 5, -10, -5);
        const TargetCounts counts = countTargets(*action);
        const QRect first(area.left(), area.top(), area.width(), 17), second(area.left(), area.top() + 17, area.width(), 15);
        const QString done = QStringLiteral("%1/%2").arg(counts.ended()).arg(counts.total);
        int x = say(*painter, first, 0, shortActionId(action->id), true, Tone::text);
        x = say(*painter, first, x, toQt(toString(action->verb)), false, Tone::text);
        say(*painter, first, x, QStringLiteral("%1 \u00b7 %2").arg(siteOf(action->id), countOf(counts.total, QStringLiteral("node"))), false, Tone::secondary);
        painter->setPen(tone(Tone::text));
        painter->drawText(first, Qt::AlignRight | Qt::AlignVCenter, done);
        const QRectF track(second.left(), second.center().y() - 2, 200, 6);
        painter->fillRect(track, tone(Tone::line));
        const double share = counts.total == 0 ? 0 : track.width() / counts.total;
        painter->fillRect(QRectF(track.left(), track.top(), share * counts.succeeded, track.height()), tone(Tone::secondary));
        painter->fillRect(QRectF(track.left() + share * counts.succeeded, track.top(), share * (counts.failed + counts.unknown), track.height()), tone(Tone::p2));
        painter->setFont(face(kCaptionPx));
        painter->setPen(tone(selected ? Tone::secondary : Tone::muted));
        const QRect words = second.adjusted(208, 0, 0, 0);
        painter->drawText(words, Qt::AlignLeft | Qt::AlignVCenter, painter->fontMetrics().elidedText(actionProgressText(*action), Qt::ElideRight, words.width()));
    }

private:
    static int say(QPainter& painter, const QRect& area, int x, const QString& text, bool bold, Tone colour) {
        painter.setFont(face(kDensePx, bold));
        painter.setPen(tone(colour));
        painter.drawText(area.adjusted(x, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter, text);
        return x + painter.fontMetrics().horizontalAdvance(text) + 8;
    }
};

} // namespace

SidePanels::SidePanels(QWidget* parent) : QWidget(parent), m_actionModel(new ActionListModel(this)), m_actions(new ActionList(m_actionModel)) {
    auto* column = columnLayout(this, kGap);
    m_events = new ListPanel(QStringLiteral("Events"), new ListCellModel({{QString(), 66}, {QString(), 26}, {QString(), 0}}), kEventRow, false, this);
    m_urgent = new ListPanel(QStringLiteral("Nodes that need a person"), new ListCellModel({{QString(), 30}, {QString(), 0}, {QString(), 84, Qt::AlignRight}}), kUrgentRow, false, this);
    m_actionsPanel = new Surface(Tone::base, Qt::TopEdge | Qt::BottomEdge | Qt::LeftEdge | Qt::RightEdge, this);
    auto* actions = columnLayout(m_actionsPanel);
    actions->setContentsMargins(1, 1, 1, 1);
    actions->addWidget(makePanelHead(QStringLiteral("Actions in flight"), &m_actionsHead, m_actionsPanel));
    m_noActions = new Paragraph(QStringLiteral("No action runs or waits."), Tone::secondary);
    m_noActions->setContentsMargins(10, 8, 10, 8);
    actions->addWidget(m_actions, 1);
    actions->addWidget(m_noActions);
    column->addWidget(m_events);
    column->addWidget(m_urgent, 1);
    column->addWidget(m_actionsPanel);
    m_actions->setItemDelegate(new ActionLineDelegate(this));
    m_actions->viewport()->setCursor(Qt::PointingHandCursor);
    connect(m_events, &ListPanel::activated, this, [this](const QString& target) { target.contains(QLatin1Char('/')) ? Q_EMIT nodeOpened(target) : Q_EMIT queryRequested(target); });
    connect(m_urgent, &ListPanel::activated, this, &SidePanels::nodeOpened);
    const auto open = [this](const QModelIndex& index) { if (const ActionPtr action = m_actionModel->at(index.row())) Q_EMIT actionOpened(toQt(action->id)); };
    connect(m_actions, &QAbstractItemView::clicked, this, open);
    connect(m_actions, &QAbstractItemView::activated, this, open);
    setActions(nullptr);
    setTally({}, 0);
}

void SidePanels::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    shareHeight();
}

/// Actions take what they need, events their eight rows where there is room, the nodes the rest.
void SidePanels::shareHeight() {
    const int rows = std::min(m_actionModel->rowCount(), kMostActions);
    const int actionHeight = kPanelHead + std::max(rows * kActionRow, 34);
    m_actionsPanel->setFixedHeight(actionHeight);
    const int left = height() - actionHeight - 2 * kGap - 2 * kPanelHead - kLeastUrgent * kUrgentRow;
    m_shownEvents = std::clamp(left / kEventRow, kLeastEvents, kMostEvents);
    showEvents();
}

void SidePanels::setTally(const store::FleetTallyResult& tally, std::int64_t nowWallMs) {
    m_happenings = tally.happenings;
    for (store::Happening& happening : m_happenings) {
        if (!happening.nodeId.empty()) continue;
        const auto site = std::find_if(tally.sites.begin(), tally.sites.end(), [&](const store::SiteTallyPtr& known) { return known->site == happening.site; });
        const auto& unknown = (*site)->standings[static_cast<std::size_t>(store::Standing::siteUnknown)];
        happening.text += toStd(QStringLiteral(": %1, %2 unknown").arg(countOf(unknown.nodes, QStringLiteral("node")), countOf(unknown.gpus, QStringLiteral("GPU"))));
    }
    m_eventCount = tally.events;
    showEvents();
    showUrgent(tally, nowWallMs);
}

void SidePanels::showEvents() {
    const std::size_t shown = std::min(m_happenings.size(), static_cast<std::size_t>(m_shownEvents));
    QVector<QVector<Cell>> rows;
    QStringList targets;
    for (auto it = m_happenings.end() - static_cast<std::ptrdiff_t>(shown); it != m_happenings.end(); ++it) {
        const QString text = toQt(it->text);
        rows.push_back({{.text = clockText(it->wallMs), .tone = Tone::muted}, {.sign = signOf(*it)}, {.text = happeningPlace(*it), .second = text, .bold = true, .tip = QStringLiteral("%1 UTC %2: %3").arg(dayText(it->wallMs), toQt(it->nodeId.empty() ? it->site : it->nodeId), text)}});
        targets << (it->count == 1 && !it->nodeId.empty() ? toQt(it->nodeId) : QStringLiteral("site:") + toQt(it->site));
    }
    const QString title = shown == 0 ? QStringLiteral("Events") : QStringLiteral("Since %1").arg(clockText((m_happenings.end() - static_cast<std::ptrdiff_t>(shown))->wallMs).left(5));
    m_events->setTitle(title, shown == 0 ? QString() : QStringLiteral("UTC \u00b7 the newest of %1").arg(countOf(m_eventCount, QStringLiteral("event"))));
    m_events->setFixedHeight(kPanelHead + std::max(kLeastEvents, static_cast<int>(shown)) * kEventRow);
    m_events->setRows(rows, targets, QStringLiteral("Nothing happened yet."));
}

void SidePanels::showUrgent(const store::FleetTallyResult& tally, std::int64_t nowWallMs) {
    QVector<QVector<Cell>> rows;
    QStringList targets;
    for (const store::UrgentNode& node : tally.urgent) {
        const QString age = node.sinceWallMs == 0 ? QString() : durationText(std::max<std::int64_t>(0, nowWallMs - node.sinceWallMs));
        const QString sentence = urgentText(node);
        rows.push_back({{.sign = node.priority == 1 ? Sign::p1 : Sign::p2}, {.text = placeName(node.id), .second = sentence, .bold = true, .tip = QStringLiteral("%1: %2").arg(toQt(node.id), sentence)}, {.text = age, .tone = Tone::secondary}});
        targets << toQt(node.id);
    }
    m_urgent->setTitle(QStringLiteral("Nodes that need a person"), QStringLiteral("%1 P1, %2 P2 \u00b7 P1 first, then the newest").arg(countText(tally.priority[1]), countText(tally.priority[2])));
    m_urgent->setRows(rows, targets, tally.models.empty() ? QStringLiteral("No site is live: nothing is known now.") : QStringLiteral("No node needs a person."));
}

void SidePanels::setActions(const store::ActionsPtr& actions) {
    std::vector<ActionPtr> open;
    int waiting = 0;
    if (actions)
        for (const ActionPtr& action : actions->actions) {
            if (isFinal(action->state)) continue;
            open.push_back(action);
            waiting += action->state == ActionState::awaitingApproval || action->state == ActionState::paused ? 1 : 0;
        }
    const int running = static_cast<int>(open.size()) - waiting;
    m_actionsHead->setRuns({strong(QStringLiteral("Actions in flight"), kBasePx), plain(QStringLiteral("%1 running, %2 waiting for a person").arg(running).arg(waiting), Tone::muted)});
    m_actions->setVisible(!open.empty());
    m_noActions->setVisible(open.empty());
    m_actionModel->setActions(std::move(open));
    shareHeight();
}

} // namespace busbar::views
