#include "widgets/views/evidence/evidence_dialog.h"

#include "widgets/views/parts/text.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

namespace busbar::views {

namespace {

constexpr QSize kDialogSize(1480, 860);
constexpr int kLeastMargin = 24;

} // namespace

EvidenceDialog::EvidenceDialog(const std::shared_ptr<const Action>& action, const std::string& nodeId, QWidget* parent) : QDialog(parent), m_view(new EvidenceView(this)) {
    setWindowTitle(QStringLiteral("Evidence of %1 in %2").arg(nameOf(nodeId), action ? shortActionId(action->id) : QStringLiteral("?")));
    resize(parent == nullptr ? kDialogSize : kDialogSize.boundedTo(parent->window()->size() - QSize(kLeastMargin, kLeastMargin)));
    auto* column = columnLayout(this);
    column->addWidget(m_view, 1);
    auto* foot = closeFoot(*this);
    foot->setContentsMargins(14, 6, 10, 8);
    column->addLayout(foot);
    m_view->setTarget(action, nodeId);
    m_view->setFocus();
}

} // namespace busbar::views
