// Right half of the plan dialog: what a person decides — deadline, what happens at it, the reason, and for level C the typed count.
// GUI thread only.
#pragma once

#include "domain/action.h"
#include "widgets/views/parts/surface.h"

#include <vector>

class QComboBox;
class QLineEdit;
class QPlainTextEdit;
class QRadioButton;
class QVBoxLayout;

namespace busbar::views {

class PlanDecision : public Surface {
    Q_OBJECT
public:
    explicit PlanDecision(QWidget* parent = nullptr);

    /// Shows what `plan` was made with; what a person typed stays.
    void setPlan(const Plan& plan);
    /// Deadline and policy as chosen now.
    std::int64_t deadlineMs() const;
    DeadlinePolicy policy() const;
    /// Code and text as one line, trimmed, at most kMaxReasonLength bytes.
    QString reason() const;
    /// Why submit is not possible yet, empty when all is given.
    QString missing() const;
    void focusReason();

Q_SIGNALS:
    /// Something was typed: the submit button's state may change.
    void edited();
    /// Deadline or policy changed: the plan does not fit any more.
    void requestChanged();

private:
    void buildDeadline(QVBoxLayout* column);
    void buildReason(QVBoxLayout* column);
    void buildLevel(QVBoxLayout* column);
    void showLevel();

    Plan m_plan;
    bool m_loading = false;
    QComboBox* m_deadline = nullptr;
    std::vector<std::pair<DeadlinePolicy, QRadioButton*>> m_policies;
    QComboBox* m_code = nullptr;
    QLineEdit* m_ticket = nullptr;
    QPlainTextEdit* m_text = nullptr;
    Line* m_levelHead = nullptr;
    Paragraph* m_levelWhy = nullptr;
    QWidget* m_countRow = nullptr;
    QLineEdit* m_count = nullptr;
    Line* m_countState = nullptr;
    QWidget* m_deadlineBox = nullptr;
};

} // namespace busbar::views
