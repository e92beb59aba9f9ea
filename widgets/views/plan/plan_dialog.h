// The form and the preview of an action: what is asked for, what it will do, whom it hits, why some targets are refused, and the only way
// to start it. Nothing reaches a device but through this dialog's submitRequested. It shows a Plan; making, submitting and repeating are
// the owner's.
//
// Each question for a plan has a number, and only the answer to the newest is shown. While a submit is out nothing else is asked or submitted,
// whatever becomes of the form meanwhile.
//
// States: form (something is missing or changed since the plan: Preview is the default button), planning (no plan yet), ready, submitting,
// refused (the differences stand in place of the facts), expired, failed. What a person typed survives all of them; F5 plans again. The
// idempotency key is made at the confirm click and is used again when the same body is sent again.
// GUI thread only.
#pragma once

#include "domain/action.h"
#include "widgets/views/parts/surface.h"
#include "widgets/views/plan/tenant_text.h"

#include <QDialog>

#include <optional>

class QStackedWidget;
class QTimer;

namespace busbar::views {

class PlanDecision;
class PlanEffects;
class PlanFoot;
class PlanStrip;

/// What a confirm click sends.
struct SubmitIntent {
    std::string planId, reason, idempotencyKey;
    bool operator==(const SubmitIntent&) const = default;
};

class PlanDialog : public QDialog {
    Q_OBJECT
public:
    /// `scope` names where it acts ("pdx1 Portland"), `source` of the targets is always shown; `undoOf` is a text for the head.
    PlanDialog(const QString& scope, const PlanRequest& request, QWidget* parent = nullptr);

    /// After the signals are connected: asks for the first plan, unless the form has to be filled in before.
    void start();
    void setPlan(const Plan& plan, int question);
    /// The plan could not be made: a sentence; everything typed stays and the person may try again.
    void setNoPlan(const QString& sentence, int question);
    /// The submit came to nothing, or to nothing that is known: it may be tried again as it stands.
    void setNotSubmitted(const QString& title, const QStringList& sentences);
    /// The controller refused the submit, and only a new plan helps: one difference a line.
    void setRefused(const QString& title, const QStringList& differences);
    /// Actions are off (stale site, no permission): a sentence beside the disabled Submit; empty when they are on again.
    void setBlocked(const QString& reason);
    /// Why `force` is not for this person; empty: it is.
    void setForceOff(const QString& reason);
    /// Why going past a failed check is not; empty: it is.
    void setOverrideOff(const QString& reason);
    /// All nodes of the plan's site, for the level of friction; 0: not known.
    void setSiteNodes(std::int64_t nodes);
    /// Who holds the nodes, for the texts for the tenants.
    void setHolds(HoldsOf holdsOf);
    /// How an export ended: a sentence, shown for a while.
    void tell(const QString& sentence, Sign sign);
    /// The action was accepted: closes with Accepted.
    void setAccepted();

    /// As it was asked last, or will be.
    const PlanRequest& request() const { return m_request; }
    /// Of the newest planRequested; 0 before the first.
    int question() const { return m_question; }
    /// The newest; none before the first has come.
    const std::optional<Plan>& plan() const { return m_plan; }
    /// The clock for the countdown: wall milliseconds. Tests set their own.
    void setNow(std::int64_t wallMs);

Q_SIGNALS:
    void submitRequested(const busbar::views::SubmitIntent& intent);
    /// Make a (new) plan with this request: deadline or policy changed, or the plan expired or was refused.
    void planRequested(const busbar::PlanRequest& request, int question);
    /// A person has named the file for the plan on show.
    void exportWanted(const QString& path);
    /// Show where these nodes are; the dialog is to be set aside for that.
    void heatmapWanted(const QStringList& nodeIds);

protected:
    /// Enter in a field goes on to Submit when it is open, where a second one presses it; where it would be Cancel it does nothing.
    void keyPressEvent(QKeyEvent* event) override;

private:
    enum class Phase : unsigned char { form, planning, ready, submitting, refused, expired, failed };
    void buildHead();
    void buildKeys();
    void showHead();
    void showFoot();
    void showDefault();
    void needPreview();
    QString whyNot() const;
    bool canPreview() const;
    bool isAwaited(int question) const;
    void ask();
    void endSubmit(Phase next, const QString& title, const QStringList& lines);
    void submit();
    void planAgain();
    void askExport();
    void tick();

    PlanRequest m_request;
    QString m_scope;
    std::optional<Plan> m_plan;
    Phase m_phase = Phase::planning;
    QString m_blocked;
    bool m_touched = false; ///< a person has changed the form
    bool m_submitOut = false; ///< a submit has no answer yet, whatever the form has come to since
    int m_question = 0;
    SubmitIntent m_lastIntent;
    std::int64_t m_nowMs = 0;
    bool m_ownClock = true;

    Surface* m_head = nullptr;
    Line* m_title = nullptr;
    Line* m_planLine = nullptr;
    PlanStrip* m_strip = nullptr;
    QStackedWidget* m_left = nullptr; ///< before the first plan what will be previewed, then the effects
    PlanEffects* m_effects = nullptr;
    PlanDecision* m_decision = nullptr;
    PlanFoot* m_foot = nullptr;
    QTimer* m_timer = nullptr;
};

} // namespace busbar::views
