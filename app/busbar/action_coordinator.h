// From a person's intent to an accepted action, in one window: asks the site for the plan, shows it in the plan dialog, submits what the
// person confirmed, and says how that ended. The only part of the console that submits.
//
// Nodes of several sites make a plan dialog for each site, one after the other, and each says so and begins with what was asked for at the
// one before; Cancel in one ends the rest as well.
// An answer that comes after its dialog was closed is still said. GUI thread only.
#pragma once

#include "busbar/live_fleet.h"
#include "widgets/views/plan/plan_dialog.h"

#include <QPointer>
#include <QStringList>

#include <deque>

namespace busbar::console {

/// What became of a plan's submit, as far as is known here.
enum class Sent : unsigned char { no, out, unknown };

class ActionCoordinator : public QObject {
    Q_OBJECT
public:
    /// `window` is the dialogs' parent.
    ActionCoordinator(LiveFleet& live, QWidget* window, QObject* parent = nullptr);
    ~ActionCoordinator() override;

    void plan(Verb verb, const QStringList& nodeIds);
    /// The inverse of an ended action, as a plan of its own.
    void planUndo(const std::string& actionId);
    /// A plan is open but was put aside to look at the heatmap.
    bool isSetAside() const;
    /// Shows it again as it was left; false when there is none.
    bool bringBack();

Q_SIGNALS:
    /// The controller took it up.
    void accepted(const QString& actionId);
    /// A sentence for the status line.
    void said(const QString& sentence);
    /// A plan was set aside: these nodes are to be selected and shown on the heatmap.
    void heatmapWanted(const QStringList& nodeIds);
    /// isSetAside() may be another.
    void setAsideChanged();

private:
    struct Job {
        PlanRequest request;
        std::string undoOf; ///< empty: a plan of its own
        bool asked = false; ///< the first plan was asked for
        int number = 1, of = 1;
        Sent sent = Sent::no;
    };
    /// True, and said, when a plan is open already.
    bool isBusy();
    void openNext();
    void connectDialog();
    void setAside(const QStringList& nodeIds);
    void exportPlan(const QString& path);
    void ask(const PlanRequest& request, int question);
    /// How the dialog stands to the site now: its link, the person's rights, how large the site is.
    void showBlocked();
    void submit(const views::SubmitIntent& intent);
    void onSubmitted(const StatusOr<store::ActionPtr>& action, const Job& job, const QPointer<views::PlanDialog>& dialog);
    void onClosed(int result);
    std::vector<views::LeaseHold> holdsOf(const std::string& nodeId) const;
    std::int64_t siteNodes(const std::string& site) const;
    QString scopeOf(const Job& job) const;

    LiveFleet& m_live;
    QWidget* m_window;
    std::deque<Job> m_jobs; ///< the first is in the dialog
    QPointer<views::PlanDialog> m_dialog;
};

/// What a submit that was not accepted, or of which that is not known, says: one difference a line.
struct Refusal {
    QString title;
    QStringList differences;
};
Refusal refusalOf(const Status& status);
/// True when only a new plan helps; else the same submit may be tried again.
bool needsNewPlan(const Status& status);
/// What is said of a plan that was closed without an accepted action; `rest`: sites that were to follow. Empty: nothing is to be said.
QString closedWords(Sent sent, const QString& site, const QStringList& rest);

} // namespace busbar::console
