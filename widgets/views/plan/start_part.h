// When a node's turn comes: behind the action that holds it instead of being refused, and until when it may start at all. GUI thread only.
#pragma once

#include "widgets/views/plan/form_part.h"

class QCheckBox;
class QLineEdit;

namespace busbar::views {

class Line;

class StartPart : public FormPart {
    Q_OBJECT
public:
    /// `queueOff`: why the verb cannot wait behind another action; empty: it can.
    explicit StartPart(const QString& queueOff, QWidget* parent = nullptr);
    void setRequest(const PlanRequest& request) override;
    void fill(PlanRequest& request) const override;
    QString problem() const override;

private:
    void check();

    QCheckBox* m_queue;
    QLineEdit* m_notAfter;
    Line* m_told;
};

} // namespace busbar::views
