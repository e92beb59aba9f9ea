#include "widgets/views/action/action_banner.h"

#include "widgets/views/parts/text.h"
#include "widgets/views/parts/verbs.h"

#include <QHBoxLayout>

namespace busbar::views {

namespace {

constexpr int kHeight = 38;

} // namespace

bool awaitsApproval(const Action& action) { return !isFinal(action.state) && !action.approvalWhy.empty() && action.approvedBy.empty(); }

QString approveOff(const Action& action, const ActionStanding& standing) {
    if (!awaitsApproval(action)) return QStringLiteral("it does not await approval");
    if (standing.user == toQt(action.actor))
        return QStringLiteral("you submitted it, so another person has to approve it: %1 of %2 (v, or busbarctl approve)").arg(approversText(), siteOf(action.id));
    return standing.approveOff;
}

ActionBanner::ActionBanner(QWidget* parent)
    : Surface(Tone::hover, Qt::BottomEdge, parent), m_line(new Line(this)), m_approve(new Button(QStringLiteral("Approve\u2026"), QStringLiteral("v"), this)), m_resume(new Button(QStringLiteral("Resume\u2026"), QStringLiteral("p"), this)) {
    setObjectName(QStringLiteral("actionBanner"));
    setFixedHeight(kHeight);
    setAccent(Qt::LeftEdge, 3, Tone::p2);
    auto* row = rowLayout(this);
    row->setContentsMargins(14, 0, 10, 0);
    row->addWidget(m_line, 1);
    row->addWidget(m_approve);
    row->addWidget(m_resume);
    m_approve->setObjectName(QStringLiteral("approve"));
    m_resume->setObjectName(QStringLiteral("resume"));
    connect(m_approve, &QPushButton::clicked, this, &ActionBanner::approveWanted);
    connect(m_resume, &QPushButton::clicked, this, &ActionBanner::resumeWanted);
}

void ActionBanner::showButton(Button* shown, const QString& off) {
    for (Button* button : {m_approve, m_resume}) button->setVisible(button == shown);
    if (shown == nullptr) return;
    shown->setEnabled(off.isEmpty());
    shown->setToolTip(off);
    shown->setAccessibleDescription(off);
}

void ActionBanner::setAction(const ActionPtr& action, const TargetRecord* worst, const ActionStanding& standing) {
    const bool failed = worst != nullptr && (worst->state == TargetState::failed || worst->state == TargetState::unknown);
    const bool awaits = action && awaitsApproval(*action), paused = action && !isFinal(action->state) && !action->pausedWhy.empty();
    setVisible(awaits || paused || failed || (action && action->state == ActionState::paused));
    Run head = strong(awaits ? QStringLiteral("Awaiting approval:") : paused ? QStringLiteral("Paused") : failed ? QStringLiteral("%1 %2:").arg(nameOf(worst->nodeId), toQt(toString(worst->state))) : QStringLiteral("Paused:"));
    head.sign = Sign::p2;
    if (awaits) {
        const QString off = approveOff(*action, standing);
        m_line->setRuns({head, plain(toQt(action->approvalWhy)), plain(off.isEmpty() ? QStringLiteral("submitted by %1; you may approve it").arg(toQt(action->actor)) : off, Tone::secondary)});
        showButton(m_approve, off);
    } else if (paused) {
        const TargetCounts counts = countTargets(*action);
        m_resume->setText(QStringLiteral("Resume\u2026"));
        m_line->setRuns({head, plain(pausedWords(*action)), plain(QStringLiteral("%1 not started; resume it, or stop it").arg(countOf(counts.waiting, QStringLiteral("node"))), Tone::secondary)});
        showButton(m_resume, standing.cancelOff);
    } else {
        static const QString kPaused = QStringLiteral("paused: "); // the head says so
        QString why = toQt(failed ? worst->sentence : action ? action->sentence : std::string());
        if (!failed && why.startsWith(kPaused)) why.remove(0, kPaused.size());
        m_line->setRuns({head, plain(why)});
        m_resume->setText(QStringLiteral("Decide\u2026"));
        showButton(action && asksAtDeadline(*action) ? m_resume : nullptr, standing.cancelOff);
    }
}

} // namespace busbar::views
