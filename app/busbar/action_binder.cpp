#include "busbar/action_binder.h"

#include "widgets/views/action/action_view.h"
#include "widgets/views/parts/text.h"

#include <QPointer>

namespace busbar::console {

using views::ActionView;

ActionBinder::ActionBinder(LiveFleet& live, ActionView& view, ActionCoordinator& coordinator, QObject* parent) : QObject(parent), m_live(live), m_view(view) {
    m_view.setSites([&live](const QString& site) { return live.siteTitle(site); }, [&live](const QString& site) { return live.offReason(site, Right::giveBack); });
    connect(&live.actions(), &session::ActionClient::changed, this, [this] { if (m_view.isVisible()) refresh(); });
    connect(&live, &LiveFleet::factsChanged, this, &ActionBinder::onSecond);
    connect(&view, &ActionView::cancelRequested, this, &ActionBinder::cancel);
    connect(&view, &ActionView::undoRequested, &coordinator, &ActionCoordinator::planUndo);
    m_view.setLoading(loadingSentence());
    m_view.setActions(live.actions().all());
}

ActionBinder::~ActionBinder() {
    m_view.setSites({}, {});
    m_view.setActions({});
}

QString ActionBinder::loadingSentence() const {
    QStringList waiting;
    for (const std::string& site : m_live.session().sites())
        if (!m_live.actions().synced(site)) waiting << views::toQt(site);
    return waiting.isEmpty() ? QString() : QStringLiteral("Waiting for the actions of %1 \u2026").arg(waiting.join(QStringLiteral(", ")));
}

void ActionBinder::refresh() {
    const store::ActionsPtr actions = m_live.actions().snapshot();
    m_view.setNow(m_live.nowWallMs());
    if (actions->sequence == m_shown) return;
    m_shown = actions->sequence;
    m_view.setLoading(loadingSentence());
    m_view.setActions(actions->actions);
}

void ActionBinder::onSecond() {
    if (m_view.isVisible()) m_view.setNow(m_live.nowWallMs());
}

void ActionBinder::cancel(const std::string& actionId, bool keepClosed) {
    m_live.actions().cancel(actionId, keepClosed, "stopped in the console", [view = QPointer<ActionView>(&m_view), actionId](const StatusOr<store::ActionPtr>& answer) {
        if (!view) return;
        const QString sentence = answer.ok() ? QStringLiteral("The controller: %1").arg(views::toQt((*answer)->sentence)) : QStringLiteral("Not stopped: %1").arg(views::toQt(sentenceOf(answer.status())));
        view->setStopAnswer(actionId, sentence);
    });
}

} // namespace busbar::console
