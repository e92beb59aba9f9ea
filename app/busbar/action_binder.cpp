#include "busbar/action_binder.h"

#include "base/clock.h"
#include "busbar/evidence_binder.h"
#include "widgets/views/action/action_view.h"
#include "widgets/views/parts/text.h"

#include <QPointer>

namespace busbar::console {

using views::ActionView;
using views::DecideDialog;

namespace {

/// Sites whose trouble is told in words; of more the count.
constexpr qsizetype kTroubleLines = 3;

session::Decision decisionOf(DecideDialog::Kind kind) {
    // What is decided at a deadline goes with a resume.
    return kind == DecideDialog::Kind::approve ? session::Decision::approve : kind == DecideDialog::Kind::pause ? session::Decision::pause : session::Decision::resume;
}

/// How an answer begins.
struct Outcome {
    QString done, refused;
};
Outcome outcomeOf(DecideDialog::Kind kind) {
    switch (kind) {
    case DecideDialog::Kind::approve: return {QStringLiteral("Approved"), QStringLiteral("Not approved")};
    case DecideDialog::Kind::pause: return {QStringLiteral("Paused"), QStringLiteral("Not paused")};
    case DecideDialog::Kind::decide: return {QStringLiteral("Decided"), QStringLiteral("Not decided")};
    case DecideDialog::Kind::resume: break;
    }
    return {QStringLiteral("Resumed"), QStringLiteral("Not resumed")};
}

/// A site that was never heard has told no action: only one that was can be silent.
views::SiteSilence silenceOf(const std::optional<views::SiteFact>& fact) {
    if (!fact || fact->usable() || fact->lastHeardWallMs <= 0) return {};
    const QString word = fact->state == store::SiteState::refused ? QStringLiteral("refusing this console") : views::stateWord(fact->state);
    return {word, fact->lastHeardWallMs};
}

} // namespace

ActionBinder::ActionBinder(LiveFleet& live, ActionView& view, ActionCoordinator& coordinator, QObject* parent) : QObject(parent), m_live(live), m_view(view) {
    m_view.setDesk({.title = [&live](const QString& site) { return live.siteTitle(site); },
                    .offReason = [&live](const QString& site, Right right) { return live.offReason(site, right); },
                    .silence = [&live](const QString& site) { return silenceOf(live.siteFact(site)); },
                    .user = [&live] { return views::toQt(live.session().user()); }});
    connect(&live.actions(), &session::ActionClient::changed, this, [this] { if (m_view.isVisible()) refresh(); });
    connect(&live, &LiveFleet::factsChanged, this, &ActionBinder::onSecond);
    connect(&view, &ActionView::cancelRequested, this, &ActionBinder::cancel);
    connect(&view, &ActionView::decided, this, &ActionBinder::decide);
    connect(&view, &ActionView::evidenceOpened, this, [&live](views::EvidenceView* opened) { new EvidenceBinder(live, *opened); });
    connect(&view, &ActionView::undoRequested, &coordinator, &ActionCoordinator::planUndo);
    m_view.setLoading(loadingSentence());
    m_view.setTrouble(troubleSentences());
    m_view.setActions(live.actions().all());
}

ActionBinder::~ActionBinder() {
    m_view.setDesk({});
    m_view.setActions({});
}

QString ActionBinder::loadingSentence() const {
    QStringList waiting;
    for (const std::string& site : m_live.session().sites())
        if (!m_live.actions().synced(site)) waiting << views::toQt(site);
    return waiting.isEmpty() ? QString() : QStringLiteral("Waiting for the actions of %1 \u2026").arg(waiting.join(QStringLiteral(", ")));
}

QString ActionBinder::troubleSentences() const {
    const std::vector<store::ActionTrouble>& troubles = m_live.actions().snapshot()->troubles;
    QStringList lines;
    for (const store::ActionTrouble& trouble : troubles)
        if (lines.size() < kTroubleLines) lines << views::toQt(trouble.sentence);
    if (const auto more = std::ssize(troubles) - lines.size(); more > 0) lines << QStringLiteral("So it is with %1 more").arg(views::countOf(more, QStringLiteral("site")));
    return lines.join(QLatin1Char('\n'));
}

void ActionBinder::refresh() {
    const store::ActionsPtr actions = m_live.actions().snapshot();
    m_view.setNow(m_live.nowWallMs());
    if (actions->sequence == m_shown) return;
    m_shown = actions->sequence;
    m_view.setLoading(loadingSentence());
    m_view.setTrouble(troubleSentences());
    m_view.setActions(actions->actions);
}

void ActionBinder::onSecond() {
    if (m_view.isVisible()) m_view.setNow(m_live.nowWallMs());
}

session::ActionClient::ActionReply ActionBinder::answerTo(const std::string& actionId, const QString& done, const QString& refused) {
    return [self = QPointer<ActionBinder>(this), actionId, done, refused](const StatusOr<store::ActionPtr>& answer) {
        if (!self) return;
        // What the controller says of the action is of that moment: it goes on while this stands.
        const QString time = views::clockText(systemClock().wallMs());
        const QString sentence = answer.ok() ? QStringLiteral("%1 at %2 UTC; then: %3").arg(done, time, views::toQt((*answer)->sentence)) : QStringLiteral("%1 at %2 UTC: %3").arg(refused, time, views::toQt(sentenceOf(answer.status())));
        self->m_view.setAnswer(actionId, sentence);
        Q_EMIT self->said(QStringLiteral("%1: %2").arg(views::shortActionId(actionId), sentence));
    };
}

void ActionBinder::cancel(const std::string& actionId, bool keepClosed) { m_live.actions().cancel(actionId, keepClosed, "stopped in the console", answerTo(actionId, QStringLiteral("Stop taken up"), QStringLiteral("Not stopped"))); }

void ActionBinder::decide(DecideDialog::Kind kind, const std::string& actionId, const QString& reason, const DeadlineDecision& deadline) {
    const Outcome words = outcomeOf(kind);
    m_live.actions().decide(decisionOf(kind), actionId, views::toStd(reason), deadline, answerTo(actionId, words.done, words.refused));
}

} // namespace busbar::console
