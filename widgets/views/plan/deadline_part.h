// When waiting for a tenant's processes ends, and what happens then. GUI thread only.
#pragma once

#include "widgets/views/plan/form_part.h"

class QComboBox;
class QRadioButton;

namespace busbar::views {

class Paragraph;

class DeadlinePart : public FormPart {
    Q_OBJECT
public:
    explicit DeadlinePart(QWidget* parent = nullptr);
    void setRequest(const PlanRequest& request) override;
    void fill(PlanRequest& request) const override;
    void setPlan(const Plan& plan) override;
    void setForceOff(const QString& why) override;

private:
    void showTexts();

    std::int64_t m_processes = -1; ///< not known before the first preview
    QString m_forceOff;
    QComboBox* m_deadline;
    Paragraph* m_forceWhy = nullptr; ///< shown while force is off
    std::vector<std::pair<DeadlinePolicy, QRadioButton*>> m_policies;
};

} // namespace busbar::views
