// The actions of all sites: the list, the one on show with its waves and targets (worst first), and the evidence of one target. Works on
// domain::Action values only; what a person wants is emitted. Selection is by id and survives every update. GUI thread only.
#pragma once

#include "domain/role.h"
#include "widgets/views/action/action_banner.h"
#include "widgets/views/action/action_words.h"
#include "widgets/views/action/decide_dialog.h"
#include "widgets/views/evidence/evidence_dialog.h"
#include "widgets/views/parts/surface.h"

#include <QPointer>

#include <functional>

namespace busbar::views {

class ActionHead;
class ActionList;
class ActionListModel;
class CellTable;
class TargetEvidence;
class TargetsModel;

/// What the view asks about the world around it. Functions may be empty.
struct ActionDesk {
    std::function<QString(const QString& site)> title;                  ///< "pdx1 Portland"
    std::function<QString(const QString& site, Right right)> offReason; ///< why not (role, link); empty text: it can be tried
    std::function<SiteSilence(const QString& site)> silence;
    std::function<QString()> user;                                      ///< who sits here, as actions name people
};

class ActionView : public Surface {
    Q_OBJECT
public:
    explicit ActionView(QWidget* parent = nullptr);

    /// Before all sites have told their actions; `sentence` says what is awaited. Before setActions().
    void setLoading(const QString& sentence);
    /// Why what is shown may be old or not all there is; empty: nothing is known to be wrong.
    void setTrouble(const QString& sentences);
    void setActions(std::vector<ActionPtr> actions);
    /// Shows an action; returns false when it is not known (yet): it is shown when it comes.
    bool showAction(const std::string& id);
    void setDesk(ActionDesk desk);
    /// The controller's answer to a stop, an approval, a pause or a resume, or the error.
    void setAnswer(const std::string& id, const QString& sentence);
    /// Refreshes elapsed times and deadlines; called each second while shown.
    void setNow(std::int64_t wallMs);
    void focusStop();
    ActionPtr current() const;

Q_SIGNALS:
    void cancelRequested(const std::string& actionId, bool keepClosed);
    void undoRequested(const std::string& actionId);
    /// A person has confirmed it in its dialog; `deadline`: what of Kind::decide.
    void decided(busbar::views::DecideDialog::Kind kind, const std::string& actionId, const QString& reason, const busbar::DeadlineDecision& deadline);
    void nodeActivated(const std::string& nodeId);
    void shown(const std::string& actionId);
    /// A window with all evidence of a target has opened: whoever can check its signatures and export it joins it.
    void evidenceOpened(busbar::views::EvidenceView* view);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void build();
    void connectParts();
    void connectKeys();
    QWidget* buildMiddle();
    void showCurrent();
    void showTarget();
    void fitColumns();
    void chooseWorst();
    void showEmpty();
    void askStop();
    void ask(DecideDialog::Kind kind);
    /// The other one of pausing and resuming; deciding, while the action asks at its deadline.
    void askHold();
    void askApproval();
    void openEvidence();
    ActionStanding standing(const Action& action) const;
    SiteSilence silenceOf(const QString& site) const;
    /// What the list does not have, or has of a while ago only.
    void showListGaps();

    ActionListModel* m_list;
    ActionList* m_listView;
    Line* m_listHead = nullptr;
    Paragraph* m_listGaps = nullptr;
    QStringList m_sites; ///< of the actions listed
    ActionHead* m_head;
    ActionBanner* m_banner;
    TargetsModel* m_targets;
    CellTable* m_table;
    Line* m_foot;
    TargetEvidence* m_evidence;
    Paragraph *m_trouble, *m_empty;
    QWidget *m_left = nullptr, *m_middle = nullptr;
    std::string m_shownId, m_wantedId, m_targetId;
    bool m_showing = false; ///< the table's row is being set here
    bool m_chosen = false;  ///< a person has chosen the target; else it is the worst one
    std::string m_answerId;
    QPointer<EvidenceDialog> m_evidenceDialog;
    QString m_answer, m_loading;
    ActionStanding m_shownStanding; ///< as the buttons say it
    std::int64_t m_nowMs = 0;
    std::int64_t m_answerSeenMs = 0; ///< 0: its action has not been on the glass since
    ActionDesk m_desk;
};

} // namespace busbar::views
