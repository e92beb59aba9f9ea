// Which burn-in a node has to pass, with what each takes. GUI thread only.
#pragma once

#include "widgets/views/plan/form_part.h"

class QRadioButton;

namespace busbar::views {

class BurnInPart : public FormPart {
    Q_OBJECT
public:
    explicit BurnInPart(QWidget* parent = nullptr);
    void setRequest(const PlanRequest& request) override;
    void fill(PlanRequest& request) const override;

private:
    std::vector<std::pair<std::string, QRadioButton*>> m_profiles;
};

} // namespace busbar::views
