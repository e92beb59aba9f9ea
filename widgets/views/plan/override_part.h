// Whether a return goes past a failed check of its nodes, for the reason given: an admin's. GUI thread only.
#pragma once

#include "widgets/views/plan/form_part.h"

class QCheckBox;

namespace busbar::views {

class Paragraph;

class OverridePart : public FormPart {
    Q_OBJECT
public:
    explicit OverridePart(QWidget* parent = nullptr);
    void setRequest(const PlanRequest& request) override;
    void fill(PlanRequest& request) const override;
    void setPlan(const Plan& plan) override;
    void setOverrideOff(const QString& why) override;

private:
    void showTexts();

    std::int64_t m_failed = -1; ///< nodes of the plan whose health is failed; not known before the first preview
    QString m_off;
    QCheckBox* m_past;
    Paragraph* m_told;
};

} // namespace busbar::views
