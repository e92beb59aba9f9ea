#include "widgets/views/action/action_head.h"

#include "domain/lifecycle.h"
#include "widgets/views/action/breaker_meter.h"
#include "widgets/views/action/waves_bar.h"
#include "widgets/views/parts/text.h"
#include "widgets/views/parts/verbs.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QVBoxLayout>

#include <algorithm>

namespace busbar::views {

/// "23 succeeded  2 verifying …", each with its segment's box.
class SegmentLegend : public QWidget {
public:
    explicit SegmentLegend(QWidget* parent) : QWidget(parent) {
        setFixedHeight(18);
        setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    }
    void setItems(QVector<std::pair<TargetState, QString>> items, const QString& tail) {
        m_items = std::move(items);
        m_tail = tail;
        QStringList words;
        for (const auto& item : m_items)
            words << item.second;
        setAccessibleName(words.join(QStringLiteral(", ")));
        update();
    }

protected:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        painter.setFont(face(kDensePx));
        int x = 0;
        for (const auto& [state, words] : m_items) {
            const SegmentLook look = segmentLook(state);
            painter.setPen(tone(Tone::secondary));
            painter.setBrush(look.fill);
            painter.drawRect(QRectF(x + 0.5, 3.5, 11, 11));
            painter.setPen(tone(Tone::text));
            painter.drawText(QPointF(x + kBox, 13), words);
            x += kBox + painter.fontMetrics().horizontalAdvance(words) + kGap;
        }
        painter.setPen(tone(Tone::muted));
        painter.drawText(QPointF(x, 13), m_tail);
    }

private:
    static constexpr int kBox = 17, kGap = 12;
    QVector<std::pair<TargetState, QString>> m_items;
    QString m_tail;
};

namespace {

/// What it waits for before it starts anything further, and until when.
Runs startRuns(const Action& action, std::int64_t nowWallMs) {
    Runs runs;
    const TargetCounts counts = countTargets(action);
    if (isFinal(action.state) || counts.waiting == 0) return runs;
    if (!action.queuedBehind.empty()) {
        Run behind = linkRun(shortActionId(action.queuedBehind), toQt(action.queuedBehind));
        runs << strong(QStringLiteral("queued behind")) << behind;
    }
    if (action.notAfterWallMs > 0) runs << plain(QStringLiteral("not started by %1: cancelled").arg(minuteText(action.notAfterWallMs, nowWallMs)), Tone::secondary);
    return runs;
}

QString afterDeadline(DeadlinePolicy policy) {
    switch (policy) {
    case DeadlinePolicy::wait: return QStringLiteral("it goes on waiting");
    case DeadlinePolicy::ask: return QStringLiteral("a person decides");
    case DeadlinePolicy::force: return QStringLiteral("what still runs is being ended");
    case DeadlinePolicy::unknown: break;
    }
    return {};
}

} // namespace

ActionHead::ActionHead(QWidget* parent)
    : Surface(Tone::panel, Qt::BottomEdge, parent), m_title(new Line(this)), m_why(new Line(this)), m_pause(new Button(QStringLiteral("Pause\u2026"), QStringLiteral("p"), this)), m_stop(new Button(QStringLiteral("Stop\u2026"), QStringLiteral("Ctrl+."), this)), m_waves(new WavesBar(this)),
      m_breaker(new BreakerMeter(this)), m_legend(new SegmentLegend(this)), m_breakerLine(new Line(this)), m_deadline(new Line(this)) {
    m_stop->setObjectName(QStringLiteral("stop"));
    m_pause->setObjectName(QStringLiteral("pause"));
    auto* column = columnLayout(this, 6);
    column->setContentsMargins(14, 8, 14, 7);
    auto* first = rowLayout(nullptr, 12);
    first->addWidget(m_title, 1);
    first->addWidget(m_pause);
    first->addWidget(m_stop);
    column->addLayout(first);
    column->addWidget(m_why);
    auto* waves = rowLayout(nullptr, 16);
    waves->addWidget(m_waves, 1);
    waves->addWidget(m_breaker);
    column->addLayout(waves);
    for (QWidget* below : std::initializer_list<QWidget*>{m_legend, m_breakerLine, m_deadline}) column->addWidget(below);
    m_breakerLine->setObjectName(QStringLiteral("breakerLine"));
    m_deadline->setObjectName(QStringLiteral("deadline"));
    connect(m_deadline, &Line::linkActivated, this, [this](const QString& id) { Q_EMIT actionWanted(toStd(id)); });
}

void ActionHead::setAction(const ActionPtr& action, const QString& siteTitle, std::int64_t nowWallMs, const ActionStanding& standing) {
    setVisible(action != nullptr);
    if (!action) return;
    m_silent = standing.silence.isSilent() && !isFinal(action->state);
    Run site = chip(siteTitle);
    site.bold = true;
    m_title->setRuns({signRun(infoOf(action->verb).sign, 18), strong(QStringLiteral("%1 %2").arg(shortActionId(action->id), actionTitle(*action)), 16)});
    m_title->setToolTip(toQt(action->id));
    const Sign sign = m_silent ? Sign::unknown : signOf(action->state, action->verb);
    m_why->setRuns({site, chip(stateText(*action, m_silent), sign), plain(QStringLiteral("%1 \u00b7 %2 %3%4").arg(toQt(action->reason), toQt(action->actor), momentText(action->createdWallMs, nowWallMs),
                                                                                       action->approvedBy.empty() ? QString() : QStringLiteral(", approved by %1 %2").arg(toQt(action->approvedBy), momentText(action->approvedWallMs, nowWallMs))), Tone::secondary)});
    showButtons(*action, standing.cancelOff);
    m_waves->setAction(action);
    m_breaker->setCounts(action->breaker);
    const QString breaker = breakerWords(action->breaker);
    m_breakerLine->setVisible(!breaker.isEmpty());
    m_breakerLine->setRuns(breaker.isEmpty() ? Runs{} : Runs{strong(QStringLiteral("Breaker")), plain(breaker, Tone::secondary)});
    showLegend(*action);
    Runs before;
    if (m_silent) before << strong(QStringLiteral("%1 is %2: as of %3 UTC, %4 ago:").arg(siteOf(action->id), standing.silence.word, clockText(standing.silence.heardWallMs), durationText(nowWallMs - standing.silence.heardWallMs)));
    showDeadline(*action, before, m_silent ? standing.silence.heardWallMs : nowWallMs);
    update();
}

void ActionHead::paintEvent(QPaintEvent* event) {
    Surface::paintEvent(event);
    if (!m_silent) return;
    QPainter painter(this);
    paintHatch(painter, QRectF(0, m_waves->geometry().top(), width(), m_legend->geometry().bottom() - m_waves->geometry().top()));
}

void ActionHead::showButtons(const Action& action, const QString& off) {
    const bool paused = !action.pausedWhy.empty();
    const QString stopOff = action.cancelRequested ? QStringLiteral("a stop was asked for already") : off;
    m_pause->setText(asksAtDeadline(action) ? QStringLiteral("Decide\u2026") : paused ? QStringLiteral("Resume\u2026") : QStringLiteral("Pause\u2026"));
    const auto show = [&action](Button* button, const QString& why, const QString& tip) {
        button->setVisible(!isFinal(action.state));
        button->setEnabled(why.isEmpty());
        button->setToolTip(why.isEmpty() ? tip : why);
        button->setAccessibleDescription(button->toolTip());
    };
    show(m_stop, stopOff, QStringLiteral("asks first; Ctrl+. only focuses it"));
    show(m_pause, holdOff(action, off), QStringLiteral("asks first"));
}

void ActionHead::setAnswer(const QString& sentence) { m_answer = sentence; }

void ActionHead::showLegend(const Action& action) {
    const TargetCounts counts = countTargets(action);
    QVector<std::pair<TargetState, QString>> items;
    const auto add = [&items](TargetState state, int count, const QString& words) {
        if (count > 0) items.push_back({state, QStringLiteral("%1 %2").arg(count).arg(words)});
    };
    add(TargetState::succeeded, counts.succeeded, QStringLiteral("succeeded"));
    add(TargetState::verifying, counts.verifying, QStringLiteral("verifying"));
    add(TargetState::running, counts.running, QStringLiteral("running"));
    add(TargetState::failed, counts.failed, QStringLiteral("failed"));
    add(TargetState::unknown, counts.unknown, QStringLiteral("unknown"));
    add(TargetState::cancelled, counts.other, QStringLiteral("not done"));
    add(TargetState::waiting, counts.waiting, QStringLiteral("not started"));
    m_legend->setItems(items, QStringLiteral("= %1").arg(counts.total));
}

void ActionHead::showDeadline(const Action& action, Runs runs, std::int64_t clockMs) {
    if (!m_answer.isEmpty() && !isFinal(action.state)) {
        m_deadline->setRuns({strong(m_answer)});
        return;
    }
    runs << startRuns(action, clockMs);
    std::int64_t first = 0;
    for (const TargetRecord& target : action.targets)
        if (!isFinal(target.state) && target.deadlineWallMs > 0) first = first == 0 ? target.deadlineWallMs : std::min(first, target.deadlineWallMs);
    // A verb that waits for nobody has a limit for a lost agent only.
    if (isFinal(action.state) || first == 0 || !closes(action.verb)) {
        m_deadline->setRuns(runs << plain(toQt(action.sentence), Tone::secondary));
        return;
    }
    const std::int64_t left = first - clockMs;
    if (left > 0)
        runs << plain(QStringLiteral("first deadline %1 UTC, in").arg(clockText(first)), Tone::secondary) << strong(durationText(left)) << plain(QStringLiteral("then %1").arg(toQt(toString(action.atDeadline))), Tone::secondary);
    else
        runs << plain(QStringLiteral("first deadline %1 UTC passed").arg(clockText(first)), Tone::secondary) << strong(QStringLiteral("%1 ago").arg(durationText(-left))) << plain(afterDeadline(action.atDeadline), Tone::secondary);
    m_deadline->setRuns(runs);
}

} // namespace busbar::views
