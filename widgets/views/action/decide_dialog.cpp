#include "widgets/views/action/decide_dialog.h"

#include "widgets/views/action/deadline_choice.h"
#include "widgets/views/parts/surface.h"
#include "widgets/views/parts/text.h"
#include "widgets/views/parts/verbs.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <QVBoxLayout>

namespace busbar::views {

namespace {

using Kind = DecideDialog::Kind;

constexpr int kDialogWidth = 600, kNamedTenants = 6;
/// UTF-8 takes up to 4 bytes a character; the wire takes kMaxReasonLength bytes.
constexpr int kLongestReason = static_cast<int>(kMaxReasonLength / 4);

QString verbOf(Kind kind) {
    switch (kind) {
    case Kind::approve: return QStringLiteral("Approve");
    case Kind::pause: return QStringLiteral("Pause");
    case Kind::resume: return QStringLiteral("Resume");
    case Kind::decide: break;
    }
    return QStringLiteral("Decide");
}

QString blastText(const BlastRadius& blast) {
    QStringList words{countOf(blast.nodes, QStringLiteral("node")), countOf(blast.gpus, QStringLiteral("GPU")), countOf(blast.leases, QStringLiteral("lease")),
                      countOf(blast.processes, QStringLiteral("running process"), QStringLiteral("running processes"))};
    QStringList tenants;
    for (const Share& share : blast.tenants) tenants << toQt(share.name);
    const QString more = tenants.size() > kNamedTenants ? QStringLiteral(" and %1 more").arg(tenants.size() - kNamedTenants) : QString();
    if (!tenants.isEmpty()) words << QStringLiteral("%1 %2%3").arg(tenants.size() == 1 ? QStringLiteral("tenant") : QStringLiteral("tenants"), tenants.mid(0, kNamedTenants).join(QStringLiteral(", ")), more);
    words << (blast.reversible ? QStringLiteral("reversible") : QStringLiteral("not reversible"));
    return QStringLiteral("It touches %1.").arg(words.join(QStringLiteral(" \u00b7 ")));
}

QStringList sentencesOf(Kind kind, const Action& action) {
    const TargetCounts counts = countTargets(action);
    const QString atWork = countOf(counts.running + counts.verifying, QStringLiteral("node")), waiting = countOf(counts.waiting, QStringLiteral("node"));
    switch (kind) {
    case Kind::approve:
        return {QStringLiteral("%1 submitted it at %2 UTC: %3").arg(toQt(action.actor), clockText(action.createdWallMs), toQt(action.reason)), QStringLiteral("It needs a second person: %1.").arg(toQt(action.approvalWhy)),
                blastText(action.blast), action.notAfterWallMs > 0 ? QStringLiteral("It starts at once, wave by wave; what has not started by %1 is cancelled.").arg(minuteText(action.notAfterWallMs, action.createdWallMs))
                                                             : QStringLiteral("It starts at once, wave by wave.")};
    case Kind::pause: return {QStringLiteral("%1 not started: none of them starts.").arg(waiting), QStringLiteral("%1 at work: what is under way goes on to the end.").arg(atWork)};
    case Kind::decide:
        return {toQt(action.sentence), counts.waiting == 0 ? QString() : QStringLiteral("%1 not started: wait and force stand for them, too.").arg(waiting)};
    case Kind::resume:
        return {QStringLiteral("Paused %1.").arg(pausedWords(action)), QStringLiteral("%1 not started: they go on, wave by wave.").arg(waiting),
                counts.failed + counts.unknown > 0 ? QStringLiteral("%1 failed or unknown so far: taken as seen, the breaker counts from here.").arg(countOf(counts.failed + counts.unknown, QStringLiteral("node"))) : QString()};
    }
    return {};
}

} // namespace

DecideDialog::DecideDialog(Kind kind, const Action& action, const QString& siteTitle, QWidget* parent)
    : QDialog(parent), m_kind(kind), m_actionId(action.id), m_reason(new QLineEdit(this)), m_confirm(new Button(QStringLiteral("%1 it").arg(verbOf(kind)), {}, this)) {
    setWindowTitle(QStringLiteral("%1 %2").arg(verbOf(kind), shortActionId(action.id)));
    auto* ground = new Surface(Tone::base, {}, this);
    ground->setAccent(Qt::TopEdge, 4, infoOf(action.verb).tone);
    columnLayout(this)->addWidget(ground);
    ground->setFixedWidth(kDialogWidth);
    auto* column = columnLayout(ground, 10);
    column->setContentsMargins(18, 18, 18, 14);
    column->addWidget(new Line(ground, {strong(QStringLiteral("%1 %2, %3 at %4?").arg(verbOf(kind), shortActionId(action.id), actionTitle(action), siteTitle), 16)}));
    for (const QString& sentence : sentencesOf(kind, action))
        if (!sentence.isEmpty()) column->addWidget(new Paragraph(sentence, Tone::text, kBasePx, ground));
    if (kind == Kind::decide) column->addWidget(m_choice = new DeadlineChoice(action, ground));
    m_reason->setObjectName(QStringLiteral("decideReason"));
    m_reason->setMaxLength(kLongestReason);
    m_reason->setPlaceholderText(kind == Kind::approve ? QStringLiteral("why you approve it: required, goes to the audit") : QStringLiteral("why: goes to the audit (optional)"));
    m_reason->setAccessibleName(QStringLiteral("reason"));
    column->addWidget(m_reason);
    m_confirm->setObjectName(QStringLiteral("confirmDecision"));
    auto* cancel = new Button(QStringLiteral("Cancel"), QStringLiteral("Esc"), ground);
    cancel->setObjectName(QStringLiteral("cancelDecision"));
    auto* foot = rowLayout(nullptr, 9);
    foot->addStretch(1);
    foot->addWidget(m_confirm);
    foot->addWidget(cancel);
    column->addLayout(foot);
    connect(m_reason, &QLineEdit::textChanged, this, &DecideDialog::showReady);
    connect(m_confirm, &QPushButton::clicked, this, &QDialog::accept);
    connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
    (kind == Kind::pause ? m_confirm : cancel)->setDefault(true);
    if (m_choice != nullptr) {
        setTabOrder(m_choice->lastField(), m_reason);
        setTabOrder(m_reason, m_confirm);
        setTabOrder(m_confirm, cancel);
        m_choice->setFocus();
    } else {
        m_reason->setFocus();
    }
    showReady();
}

void DecideDialog::keyPressEvent(QKeyEvent* event) {
    const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    const bool inField = m_reason->hasFocus() || (m_choice != nullptr && m_choice->isAncestorOf(focusWidget()));
    if (!enter || !inField || m_confirm->isDefault()) return QDialog::keyPressEvent(event);
    if (m_confirm->isEnabled()) m_confirm->setFocus();
}

DeadlineDecision DecideDialog::deadline() const { return m_choice == nullptr ? DeadlineDecision{} : m_choice->decision(); }

void DecideDialog::setForceOff(const QString& why) {
    if (m_choice != nullptr) m_choice->setForceOff(why);
}

QString DecideDialog::reason() const { return m_reason->text().simplified(); }

void DecideDialog::showReady() {
    const bool ready = m_kind != Kind::approve || !reason().isEmpty();
    m_confirm->setEnabled(ready);
    m_confirm->setToolTip(ready ? QString() : QStringLiteral("say why first"));
}

} // namespace busbar::views
