// The evidence of one target in a window of its own: it can stay open beside the action. GUI thread only.
#pragma once

#include "widgets/views/evidence/evidence_view.h"

#include <QDialog>

namespace busbar::views {

class EvidenceDialog : public QDialog {
    Q_OBJECT
public:
    EvidenceDialog(const std::shared_ptr<const Action>& action, const std::string& nodeId, QWidget* parent);
    EvidenceView& view() { return *m_view; }

private:
    EvidenceView* m_view;
};

} // namespace busbar::views
