// Asks before an action is stopped, and says what stops, what runs on and what is reopened. "Keep running" is the default. GUI thread only.
#pragma once

#include "widgets/views/action/action_words.h"

#include <QDialog>

class QCheckBox;

namespace busbar::views {

class StopDialog : public QDialog {
    Q_OBJECT
public:
    StopDialog(const Action& action, QWidget* parent);
    /// Nodes that wait stay closed instead of being reopened.
    bool keepClosed() const;

private:
    QCheckBox* m_keep;
};

} // namespace busbar::views
