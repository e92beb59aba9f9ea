// Head of the action on show: what, where, why, who; its waves with the count of each target state; the breakers against their limits; what
// it waits for and its last start; the deadline; Pause and Stop. GUI thread only.
#pragma once

#include "widgets/views/action/action_words.h"
#include "widgets/views/parts/surface.h"

namespace busbar::views {

class BreakerMeter;
class WavesBar;

class ActionHead : public Surface {
    Q_OBJECT
public:
    explicit ActionHead(QWidget* parent = nullptr);
    /// `off`: why this person can neither hold nor stop it; empty: they can.
    void setAction(const ActionPtr& action, const QString& siteTitle, std::int64_t nowWallMs, const QString& off);
    /// A sentence in place of the legend's right end: the answer to what a person decided.
    void setAnswer(const QString& sentence);
    Button* stopButton() { return m_stop; }
    /// "Resume" while the action is paused.
    Button* pauseButton() { return m_pause; }

Q_SIGNALS:
    /// The action it is queued behind.
    void actionWanted(const std::string& actionId);

private:
    void showButtons(const Action& action, const QString& off);
    void showLegend(const Action& action);
    void showDeadline(const Action& action, std::int64_t nowWallMs);

    Line* m_title;
    Line* m_why;
    Button *m_pause, *m_stop;
    WavesBar* m_waves;
    BreakerMeter* m_breaker;
    class SegmentLegend* m_legend;
    Line *m_breakerLine, *m_deadline;
    QString m_answer;
};

} // namespace busbar::views
