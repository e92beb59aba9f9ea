// Left half of the plan dialog: whom it touches, which failure domains, which nodes will run and why others will not, what is done on
// each node and how to undo it. Shows a Plan, decides nothing. GUI thread only.
#pragma once

#include "domain/action.h"
#include "widgets/views/parts/cell_table.h"
#include "widgets/views/parts/surface.h"

namespace busbar::views {

class ShareBars;

class PlanEffects : public Surface {
    Q_OBJECT
public:
    explicit PlanEffects(QWidget* parent = nullptr);
    void setPlan(const Plan& plan);

private:
    void buildTenants(class QVBoxLayout* column);
    void buildDomains(class QVBoxLayout* column);
    void buildTargets(class QVBoxLayout* column);
    void showTenants(const Plan& plan);
    void showFree(const Plan& plan);
    void showTargets(const Plan& plan);
    void showCurrent();
    void showSteps();

    Plan m_plan;
    std::vector<const PlanTarget*> m_order; ///< of m_plan, as the rows stand
    ListCellModel* m_tenants;
    CellTable* m_tenantsTable = nullptr;
    Line* m_tenantsHead = nullptr;
    Line* m_tenantsSum = nullptr;
    ShareBars* m_domains = nullptr;
    Line* m_domainsHead = nullptr;
    ListCellModel* m_free;
    CellTable* m_freeTable = nullptr;
    Line* m_freeHead = nullptr;
    Line* m_targetsHead = nullptr;
    ListCellModel* m_targets;
    CellTable* m_targetTable = nullptr;
    Paragraph* m_sentence = nullptr;
    Line *m_steps = nullptr, *m_moreSteps = nullptr;
    Line* m_skipped = nullptr;
    Line* m_stepsHead = nullptr;
    Line* m_inverse = nullptr;
};

} // namespace busbar::views
