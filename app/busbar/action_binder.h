// Joins the actions of all sites to the action view of a window, and what its buttons ask for to the controllers. GUI thread only.
#pragma once

#include "busbar/action_coordinator.h"
#include "busbar/live_fleet.h"
#include "widgets/views/action/decide_dialog.h"

namespace busbar::views {
class ActionView;
}

namespace busbar::console {

class ActionBinder : public QObject {
    Q_OBJECT
public:
    ActionBinder(LiveFleet& live, views::ActionView& view, ActionCoordinator& coordinator, QObject* parent = nullptr);
    ~ActionBinder() override;

    /// Shows what has changed since: called when the view comes on the glass, and by itself while it is there.
    void refresh();

Q_SIGNALS:
    /// The controller's answer to a stop, an approval, a pause or a resume, for the status line: whoever asked may look elsewhere by now.
    void said(const QString& sentence);

private:
    void onSecond();
    void cancel(const std::string& actionId, bool keepClosed);
    void decide(views::DecideDialog::Kind kind, const std::string& actionId, const QString& reason, const DeadlineDecision& deadline);
    /// Puts the controller's answer beside the action and says it; `done` begins the sentence when it took it up, `refused` when it did not: "Not stopped".
    session::ActionClient::ActionReply answerTo(const std::string& actionId, const QString& done, const QString& refused);
    QString loadingSentence() const;
    QString troubleSentences() const;

    LiveFleet& m_live;
    views::ActionView& m_view;
    std::uint64_t m_shown = 0; ///< sequence of the actions on the glass
};

} // namespace busbar::console
