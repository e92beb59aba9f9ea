// The actions of all sites: the list, the one on show with its waves and targets (worst first), and the evidence of one target. Works on
// domain::Action values only; what a person wants is emitted. Selection is by id and survives every update. GUI thread only.
#pragma once

#include "widgets/views/action/action_words.h"
#include "widgets/views/parts/surface.h"

#include <functional>

namespace busbar::views {

class ActionHead;
class ActionList;
class ActionListModel;
class CellTable;
class TargetEvidence;
class TargetsModel;

class ActionView : public Surface {
    Q_OBJECT
public:
    explicit ActionView(QWidget* parent = nullptr);

    /// Before the first word from any site; `sentence` says what is awaited.
    void setLoading(const QString& sentence);
    void setActions(std::vector<ActionPtr> actions);
    /// Shows an action; returns false when it is not known (yet): it is shown when it comes.
    bool showAction(const std::string& id);
    /// "pdx1 Portland" of a site's name, and why actions are off there (empty: on).
    void setSites(std::function<QString(const QString& site)> title, std::function<QString(const QString& site)> offReason);
    /// The controller's answer to a cancel, or the error.
    void setStopAnswer(const std::string& id, const QString& sentence);
    /// Refreshes elapsed times and deadlines; called each second while shown.
    void setNow(std::int64_t wallMs);
    void focusStop();
    ActionPtr current() const;

Q_SIGNALS:
    void cancelRequested(const std::string& actionId, bool keepClosed);
    void undoRequested(const std::string& actionId);
    void nodeActivated(const std::string& nodeId);
    void shown(const std::string& actionId);

private:
    void build();
    QWidget* buildMiddle();
    void showCurrent();
    void showTarget();
    void showBanner(const ActionPtr& action);
    void showEmpty();
    void askStop();
    QString offReason(const Action& action) const;

    ActionListModel* m_list;
    ActionList* m_listView;
    Line* m_listHead = nullptr;
    ActionHead* m_head;
    Surface* m_banner;
    Line* m_bannerLine;
    TargetsModel* m_targets;
    CellTable* m_table;
    Line* m_foot;
    TargetEvidence* m_evidence;
    Paragraph* m_empty;
    QWidget* m_middle = nullptr;
    std::string m_shownId, m_wantedId, m_targetId;
    std::string m_answerId;
    QString m_answer, m_loading;
    QString m_shownOff; ///< why actions are off, as it stands beside the way back
    std::int64_t m_nowMs = 0;
    std::function<QString(const QString&)> m_title, m_offReason;
};

} // namespace busbar::views
