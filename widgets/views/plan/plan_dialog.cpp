#include "widgets/views/plan/plan_dialog.h"

#include "base/clock.h"
#include "base/ids.h"
#include "domain/lifecycle.h"
#include "widgets/views/parts/ask_file.h"
#include "widgets/views/parts/text.h"
#include "widgets/views/parts/verbs.h"
#include "widgets/views/plan/friction.h"
#include "widgets/views/plan/plan_decision.h"
#include "widgets/views/plan/plan_effects.h"
#include "widgets/views/plan/plan_foot.h"
#include "widgets/views/plan/plan_strip.h"
#include "widgets/views/plan/plan_words.h"

#include <QDir>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <QScrollArea>
#include <QShortcut>
#include <QStackedWidget>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>

namespace busbar::views {

namespace {

constexpr QSize kDialogSize(1240, 960);
constexpr int kLeftWidth = 724;
constexpr int kHeadHeight = 48;
/// Left free round the dialog where the window behind it is small.
constexpr int kLeastMargin = 24;

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
    m_foot = new PlanFoot(this);
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
    else m_foot->cancel()->setFocus();
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

void PlanDialog::buildKeys() {
    // From what is filled in last to the buttons; texts to copy and what else can be done with the plan come after.
    setTabOrder(m_decision->lastField(), m_foot->preview());
    setTabOrder(m_foot->preview(), m_foot->submit());
    setTabOrder(m_foot->submit(), m_foot->cancel());
    connect(m_foot->submit(), &QPushButton::clicked, this, &PlanDialog::submit);
    connect(m_foot->cancel(), &QPushButton::clicked, this, &QDialog::reject);
    connect(m_foot->exporting(), &QPushButton::clicked, this, &PlanDialog::askExport);
    connect(m_foot->heatmap(), &QPushButton::clicked, this, [this] { Q_EMIT heatmapWanted(nodesOnShow(m_request, m_plan ? &*m_plan : nullptr)); });
    connect(m_strip, &PlanStrip::planAgain, this, &PlanDialog::planAgain);
    connect(m_foot->preview(), &QPushButton::clicked, this, &PlanDialog::planAgain);
    connect(new QShortcut(QKeySequence(Qt::Key_F5), this), &QShortcut::activated, this, &PlanDialog::planAgain);
    connect(m_decision, &PlanDecision::entered, this, &PlanDialog::submit);
    connect(m_decision, &PlanDecision::edited, this, &PlanDialog::showFoot);
    connect(m_decision, &PlanDecision::formEdited, this, &PlanDialog::needPreview);
    connect(m_decision, &PlanDecision::requestChanged, this, [this] {
        needPreview();
        planAgain();
    });
}

void PlanDialog::start() {
    if (m_phase == Phase::planning) ask();
}

void PlanDialog::ask() { Q_EMIT planRequested(m_request, ++m_question); }

// A plan shows what was asked before; what it will show next is not known, so nothing can be submitted.
void PlanDialog::needPreview() {
    m_touched = true;
    m_phase = Phase::form;
    m_strip->setNotice(m_plan ? QStringLiteral("What you ask for has changed") : QStringLiteral("Nothing is planned yet"), {m_decision->formProblem().isEmpty() ? QStringLiteral("Enter previews it as it stands in the form now.") : QStringLiteral("It can be previewed when this is mended on the right: %1").arg(m_decision->formProblem())}, false);
    showFoot();
    showDefault();
}

bool PlanDialog::canPreview() const { return m_phase != Phase::planning && !m_submitOut && m_blocked.isEmpty() && m_decision->formProblem().isEmpty(); }

// Level A is one Enter on the preview; from level B on Enter is the safe way out; in a form that is not previewed yet it previews.
void PlanDialog::showDefault() {
    if (m_phase == Phase::form || (m_phase == Phase::planning && m_foot->preview()->isDefault())) m_foot->preview()->setDefault(true);
    else if (m_plan && m_phase != Phase::refused && m_decision->level() == Friction::a) m_foot->submit()->setDefault(true);
    else m_foot->cancel()->setDefault(true);
}

// An answer to an earlier question, or to a form that was changed since, shows what is not asked for any more; one more of it would open
// Submit again under a plan that a person has just submitted.
bool PlanDialog::isAwaited(int question) const { return m_phase == Phase::planning && question == m_question; }

void PlanDialog::setPlan(const Plan& plan, int question) {
    if (!isAwaited(question)) return;
    const bool first = !m_plan.has_value();
    m_plan = plan;
    m_request = plan.request;
    m_phase = Phase::ready;
    m_strip->setPlan(plan);
    m_effects->setPlan(plan);
    m_left->setCurrentIndex(1);
    m_decision->setPlan(plan, !m_touched);
    showDefault();
    // Where a person types anyway: on a button the first space of a reason would press it. Enter there presses nothing from level B on.
    if (first) m_decision->focusReason();
    showHead();
    tick();
}

void PlanDialog::setNoPlan(const QString& sentence, int question) {
    if (!isAwaited(question)) return;
    m_phase = Phase::form;
    m_strip->setNotice(QStringLiteral("No plan"), {sentence}, true);
    showFoot();
    showDefault();
}

void PlanDialog::setNotSubmitted(const QString& title, const QStringList& sentences) { endSubmit(Phase::failed, title, sentences); }

void PlanDialog::setRefused(const QString& title, const QStringList& differences) {
    endSubmit(Phase::refused, title, differences);
    if (m_phase == Phase::refused) m_foot->cancel()->setFocus();
}

void PlanDialog::endSubmit(Phase next, const QString& title, const QStringList& lines) {
    m_submitOut = false;
    // The form was changed meanwhile: its own notice stays, and the answer is told beside it.
    if (m_phase == Phase::form) return tell(QStringLiteral("%1: %2").arg(title, lines.join(QStringLiteral("; "))), Sign::p2);
    m_phase = next;
    m_strip->setNotice(title, lines, true);
    showDefault();
    showFoot();
}

void PlanDialog::setBlocked(const QString& reason) {
    m_blocked = reason;
    showFoot();
}

void PlanDialog::setForceOff(const QString& reason) { m_decision->setForceOff(reason); }

void PlanDialog::setOverrideOff(const QString& reason) { m_decision->setOverrideOff(reason); }

void PlanDialog::setSiteNodes(std::int64_t nodes) { m_decision->setSiteNodes(nodes); }

void PlanDialog::setHolds(HoldsOf holdsOf) { m_decision->setHolds(std::move(holdsOf), m_scope.section(QStringLiteral(" \u00b7 "), 0, 0)); }

void PlanDialog::tell(const QString& sentence, Sign sign) {
    m_foot->tell(sentence, sign, m_nowMs);
    showFoot();
}

void PlanDialog::setAccepted() { accept(); }

void PlanDialog::setNow(std::int64_t wallMs) {
    m_ownClock = false;
    m_nowMs = wallMs;
    tick();
}

void PlanDialog::showHead() {
    Runs runs{signRun(infoOf(m_request.verb).sign, 18)};
    const QString title = planTitle(m_request, m_plan ? &*m_plan : nullptr);
    runs << strong(title, 16);
    Run scope = chip(m_scope);
    scope.bold = true;
    runs << scope;
    if (m_plan) runs << chip(sourcesText(*m_plan));
    m_title->setRuns(runs);
    setWindowTitle(QStringLiteral("%1 at %2").arg(title, m_scope));
}

QString PlanDialog::whyNot() const {
    if (!m_blocked.isEmpty()) return m_blocked;
    if (m_submitOut) return QStringLiteral("Submitting \u2026");
    switch (m_phase) {
    case Phase::form: return m_decision->formProblem().isEmpty() ? QStringLiteral("Enter previews it") : m_decision->formProblem();
    case Phase::planning: return QStringLiteral("No plan yet");
    case Phase::refused: return QStringLiteral("The plan does not fit any more: plan again");
    case Phase::expired: return QStringLiteral("The plan is too old: plan again");
    case Phase::submitting:
    case Phase::ready:
    case Phase::failed: break;
    }
    return m_decision->missing();
}

void PlanDialog::showFoot() {
    const QString why = whyNot();
    m_foot->setWhy(why, m_nowMs);
    // Not while it is submitted: the dialog, and the question for the file with it, closes when the controller accepts.
    const QString noExport = !m_plan ? QStringLiteral("there is no plan yet") : m_submitOut ? QStringLiteral("it is being submitted") : QString();
    m_foot->exporting()->setEnabled(noExport.isEmpty());
    m_foot->exporting()->setToolTip(noExport);
    m_foot->preview()->setVisible(m_phase == Phase::form || (m_phase == Phase::planning && m_foot->preview()->isDefault()));
    m_foot->preview()->setEnabled(canPreview());
    m_foot->submit()->setText(m_plan && m_plan->needsApproval ? QStringLiteral("Submit for approval") : QStringLiteral("Submit"));
    m_foot->submit()->setAccessibleDescription(why);
    m_foot->submit()->setToolTip(why);
}

void PlanDialog::submit() {
    if (!whyNot().isEmpty()) return;
    SubmitIntent intent{.planId = m_plan->id, .reason = toStd(m_decision->reason())};
    // The same body again (a reply was lost) keeps its key, so that the controller answers with the same action.
    const bool again = intent.planId == m_lastIntent.planId && intent.reason == m_lastIntent.reason;
    intent.idempotencyKey = again ? m_lastIntent.idempotencyKey : makeUlid(systemClock().wallMs());
    m_lastIntent = intent;
    m_phase = Phase::submitting;
    m_submitOut = true;
    showFoot();
    Q_EMIT submitRequested(intent);
}

void PlanDialog::keyPressEvent(QKeyEvent* event) {
    const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (!enter || !m_foot->cancel()->isDefault() || qobject_cast<QLineEdit*>(focusWidget()) == nullptr) return QDialog::keyPressEvent(event);
    if (m_foot->submit()->isEnabled()) m_foot->submit()->setFocus();
}

void PlanDialog::planAgain() {
    if (!canPreview()) return;
    m_decision->fill(m_request);
    m_phase = Phase::planning;
    m_strip->setNotice(m_plan ? QStringLiteral("Planning again \u2026") : QStringLiteral("Planning \u2026"), {}, false);
    showFoot();
    ask();
}

void PlanDialog::askExport() {
    const QString name = QStringLiteral("plan-%1-%2-%3.json").arg(toQt(toString(m_plan->request.verb)), toQt(m_plan->site), toQt(m_plan->id).right(6));
    askFileToWrite(this, QStringLiteral("Export the plan"), QDir::home().filePath(name), QStringLiteral("Plan (*.json)"), [this](const QString& path) { Q_EMIT exportWanted(path); });
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
