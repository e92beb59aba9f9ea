// What is to come of nodes that are held past a deadline that asks: more time, waiting without end, or force. GUI thread only.
#pragma once

#include "domain/deadline_decision.h"

#include <QWidget>

class QComboBox;
class QRadioButton;

namespace busbar::views {

class Paragraph;

class DeadlineChoice : public QWidget {
    Q_OBJECT
public:
    explicit DeadlineChoice(const Action& action, QWidget* parent = nullptr);
    DeadlineDecision decision() const;
    /// Why `force` is not for this person; empty: it is.
    void setForceOff(const QString& why);
    /// After which the Tab key leaves it.
    QWidget* lastField() const;

private:
    QRadioButton *m_more, *m_wait, *m_force;
    QComboBox* m_span;
    Paragraph* m_forceWhy;
};

} // namespace busbar::views
