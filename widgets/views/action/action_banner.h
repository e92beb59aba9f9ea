// The line under the head of an action that says what stands in its way and offers the way on: it awaits a second person, it is paused, or
// its worst target failed. Hidden when nothing does. GUI thread only.
#pragma once

#include "widgets/views/action/action_words.h"
#include "widgets/views/parts/surface.h"

namespace busbar::views {

/// Who looks at an action, and what stands against what they could do; empty texts: it can be tried.
struct ActionStanding {
    QString user;                                    ///< as actions name people
    QString cancelOff, approveOff, undoOff, forceOff; ///< role or link
    SiteSilence silence;                             ///< of its site
    bool operator==(const ActionStanding&) const = default;
};

class ActionBanner : public Surface {
    Q_OBJECT
public:
    explicit ActionBanner(QWidget* parent = nullptr);
    /// `worst`: the first of the targets as shown, or nullptr.
    void setAction(const ActionPtr& action, const TargetRecord* worst, const ActionStanding& standing);

Q_SIGNALS:
    void approveWanted();
    void resumeWanted();

private:
    void showButton(Button* shown, const QString& off);

    Line* m_line;
    Button *m_approve, *m_resume;
};

/// True while the action waits for a second person's word.
bool awaitsApproval(const Action& action);
/// Why `standing`'s user cannot approve it; empty: they can.
QString approveOff(const Action& action, const ActionStanding& standing);

} // namespace busbar::views
