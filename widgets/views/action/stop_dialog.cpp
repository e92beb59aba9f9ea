#include "widgets/views/action/stop_dialog.h"

#include "widgets/views/parts/surface.h"
#include "widgets/views/parts/text.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QVBoxLayout>

namespace busbar::views {

StopDialog::StopDialog(const Action& action, QWidget* parent) : QDialog(parent), m_keep(new QCheckBox(QStringLiteral("Keep the nodes that wait closed"), this)) {
    setWindowTitle(QStringLiteral("Stop %1").arg(shortActionId(action.id)));
    auto* ground = new Surface(Tone::base, {}, this);
    ground->setAccent(Qt::TopEdge, 4, Tone::p2);
    columnLayout(this)->addWidget(ground);
    ground->setFixedWidth(560);
    auto* column = columnLayout(ground, 10);
    column->setContentsMargins(18, 18, 18, 14);
    const TargetCounts counts = countTargets(action);
    column->addWidget(new Line(ground, {strong(QStringLiteral("Stop %1, %2 at %3?").arg(shortActionId(action.id), actionTitle(action), siteOf(action.id)), 16)}));
    column->addWidget(new Paragraph(QStringLiteral("%1 not started: left untouched.").arg(countOf(counts.waiting, QStringLiteral("node"))), Tone::text, kBasePx, ground));
    column->addWidget(new Paragraph(QStringLiteral("%1 at work: a step that ends processes or verifies is finished first; close and wait are undone and read back.").arg(countOf(counts.running + counts.verifying, QStringLiteral("node"))), Tone::text, kBasePx, ground));
    column->addWidget(new Paragraph(QStringLiteral("%1 done: stay as they are; Undo plans the way back.").arg(countOf(counts.succeeded, QStringLiteral("node"))), Tone::text, kBasePx, ground));
    column->addWidget(m_keep);
    auto* foot = rowLayout(nullptr, 9);
    foot->addStretch(1);
    auto* stop = new Button(QStringLiteral("Stop it"), {}, ground);
    stop->setObjectName(QStringLiteral("confirmStop"));
    auto* keep = new Button(QStringLiteral("Keep running"), QStringLiteral("Esc"), ground);
    keep->setObjectName(QStringLiteral("keepRunning"));
    keep->setDefault(true);
    foot->addWidget(stop);
    foot->addWidget(keep);
    column->addLayout(foot);
    connect(stop, &QPushButton::clicked, this, &QDialog::accept);
    connect(keep, &QPushButton::clicked, this, &QDialog::reject);
    keep->setFocus();
}

bool StopDialog::keepClosed() const { return m_keep->isChecked(); }

} // namespace busbar::views
