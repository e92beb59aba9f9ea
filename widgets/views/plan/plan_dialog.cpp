#include "widgets/views/plan/plan_dialog.h"

#include "base/clock.h"
#include "base/ids.h"
#include "domain/lifecycle.h"
#include "widgets/views/parts/text.h"
#include "widgets/views/parts/verbs.h"
#include "widgets/views/plan/friction.h"
#include "widgets/views/plan/plan_decision.h"
#include "widgets/views/plan/plan_effects.h"
#include "widgets/views/plan/plan_strip.h"

#include <QHBoxLayout>
#include <QScrollArea>
#include <QShortcut>
#include <QStackedWidget>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>

namespace busbar::views {

namespace {

constexpr QSize kDialogSize(1240, 836);
constexpr int kLeftWidth = 724;
constexpr int kHeadHeight = 48;
constexpr int kFootHeight = 56;
/// Left free round the dialog where the window behind it is small.
constexpr int kLeastMargin = 24;

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

// The details of a swap are not asked for here: its plan answers with them.
bool asksTheSame(const PlanRequest& a, const PlanRequest& b) {
    return a.deadlineMs == b.deadlineMs && a.atDeadline == b.atDeadline && (a.verb == Verb::swap || a.details == b.details) && a.queue == b.queue && a.notAfterWallMs == b.notAfterWallMs;
}

// What stands on the left before there is a plan.
QString beforeText(const PlanRequest& request) {
    QStringList steps;
    for (const StepKind kind : stepsOf(request.verb)) steps << toQt(toString(kind)) + (isDestructive(kind) ? QStringLiteral(" (destroys data)") : QString());
    return QStringLiteral("%1: %2.\n\nOn each node: %3.\n\nThe preview will say whom it touches, which nodes are refused and why, and what is done. It starts nothing.")
        .arg(infoOf(request.verb).title, infoOf(request.verb).purpose, steps.join(QStringLiteral(" \u2192 ")));
}

} // namespace

PlanDialog::PlanDialog(const QString& scope, const PlanRequest& request, QWidget* parent) : QDialog(parent), m_request(request), m_scope(scope) {
    setWindowTitle(QStringLiteral("%1: plan").arg(infoOf(request.verb).title));
    const QSize room = parent == nullptr ? kDialogSize : parent->window()->size() - QSize(kLeastMargin, kLeastMargin);
    resize(kDialogSize.boundedTo(room));
    auto* column = columnLayout(this);
    buildHead();
    column->addWidget(m_head);
    m_strip = new PlanStrip(this);
    column->addWidget(m_strip);
    auto* body = rowLayout(nullptr, 0);
    m_effects = new PlanEffects(this);
    auto* before = new Surface(Tone::base, Qt::RightEdge, this);
    auto* beforeColumn = columnLayout(before);
    beforeColumn->setContentsMargins(28, 24, 28, 24);
    beforeColumn->addWidget(new Paragraph(beforeText(request), Tone::secondary, kBasePx, before));
    beforeColumn->addStretch(1);
    m_left = new QStackedWidget(this);
    m_left->addWidget(before);
    auto* area = new QScrollArea(this);
    area->setFrameShape(QFrame::NoFrame);
    area->setWidgetResizable(true);
    area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    area->setFocusPolicy(Qt::NoFocus);
    area->setWidget(m_effects);
    m_left->addWidget(area);
    m_left->setFixedWidth(kLeftWidth);
    m_decision = new PlanDecision(request, this);
    body->addWidget(m_left);
    body->addWidget(m_decision, 1);
    column->addLayout(body, 1);
    buildFoot();
    column->addWidget(m_foot);
    buildKeys();
    if (m_decision->formProblem().isEmpty()) {
        m_decision->fill(m_request);
        m_strip->setNotice(QStringLiteral("Planning for %1 \u2026").arg(countOf(std::ssize(request.nodeIds), QStringLiteral("node"))), {}, false);
    } else {
        m_phase = Phase::form;
        m_strip->setNotice(QStringLiteral("Nothing is planned yet"), {QStringLiteral("Say on the right what you ask for; Enter previews it.")}, false);
    }
    m_timer = new QTimer(this);
    connect(m_timer, &QTimer::timeout, this, &PlanDialog::tick);
    m_timer->start(1000);
    tick();
    showHead();
    showFoot();
    showDefault();
    if (m_phase == Phase::form) m_decision->focusForm();
    else m_cancel->setFocus();
}

void PlanDialog::buildHead() {
    m_head = new Surface(Tone::panel, Qt::BottomEdge, this);
    m_head->setAccent(Qt::TopEdge, 4, infoOf(m_request.verb).tone);
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
    m_preview = new Button(QStringLiteral("Preview"), QStringLiteral("F5"), m_foot);
    m_preview->setObjectName(QStringLiteral("preview"));
    m_preview->setButtonHeight(32);
    m_submit = new Button(QStringLiteral("Submit"), {}, m_foot);
    m_submit->setObjectName(QStringLiteral("submit"));
    m_submit->setButtonHeight(32);
    m_cancel = new Button(QStringLiteral("Cancel"), QStringLiteral("Esc"), m_foot);
    m_cancel->setObjectName(QStringLiteral("cancel"));
    m_cancel->setButtonHeight(32);
    row->addWidget(m_why);
    row->addWidget(m_preview);
    row->addWidget(m_submit);
    row->addWidget(m_cancel);
}

void PlanDialog::buildKeys() {
    connect(m_submit, &QPushButton::clicked, this, &PlanDialog::submit);
    connect(m_cancel, &QPushButton::clicked, this, &QDialog::reject);
    connect(m_strip, &PlanStrip::planAgain, this, &PlanDialog::planAgain);
    connect(m_preview, &QPushButton::clicked, this, &PlanDialog::planAgain);
    connect(new QShortcut(QKeySequence(Qt::Key_F5), this), &QShortcut::activated, this, &PlanDialog::planAgain);
    connect(m_decision, &PlanDecision::edited, this, &PlanDialog::showFoot);
    connect(m_decision, &PlanDecision::formEdited, this, &PlanDialog::needPreview);
    connect(m_decision, &PlanDecision::requestChanged, this, [this] {
        needPreview();
        planAgain();
    });
}

void PlanDialog::start() {
    if (m_phase == Phase::planning) Q_EMIT planRequested(m_request);
}

// A plan shows what was asked before; what it will show next is not known, so nothing can be submitted.
void PlanDialog::needPreview() {
    m_touched = true;
    m_phase = Phase::form;
    m_strip->setNotice(m_plan ? QStringLiteral("What you ask for has changed") : QStringLiteral("Nothing is planned yet"), {QStringLiteral("Enter previews it as it stands in the form now.")}, false);
    showFoot();
    showDefault();
}

bool PlanDialog::canPreview() const { return m_phase != Phase::planning && m_phase != Phase::submitting && m_blocked.isEmpty() && m_decision->formProblem().isEmpty(); }

// Level A is one Enter on the preview; from level B on Enter is the safe way out; in a form that is not previewed yet it previews.
void PlanDialog::showDefault() {
    if (m_phase == Phase::form || (m_phase == Phase::planning && m_preview->isDefault())) m_preview->setDefault(true);
    else if (m_plan && m_phase != Phase::refused && m_decision->level() == Friction::a) m_submit->setDefault(true);
    else m_cancel->setDefault(true);
}

void PlanDialog::setPlan(const Plan& plan) {
    // Changed while the plan was made: it shows what is not asked for any more, and the next one is on its way or will be asked for.
    if (m_phase == Phase::form || (m_touched && !asksTheSame(plan.request, m_request))) return;
    const bool first = !m_plan.has_value();
    m_plan = plan;
    m_request = plan.request;
    m_phase = Phase::ready;
    m_strip->setPlan(plan);
    m_effects->setPlan(plan);
    m_left->setCurrentIndex(1);
    m_decision->setPlan(plan, !m_touched);
    showDefault();
    if (first && m_decision->level() == Friction::a) m_decision->focusReason();
    else if (first) m_cancel->setFocus();
    showHead();
    tick();
}

void PlanDialog::setFailed(const QString& sentence) {
    const bool submitted = m_phase == Phase::submitting;
    m_phase = submitted ? Phase::failed : Phase::form;
    m_strip->setNotice(submitted ? QStringLiteral("Not submitted") : QStringLiteral("No plan"), {sentence}, true);
    showFoot();
    showDefault();
}

void PlanDialog::setRefused(const QString& title, const QStringList& differences) {
    m_phase = Phase::refused;
    m_strip->setNotice(title, differences, true);
    showDefault();
    m_cancel->setFocus();
    showFoot();
}

void PlanDialog::setBlocked(const QString& reason) {
    m_blocked = reason;
    showFoot();
}

void PlanDialog::setForceOff(const QString& reason) { m_decision->setForceOff(reason); }

void PlanDialog::setSiteNodes(std::int64_t nodes) { m_decision->setSiteNodes(nodes); }

void PlanDialog::setAccepted() { accept(); }

void PlanDialog::setNow(std::int64_t wallMs) {
    m_ownClock = false;
    m_nowMs = wallMs;
    tick();
}

void PlanDialog::showHead() {
    const Verb verb = m_request.verb;
    Runs runs{signRun(infoOf(verb).sign, 18)};
    const QString count = m_plan ? QStringLiteral("%1 of %2").arg(countText(eligibleCount(*m_plan)), countOf(std::ssize(m_plan->targets), QStringLiteral("node"))) : countOf(std::ssize(m_request.nodeIds), QStringLiteral("node"));
    runs << strong(QStringLiteral("%1 %2").arg(infoOf(verb).title, count), 16);
    Run scope = chip(m_scope);
    scope.bold = true;
    runs << scope;
    if (m_plan) runs << chip(sourcesText(*m_plan));
    m_title->setRuns(runs);
    setWindowTitle(QStringLiteral("%1 %2 at %3").arg(infoOf(verb).title, count, m_scope));
}

QString PlanDialog::whyNot() const {
    if (!m_blocked.isEmpty()) return m_blocked;
    switch (m_phase) {
    case Phase::form: return m_decision->formProblem().isEmpty() ? QStringLiteral("Enter previews it") : m_decision->formProblem();
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
    m_preview->setVisible(m_phase == Phase::form || (m_phase == Phase::planning && m_preview->isDefault()));
    m_preview->setEnabled(canPreview());
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
    if (!canPreview()) return;
    m_decision->fill(m_request);
    m_phase = Phase::planning;
    m_strip->setNotice(m_plan ? QStringLiteral("Planning again \u2026") : QStringLiteral("Planning \u2026"), {}, false);
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
