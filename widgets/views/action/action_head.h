// Head of the action on show: what, where, why, who; its waves with the count of each target state; what the breaker saw; the deadline;
// Pause and Stop. GUI thread only.
#pragma once

#include "widgets/views/action/action_words.h"
#include "widgets/views/parts/surface.h"

namespace busbar::views {

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

private:
    void showButtons(const Action& action, const QString& off);
    void showLegend(const Action& action);
    void showDeadline(const Action& action, std::int64_t nowWallMs);

    Line* m_title;
    Line* m_why;
    Button *m_pause, *m_stop;
    WavesBar* m_waves;
    class SegmentLegend* m_legend;
    Line* m_deadline;
    QString m_answer;
};

} // namespace busbar::views
