// Head of the action on show: what, where, why, who; its waves with the count of each target state; the breakers against their limits; what
// it waits for and its last start; the deadline; Pause and Stop. GUI thread only.
#pragma once

#include "widgets/views/action/action_banner.h"
#include "widgets/views/parts/surface.h"

namespace busbar::views {

class BreakerMeter;
class WavesBar;

class ActionHead : public Surface {
    Q_OBJECT
public:
    explicit ActionHead(QWidget* parent = nullptr);
    /// `standing`: whether this person can hold and stop it. Where its site is silent, all clocks of an open action stand at the last word.
    void setAction(const ActionPtr& action, const QString& siteTitle, std::int64_t nowWallMs, const ActionStanding& standing);
    /// A sentence in place of the legend's right end: the answer to what a person decided.
    void setAnswer(const QString& sentence);
    Button* stopButton() { return m_stop; }
    /// "Resume" while the action is paused, "Decide" while it asks at its deadline.
    Button* pauseButton() { return m_pause; }

Q_SIGNALS:
    /// The action it is queued behind.
    void actionWanted(const std::string& actionId);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void showButtons(const Action& action, const QString& off);
    void showLegend(const Action& action);
    void showDeadline(const Action& action, Runs runs, std::int64_t clockMs);

    Line* m_title;
    Line* m_why;
    Button *m_pause, *m_stop;
    WavesBar* m_waves;
    BreakerMeter* m_breaker;
    class SegmentLegend* m_legend;
    Line *m_breakerLine, *m_deadline;
    QString m_answer;
    bool m_silent = false; ///< open, at a site without a word: hatched
};

} // namespace busbar::views
