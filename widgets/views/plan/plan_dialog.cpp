#include "widgets/views/plan/plan_dialog.h"

#include "base/clock.h"
#include "base/ids.h"
#include "widgets/views/parts/text.h"
#include "widgets/views/plan/friction.h"
#include "widgets/views/plan/plan_decision.h"
#include "widgets/views/plan/plan_effects.h"
#include "widgets/views/plan/plan_strip.h"

#include <QHBoxLayout>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>

namespace busbar::views {

namespace {

constexpr QSize kDialogSize(1240, 836);
constexpr int kLeftWidth = 724;
constexpr int kHeadHeight = 48;
constexpr int kFootHeight = 56;

QString verbTitle(Verb verb) {
    QString word = toQt(toString(verb));
    if (!word.isEmpty()) word[0] = word[0].toUpper();
    return word;
}

Tone verbTone(Verb verb) { return verb == Verb::drain ? Tone::draining : verb == Verb::giveBack ? Tone::link : Tone::p2; }

// "live", "3 live, 31 simulated": the sources of all targets.
QString sourcesText(const Plan& plan) {
    QStringList words;
    for (const Source source : {Source::live, Source::replayed, Source::simulated, Source::unknown}) {
        const auto count = std::count_if(plan.targets.begin(), plan.targets.end(), [source](const PlanTarget& target) { return target.source == source; });
        if (count == 0) continue;
        const QString word = toQt(toString(source));
        words << (count == std::ssize(plan.targets) ? word : QStringLiteral("%1 %2").arg(count).arg(word));
    }
    return words.join(QStringLiteral(", "));
}

} // namespace

PlanDialog::PlanDialog(const QString& scope, const PlanRequest& request, QWidget* parent) : QDialog(parent), m_request(request), m_scope(scope) {
    setWindowTitle(QStringLiteral("%1: plan").arg(verbTitle(request.verb)));
    resize(kDialogSize);
    auto* column = columnLayout(this);
    buildHead();
    column->addWidget(m_head);
    m_strip = new PlanStrip(this);
    column->addWidget(m_strip);
    auto* body = rowLayout(nullptr, 0);
    m_effects = new PlanEffects(this);
    m_effects->setFixedWidth(kLeftWidth);
    m_decision = new PlanDecision(this);
    body->addWidget(m_effects);
    body->addWidget(m_decision, 1);
    column->addLayout(body, 1);
    buildFoot();
    column->addWidget(m_foot);
    buildKeys();
    m_strip->setNotice(QStringLiteral("Planning for %1 \u2026").arg(countOf(std::ssize(request.nodeIds), QStringLiteral("node"))), {}, false);
    m_timer = new QTimer(this);
    connect(m_timer, &QTimer::timeout, this, &PlanDialog::tick);
    m_timer->start(1000);
    tick();
    showHead();
    showFoot();
    m_cancel->setFocus();
}

void PlanDialog::buildHead() {
    m_head = new Surface(Tone::panel, Qt::BottomEdge, this);
    m_head->setAccent(Qt::TopEdge, 4, verbTone(m_request.verb));
    m_head->setFixedHeight(kHeadHeight);
    auto* row = rowLayout(m_head, 12);
    row->setContentsMargins(16, 4, 16, 0);
    m_title = new Line(m_head);
    m_planLine = new Line(m_head);
    row->addWidget(m_title, 1);
    row->addWidget(m_planLine);
}

void PlanDialog::buildFoot() {
    m_foot = new Surface(Tone::panel, Qt::TopEdge, this);
    m_foot->setFixedHeight(kFootHeight);
    auto* row = rowLayout(m_foot, 9);
    row->setContentsMargins(16, 0, 13, 0);
    row->addStretch(1);
    m_why = new Line(m_foot);
    m_why->setObjectName(QStringLiteral("whyNot"));
    m_submit = new Button(QStringLiteral("Submit"), {}, m_foot);
    m_submit->setObjectName(QStringLiteral("submit"));
    m_submit->setButtonHeight(32);
    m_cancel = new Button(QStringLiteral("Cancel"), QStringLiteral("Esc"), m_foot);
    m_cancel->setObjectName(QStringLiteral("cancel"));
    m_cancel->setButtonHeight(32);
    m_cancel->setDefault(true);
    row->addWidget(m_why);
    row->addWidget(m_submit);
    row->addWidget(m_cancel);
}

void PlanDialog::buildKeys() {
    connect(m_submit, &QPushButton::clicked, this, &PlanDialog::submit);
    connect(m_cancel, &QPushButton::clicked, this, &QDialog::reject);
    connect(m_strip, &PlanStrip::planAgain, this, &PlanDialog::planAgain);
    connect(m_decision, &PlanDecision::edited, this, &PlanDialog::showFoot);
    connect(m_decision, &PlanDecision::requestChanged, this, &PlanDialog::planAgain);
}

void PlanDialog::setPlan(const Plan& plan) {
    const bool first = !m_plan.has_value();
    m_plan = plan;
    m_request = plan.request;
    m_phase = Phase::ready;
    m_strip->setPlan(plan);
    m_effects->setPlan(plan);
    m_decision->setPlan(plan);
    // Level A is one Enter on the preview; from level B on Enter is the safe way out.
    const bool quick = frictionOf(plan) == Friction::a;
    (quick ? m_submit : m_cancel)->setDefault(true);
    if (first && quick) m_decision->focusReason();
    else if (first) m_cancel->setFocus();
    showHead();
    tick();
}

void PlanDialog::setFailed(const QString& sentence) {
    m_phase = m_plan ? Phase::failed : Phase::planning;
    m_strip->setNotice(m_plan ? QStringLiteral("Not submitted") : QStringLiteral("No plan"), {sentence}, true);
    showFoot();
}

void PlanDialog::setRefused(const QString& title, const QStringList& differences) {
    m_phase = Phase::refused;
    m_strip->setNotice(title, differences, true);
    m_cancel->setDefault(true);
    m_cancel->setFocus();
    showFoot();
}

void PlanDialog::setBlocked(const QString& reason) {
    m_blocked = reason;
    showFoot();
}

void PlanDialog::setAccepted() { accept(); }

void PlanDialog::setNow(std::int64_t wallMs) {
    m_ownClock = false;
    m_nowMs = wallMs;
    tick();
}

void PlanDialog::showHead() {
    const Verb verb = m_request.verb;
    Runs runs{signRun(verb == Verb::drain ? Sign::draining : Sign::none, 18)};
    const QString count = m_plan ? QStringLiteral("%1 of %2").arg(countText(eligibleCount(*m_plan)), countOf(std::ssize(m_plan->targets), QStringLiteral("node"))) : countOf(std::ssize(m_request.nodeIds), QStringLiteral("node"));
    runs << strong(QStringLiteral("%1 %2").arg(verbTitle(verb), count), 16);
    Run scope = chip(m_scope);
    scope.bold = true;
    runs << scope;
    if (m_plan) runs << chip(sourcesText(*m_plan));
    m_title->setRuns(runs);
    setWindowTitle(QStringLiteral("%1 %2 at %3").arg(verbTitle(verb), count, m_scope));
}

QString PlanDialog::whyNot() const {
    if (!m_blocked.isEmpty()) return m_blocked;
    switch (m_phase) {
    case Phase::planning: return QStringLiteral("No plan yet");
    case Phase::submitting: return QStringLiteral("Submitting \u2026");
    case Phase::refused: return QStringLiteral("The plan does not fit any more: plan again");
    case Phase::expired: return QStringLiteral("The plan is too old: plan again");
    case Phase::ready:
    case Phase::failed: break;
    }
    return m_decision->missing();
}

void PlanDialog::showFoot() {
    const QString why = whyNot();
    m_why->setRuns(why.isEmpty() ? Runs{} : Runs{plain(why, Tone::muted)});
    m_submit->setEnabled(why.isEmpty());
    m_submit->setText(m_plan && m_plan->needsApproval ? QStringLiteral("Submit for approval") : QStringLiteral("Submit"));
    m_submit->setAccessibleDescription(why);
    m_submit->setToolTip(why);
}

void PlanDialog::submit() {
    if (!whyNot().isEmpty()) return;
    SubmitIntent intent{.planId = m_plan->id, .reason = toStd(m_decision->reason())};
    // The same body again (a reply was lost) keeps its key, so that the controller answers with the same action.
    const bool again = intent.planId == m_lastIntent.planId && intent.reason == m_lastIntent.reason;
    intent.idempotencyKey = again ? m_lastIntent.idempotencyKey : makeUlid(systemClock().wallMs());
    m_lastIntent = intent;
    m_phase = Phase::submitting;
    showFoot();
    Q_EMIT submitRequested(intent);
}

void PlanDialog::planAgain() {
    m_request.deadlineMs = m_decision->deadlineMs();
    m_request.atDeadline = m_decision->policy();
    m_phase = Phase::planning;
    m_strip->setNotice(QStringLiteral("Planning again \u2026"), {}, false);
    showFoot();
    Q_EMIT planRequested(m_request);
}

void PlanDialog::tick() {
    if (m_ownClock) m_nowMs = systemClock().wallMs();
    if (!m_plan) {
        showFoot();
        return;
    }
    const std::int64_t left = m_plan->expiresWallMs - m_nowMs;
    if (left <= 0 && (m_phase == Phase::ready || m_phase == Phase::failed)) {
        m_phase = Phase::expired;
        m_strip->setNotice(QStringLiteral("This plan expired"), {QStringLiteral("It was made at %1 UTC and holds for 10 minutes, since the nodes move on. What you typed is kept.").arg(clockText(m_plan->madeWallMs))}, true);
    }
    const qint64 seconds = std::max<std::int64_t>(0, left) / 1000;
    const QString countdown = QStringLiteral("%1:%2").arg(seconds / 60).arg(seconds % 60, 2, 10, QLatin1Char('0'));
    m_planLine->setRuns({plain(QStringLiteral("plan"), Tone::secondary), strong(toQt(m_plan->id).right(6)), plain(QStringLiteral("as of rev %1").arg(countText(static_cast<std::int64_t>(m_plan->revision))), Tone::secondary),
                         chip(left <= 0 ? QStringLiteral("expired") : QStringLiteral("expires in %1").arg(countdown))});
    m_planLine->setToolTip(QStringLiteral("plan %1").arg(toQt(m_plan->id)));
    showFoot();
}

} // namespace busbar::views
