// Asks before an action is approved, held or let go on, or what is to come of nodes that are held past a deadline: says what that does, and takes
// the reason for the audit. Cancel is the default for what lets devices be changed; holding is the safe direction, so its own button is. GUI
// thread only.
#pragma once

#include "domain/deadline_decision.h"
#include "widgets/views/action/action_words.h"

#include <QDialog>

class QLineEdit;

namespace busbar::views {

class Button;
class DeadlineChoice;

class DecideDialog : public QDialog {
    Q_OBJECT
public:
    enum class Kind : unsigned char { approve, pause, resume, decide };
    DecideDialog(Kind kind, const Action& action, const QString& siteTitle, QWidget* parent);
    Kind kind() const { return m_kind; }
    const std::string& actionId() const { return m_actionId; }
    /// Trimmed; needed for an approval.
    QString reason() const;
    /// What of Kind::decide; of the others nothing.
    DeadlineDecision deadline() const;
    /// Why `force` is not for this person; empty: it is. Of Kind::decide.
    void setForceOff(const QString& why);

protected:
    /// Enter in a field goes on to the button that decides, where a second one presses it; it never ends the dialog unseen.
    void keyPressEvent(QKeyEvent* event) override;

private:
    void showReady();

    const Kind m_kind;
    const std::string m_actionId;
    DeadlineChoice* m_choice = nullptr; ///< of Kind::decide
    QLineEdit* m_reason;
    Button* m_confirm;
};

} // namespace busbar::views
