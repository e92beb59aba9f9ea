// Right half of the plan dialog: in which waves it goes, then what a person asks for and decides — the form of the verb, the reason, and for level C the typed count.
// Scrolls where the window is low. GUI thread only.
#pragma once

#include "domain/action.h"
#include "widgets/views/parts/surface.h"
#include "widgets/views/plan/form_part.h"
#include "widgets/views/plan/tenant_text.h"

#include <vector>

class QComboBox;
class QLineEdit;
class QPlainTextEdit;
class QVBoxLayout;

namespace busbar::views {

class PlanWaves;
class TenantPart;

class PlanDecision : public Surface {
    Q_OBJECT
public:
    explicit PlanDecision(const PlanRequest& request, QWidget* parent = nullptr);

    /// Shows what `plan` needs; what a person typed stays. `form`: put the plan's own request into the form, too.
    void setPlan(const Plan& plan, bool form);
    /// All nodes of the plan's site, 0: not known.
    void setSiteNodes(std::int64_t nodes) { m_siteNodes = nodes; }
    /// Who holds the nodes, and how the tenants' texts name the site.
    void setHolds(HoldsOf holdsOf, const QString& siteTitle);
    Friction level() const;
    /// Writes the form into `request`. Only without a formProblem().
    void fill(PlanRequest& request) const;
    /// Why no preview can be made of the form yet, empty: it can.
    QString formProblem() const;
    /// Why `force` is not for this person; empty: it is.
    void setForceOff(const QString& why);
    /// Why going past a failed check is not; empty: it is.
    void setOverrideOff(const QString& why);
    /// Code and text as one line, trimmed, at most kMaxReasonLength bytes.
    QString reason() const;
    /// Why submit is not possible yet, empty when all is given.
    QString missing() const;
    void focusReason();
    /// What a person fills in last, where the confirmation asks for it.
    QWidget* lastField() const;
    /// The first field of the form.
    void focusForm();

Q_SIGNALS:
    /// Something was typed that is no part of the request: the submit button's state may change.
    void edited();
    /// The form is being typed into: the plan does not fit any more.
    void formEdited();
    /// Something was chosen in the form: a new plan can be made at once.
    void requestChanged();
    /// Enter at the end of the reason, at the level where it is one.
    void entered();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void buildReason(QVBoxLayout* column);
    void buildLevel(QVBoxLayout* column);
    void showLevel();
    void showTenants();

    Plan m_plan;
    bool m_planned = false;
    std::int64_t m_siteNodes = 0;
    HoldsOf m_holdsOf;
    QString m_siteTitle;
    PlanWaves* m_waves;
    TenantPart* m_tenants = nullptr;
    std::vector<FormPart*> m_form;
    QComboBox* m_code = nullptr;
    QLineEdit* m_ticket = nullptr;
    QPlainTextEdit* m_text = nullptr;
    QWidget* m_level = nullptr;
    Line* m_levelHead = nullptr;
    Paragraph* m_levelWhy = nullptr;
    QWidget* m_countRow = nullptr;
    QLineEdit* m_count = nullptr;
    Line* m_countState = nullptr;
};

} // namespace busbar::views
