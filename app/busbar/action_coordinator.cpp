#include "busbar/action_coordinator.h"

#include "base/refusal.h"
#include "busbar/evidence_binder.h"
#include "domain/lifecycle.h"
#include "widgets/views/parts/text.h"

#include <algorithm>

namespace busbar::console {

namespace {

using views::PlanDialog;

QString sentenceText(const Status& status) { return views::toQt(sentenceOf(status)); }

/// True when it is not known whether the controller took the submit up: no answer came, or none that a controller gives to one it refuses.
bool replyWasLost(const Status& status) { return !needsNewPlan(status) && !absl::IsInvalidArgument(status) && !absl::IsPermissionDenied(status) && !absl::IsUnauthenticated(status) && !absl::IsUnimplemented(status); }

} // namespace

bool needsNewPlan(const Status& status) { return absl::IsFailedPrecondition(status) || absl::IsNotFound(status) || absl::IsAborted(status) || absl::IsAlreadyExists(status); }

Refusal refusalOf(const Status& status) {
    if (replyWasLost(status)) return {QStringLiteral("Not known whether it was submitted"), {sentenceText(status), QStringLiteral("Submit it again as it stands: it cannot act twice.")}};
    if (!needsNewPlan(status)) return {QStringLiteral("Not submitted"), {sentenceText(status)}};
    QStringList differences;
    for (const std::string& reason : reasonsOf(status)) differences << views::toQt(reason);
    if (differences.isEmpty()) return {QStringLiteral("Refused by the controller"), {sentenceText(status)}};
    return {QStringLiteral("Refused: %1 since the plan was made").arg(differences.size() == 1 ? QStringLiteral("one thing changed") : QStringLiteral("%1 things changed").arg(differences.size())), differences};
}

QString closedWords(Sent sent, const QString& site, const QStringList& rest) {
    QString words = QStringLiteral("Cancelled at %1").arg(site);
    if (sent == Sent::out) words = QStringLiteral("Closed while it was submitted at %1: the answer is said when it comes").arg(site);
    else if (sent == Sent::unknown) words = QStringLiteral("Closed at %1: whether that action was accepted is not known, the actions show it if so").arg(site);
    else if (rest.isEmpty()) return {};
    if (rest.isEmpty()) return words;
    return QStringLiteral("%1; nothing was planned at %2%3").arg(words, rest.join(QStringLiteral(", ")), sent == Sent::no ? QStringLiteral(" either") : QString());
}

ActionCoordinator::ActionCoordinator(LiveFleet& live, QWidget* window, QObject* parent) : QObject(parent), m_live(live), m_window(window) {
    connect(&live, &LiveFleet::factsChanged, this, &ActionCoordinator::showBlocked);
}

ActionCoordinator::~ActionCoordinator() { delete m_dialog; }

void ActionCoordinator::plan(Verb verb, const QStringList& nodeIds) {
    if (isBusy()) return;
    if (nodeIds.isEmpty()) return Q_EMIT said(QStringLiteral("No node is selected: Space selects one"));
    QStringList off;
    for (const std::string& site : m_live.session().sites()) {
        Job job{.request = {.verb = verb, .site = site}};
        for (const QString& id : nodeIds)
            if (views::siteOf(id.toStdString()).toStdString() == site) job.request.nodeIds.push_back(id.toStdString());
        if (job.request.nodeIds.empty()) continue;
        const QString silent = m_live.silenceOf(views::toQt(site));
        if (silent.isEmpty()) m_jobs.push_back(std::move(job));
        else off << silent;
    }
    int number = 0;
    for (Job& job : m_jobs) {
        job.number = ++number;
        job.of = static_cast<int>(m_jobs.size());
    }
    if (!off.isEmpty()) Q_EMIT said(off.join(QStringLiteral("; ")));
    openNext();
}

void ActionCoordinator::planUndo(const std::string& actionId) {
    if (isBusy()) return;
    const store::ActionPtr action = m_live.actions().snapshot()->find(actionId);
    if (!action) return Q_EMIT said(QStringLiteral("%1 is not known any more").arg(views::toQt(actionId)));
    Job job{.request = {.verb = inverseOf(action->verb), .site = views::siteOf(actionId).toStdString()}, .undoOf = actionId};
    for (const TargetRecord& target : action->targets)
        if (target.state == TargetState::succeeded) job.request.nodeIds.push_back(target.nodeId);
    m_jobs.push_back(std::move(job));
    openNext();
}

QString ActionCoordinator::scopeOf(const Job& job) const {
    QString scope = m_live.siteTitle(views::toQt(job.request.site));
    if (job.of > 1) scope += QStringLiteral(" \u00b7 site %1 of %2").arg(job.number).arg(job.of);
    if (!job.undoOf.empty()) scope += QStringLiteral(" \u00b7 undoes %1").arg(views::shortActionId(job.undoOf));
    return scope;
}

void ActionCoordinator::openNext() {
    if (m_jobs.empty()) return;
    const Job& job = m_jobs.front();
    m_dialog = new PlanDialog(scopeOf(job), job.request, m_window);
    m_dialog->setAttribute(Qt::WA_DeleteOnClose);
    connectDialog();
    m_dialog->setSiteNodes(siteNodes(job.request.site));
    m_dialog->setHolds([this](const std::string& nodeId) { return holdsOf(nodeId); });
    showBlocked();
    m_dialog->open();
    m_dialog->start();
}

void ActionCoordinator::connectDialog() {
    connect(m_dialog, &PlanDialog::planRequested, this, &ActionCoordinator::ask);
    connect(m_dialog, &PlanDialog::submitRequested, this, &ActionCoordinator::submit);
    connect(m_dialog, &PlanDialog::exportWanted, this, &ActionCoordinator::exportPlan);
    connect(m_dialog, &PlanDialog::heatmapWanted, this, &ActionCoordinator::setAside);
    connect(m_dialog, &QDialog::finished, this, &ActionCoordinator::onClosed);
}

bool ActionCoordinator::isBusy() {
    if (!m_dialog) return false;
    const bool aside = bringBack();
    Q_EMIT said(aside ? QStringLiteral("Here is the plan that was set aside: submit or cancel it first") : QStringLiteral("A plan is open in this window: submit or cancel it first"));
    return true;
}

bool ActionCoordinator::isSetAside() const { return m_dialog && m_dialog->isHidden(); }

bool ActionCoordinator::bringBack() {
    if (!isSetAside()) return false;
    m_dialog->open();
    Q_EMIT setAsideChanged();
    return true;
}

// Hidden, not closed: what was typed, the plan and its time go on, and nothing is submitted meanwhile.
void ActionCoordinator::setAside(const QStringList& nodeIds) {
    m_dialog->hide();
    Q_EMIT heatmapWanted(nodeIds);
    Q_EMIT setAsideChanged();
}

void ActionCoordinator::exportPlan(const QString& path) {
    if (!m_dialog->plan()) return;
    writeExport(path, std::make_shared<const std::string>(session::planText(*m_dialog->plan())), [dialog = m_dialog, path](const Status& written) {
        if (dialog) dialog->tell(written.ok() ? QStringLiteral("%1 written").arg(path) : QStringLiteral("Not exported: %1").arg(sentenceText(written)), written.ok() ? views::Sign::check : views::Sign::p2);
    });
}

std::vector<views::LeaseHold> ActionCoordinator::holdsOf(const std::string& nodeId) const {
    std::vector<views::LeaseHold> holds;
    for (const store::SitePtr& site : m_live.fleet()->sites) {
        if (site->site() != views::siteOf(nodeId).toStdString()) continue;
        const std::uint32_t node = site->findNode(views::nameOf(nodeId).toStdString());
        if (node >= site->nodeCount()) break;
        const std::uint32_t first = site->firstRow(node);
        for (std::uint32_t row = first; row < first + static_cast<std::uint32_t>(site->gpuCount(node)); ++row) {
            const std::int64_t index = site->value(Metric::lease, row);
            const LeaseInfo* lease = index > 0 ? site->lease(static_cast<std::uint32_t>(index)) : nullptr;
            if (lease == nullptr) continue;
            const auto known = std::ranges::find(holds, lease->id, &views::LeaseHold::leaseId);
            if (known == holds.end()) holds.push_back({lease->id, lease->tenant, 1});
            else ++known->gpus;
        }
    }
    return holds;
}

std::int64_t ActionCoordinator::siteNodes(const std::string& site) const {
    for (const store::SitePtr& known : m_live.fleet()->sites)
        if (known->site() == site) return known->nodeCount();
    return 0;
}

void ActionCoordinator::ask(const PlanRequest& request, int question) {
    const auto show = [dialog = m_dialog, question](const StatusOr<Plan>& plan) {
        if (!dialog) return;
        if (plan.ok()) dialog->setPlan(*plan, question);
        else dialog->setNoPlan(sentenceText(plan.status()), question);
    };
    Job& job = m_jobs.front();
    // The inverse is worked out by the controller once; what a person changes in it afterwards is a plan for the same nodes.
    const bool undo = !job.undoOf.empty() && !job.asked;
    job.asked = true;
    if (undo) m_live.actions().planUndo(job.undoOf, show);
    else m_live.actions().plan(request, show);
    showBlocked();
}

void ActionCoordinator::submit(const views::SubmitIntent& intent) {
    Job& job = m_jobs.front();
    job.sent = Sent::out;
    m_live.actions().submit({.site = job.request.site, .planId = intent.planId, .reason = intent.reason, .idempotencyKey = intent.idempotencyKey, .undoOf = job.undoOf},
                            [self = QPointer<ActionCoordinator>(this), job, dialog = m_dialog](const StatusOr<store::ActionPtr>& action) { if (self) self->onSubmitted(action, job, dialog); });
}

void ActionCoordinator::onSubmitted(const StatusOr<store::ActionPtr>& action, const Job& job, const QPointer<PlanDialog>& dialog) {
    const bool open = dialog && dialog == m_dialog; // One that was closed just now is still there.
    if (action.ok()) {
        const ActionState state = (*action)->approvalWhy.empty() ? (*action)->state : ActionState::awaitingApproval;
        Q_EMIT said(QStringLiteral("%1 accepted at %2: %3").arg(views::shortActionId((*action)->id), views::toQt(job.request.site), views::toQt(toString(state))));
        Q_EMIT accepted(views::toQt((*action)->id));
        if (open) dialog->setAccepted();
        return;
    }
    const Status status = action.status();
    const Refusal refusal = refusalOf(status);
    // Without its dialog nobody can submit it again: only what happened is said.
    if (!open) return Q_EMIT said(QStringLiteral("%1 at %2: %3").arg(refusal.title, views::toQt(job.request.site), sentenceText(status)));
    m_jobs.front().sent = replyWasLost(status) ? Sent::unknown : Sent::no;
    if (needsNewPlan(status)) dialog->setRefused(refusal.title, refusal.differences);
    else dialog->setNotSubmitted(refusal.title, refusal.differences);
}

void ActionCoordinator::onClosed(int result) {
    const Job job = m_jobs.front();
    m_jobs.pop_front();
    const PlanRequest asked = m_dialog->request();
    const bool aside = isSetAside();
    m_dialog.clear();
    if (aside) Q_EMIT setAsideChanged();
    if (result == QDialog::Accepted) {
        for (Job& next : m_jobs) {
            next.request.deadlineMs = asked.deadlineMs;
            next.request.atDeadline = asked.atDeadline;
            if (asked.verb != Verb::swap) next.request.details = asked.details; // Those of a swap are of its own lease.
            next.request.allOrNothing = asked.allOrNothing;
            next.request.queue = asked.queue;
            next.request.notAfterWallMs = asked.notAfterWallMs;
        }
        return openNext();
    }
    QStringList rest;
    for (const Job& waiting : m_jobs) rest << views::toQt(waiting.request.site);
    m_jobs.clear();
    const QString words = closedWords(job.sent, views::toQt(job.request.site), rest);
    if (!words.isEmpty()) Q_EMIT said(words);
}

void ActionCoordinator::showBlocked() {
    if (!m_dialog) return;
    const QString site = views::toQt(m_jobs.front().request.site);
    m_dialog->setForceOff(m_live.offReason(site, Right::force));
    m_dialog->setOverrideOff(m_live.offReason(site, Right::override_));
    m_dialog->setBlocked(m_live.offReason(site, rightOf(m_dialog->request())));
}

} // namespace busbar::console
