#include "widgets/views/plan/plan_decision.h"

#include "widgets/views/parts/text.h"
#include "widgets/views/plan/friction.h"
#include "widgets/views/plan/plan_waves.h"
#include "widgets/views/plan/tenant_part.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QScrollArea>
#include <QVBoxLayout>

namespace busbar::views {

PlanDecision::PlanDecision(const PlanRequest& request, QWidget* parent) : Surface(Tone::panel, {}, parent) {
    auto* area = new QScrollArea(this);
    area->setFrameShape(QFrame::NoFrame);
    area->setWidgetResizable(true);
    area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    area->setFocusPolicy(Qt::NoFocus);
    auto* ground = new Surface(Tone::panel, {}, area);
    area->setWidget(ground);
    columnLayout(this)->addWidget(area);
    auto* column = columnLayout(ground);
    column->setContentsMargins(16, 4, 16, 8);
    m_waves = new PlanWaves(ground);
    column->addWidget(m_waves);
    m_form = makeFormParts(infoOf(request.verb), ground);
    for (FormPart* part : m_form) {
        part->setRequest(request);
        column->addWidget(part);
        connect(part, &FormPart::edited, this, &PlanDecision::formEdited);
        connect(part, &FormPart::chosen, this, &PlanDecision::requestChanged);
    }
    buildReason(column);
    buildLevel(column);
    m_tenants = new TenantPart(ground);
    column->addWidget(m_tenants);
    column->addStretch(1);
}

void PlanDecision::buildReason(QVBoxLayout* column) {
    column->addWidget(makeSection(QStringLiteral("Reason"), QStringLiteral("required, goes to the audit"), this));
    m_code = new QComboBox(this);
    m_code->setObjectName(QStringLiteral("reasonCode"));
    m_code->setAccessibleName(QStringLiteral("reason code"));
    m_code->addItems({QStringLiteral("maintenance"), QStringLiteral("hardware-fault"), QStringLiteral("network"), QStringLiteral("firmware"), QStringLiteral("tenant-request"), QStringLiteral("test")});
    m_ticket = new QLineEdit(this);
    m_ticket->setObjectName(QStringLiteral("ticket"));
    m_ticket->setPlaceholderText(QStringLiteral("ticket or incident (optional)"));
    m_ticket->setAccessibleName(QStringLiteral("ticket or incident"));
    m_ticket->setMaxLength(64);
    auto* row = rowLayout();
    row->addWidget(m_code);
    row->addWidget(m_ticket, 1);
    column->addLayout(row);
    m_text = new QPlainTextEdit(this);
    m_text->setObjectName(QStringLiteral("reason"));
    m_text->setPlaceholderText(QStringLiteral("why, in words the next shift understands"));
    m_text->setAccessibleName(QStringLiteral("reason, required"));
    m_text->setFixedHeight(50);
    m_text->setTabChangesFocus(true);
    m_text->installEventFilter(this);
    column->addSpacing(6);
    column->addWidget(m_text);
    column->addWidget(makeRule(this));
    connect(m_ticket, &QLineEdit::textChanged, this, &PlanDecision::edited);
    connect(m_text, &QPlainTextEdit::textChanged, this, &PlanDecision::edited);
    connect(m_code, &QComboBox::currentIndexChanged, this, &PlanDecision::edited);
}

// A plan of level A is one Enter from where the reason is typed; from level B on it is a new line, and Submit a button of its own.
bool PlanDecision::eventFilter(QObject* watched, QEvent* event) {
    if (watched != m_text || event->type() != QEvent::KeyPress || !m_planned || level() != Friction::a) return Surface::eventFilter(watched, event);
    const auto* key = static_cast<QKeyEvent*>(event);
    const bool enter = (key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) && !(key->modifiers() & Qt::ShiftModifier);
    if (enter) Q_EMIT entered();
    return enter;
}

void PlanDecision::buildLevel(QVBoxLayout* column) {
    m_level = new QWidget(this);
    auto* inner = columnLayout(m_level);
    m_levelHead = makeSection(QStringLiteral("Confirmation"), {}, m_level);
    inner->addWidget(m_levelHead);
    m_levelWhy = new Paragraph({}, Tone::secondary, kDensePx, m_level);
    inner->addWidget(m_levelWhy);
    m_countRow = new QWidget(m_level);
    auto* row = rowLayout(m_countRow);
    row->setContentsMargins(0, 8, 0, 0);
    row->addWidget(new Line(m_countRow, {plain(QStringLiteral("Type the number of nodes that will run"), Tone::text, kBasePx)}));
    m_count = new QLineEdit(m_countRow);
    m_count->setObjectName(QStringLiteral("typedCount"));
    m_count->setAccessibleName(QStringLiteral("number of nodes that will run"));
    m_count->setAlignment(Qt::AlignRight);
    m_count->setFixedWidth(64);
    m_count->setMaxLength(6);
    m_count->setFont(face(15, true));
    row->addWidget(m_count);
    m_countState = new Line(m_countRow);
    row->addWidget(m_countState, 1);
    inner->addWidget(m_countRow);
    column->addWidget(m_level);
    m_level->hide(); // there is no level without a plan
    connect(m_count, &QLineEdit::textChanged, this, [this] {
        showLevel();
        Q_EMIT edited();
    });
}

void PlanDecision::setPlan(const Plan& plan, bool form) {
    m_plan = plan;
    m_planned = true;
    m_waves->setPlan(plan);
    for (FormPart* part : m_form) {
        if (form) part->setRequest(plan.request);
        part->setPlan(plan);
    }
    showLevel();
    showTenants();
}

void PlanDecision::setHolds(HoldsOf holdsOf, const QString& siteTitle) {
    m_holdsOf = std::move(holdsOf);
    m_siteTitle = siteTitle;
    if (m_planned) showTenants();
}

void PlanDecision::showTenants() { m_tenants->setTexts(tenantTexts(m_plan, m_holdsOf, m_siteTitle.isEmpty() ? toQt(m_plan.site) : m_siteTitle)); }

Friction PlanDecision::level() const { return frictionOf(m_plan, m_siteNodes); }

void PlanDecision::fill(PlanRequest& request) const {
    for (const FormPart* part : m_form) part->fill(request);
}

QString PlanDecision::formProblem() const {
    for (const FormPart* part : m_form)
        if (const QString problem = part->problem(); !problem.isEmpty()) return problem;
    return {};
}

void PlanDecision::setForceOff(const QString& why) {
    for (FormPart* part : m_form) part->setForceOff(why);
}

void PlanDecision::setOverrideOff(const QString& why) {
    for (FormPart* part : m_form) part->setOverrideOff(why);
}

void PlanDecision::showLevel() {
    m_level->setVisible(m_planned);
    if (!m_planned) return;
    const Friction shown = level();
    m_levelHead->setRuns({strong(QStringLiteral("Confirmation"), kBasePx), plain(QStringLiteral("level %1").arg(toString(shown)), Tone::muted)});
    QString why = QStringLiteral("Level %1: %2.").arg(toString(shown), frictionWhy(m_plan, m_siteNodes));
    if (m_plan.needsApproval)
        why += QStringLiteral(" A second person has to approve it: %1 of %2, never who submits. They find it under Actions (g x) and press v there, or run busbarctl approve.").arg(approversText(), toQt(m_plan.site));
    m_levelWhy->setText(why);
    m_countRow->setVisible(shown == Friction::c);
    const bool right = m_count->text().trimmed() == QString::number(eligibleCount(m_plan));
    Run state = plain(right ? QStringLiteral("matches") : m_count->text().isEmpty() ? QString() : QStringLiteral("not yet %1").arg(eligibleCount(m_plan)), Tone::muted);
    if (right) state.sign = Sign::check;
    m_countState->setRuns({state});
}

QString PlanDecision::reason() const {
    const QString text = m_text->toPlainText().simplified();
    const QString ticket = m_ticket->text().simplified();
    QString line = m_code->currentText() + (ticket.isEmpty() ? QString() : QStringLiteral(" ") + ticket) + QStringLiteral(": ") + text;
    while (line.toUtf8().size() > static_cast<qsizetype>(kMaxReasonLength))
        line.chop(1);
    return line;
}

QString PlanDecision::missing() const {
    const auto count = eligibleCount(m_plan);
    if (count == 0) return QStringLiteral("No target can run: see the reasons on the left");
    if (level() == Friction::d) return QStringLiteral("Not from the console: %1").arg(frictionWhy(m_plan, m_siteNodes));
    if (m_text->toPlainText().simplified().isEmpty()) return QStringLiteral("Submit opens when a reason is given");
    if (level() == Friction::c && m_count->text().trimmed() != QString::number(count)) return QStringLiteral("Submit opens when the count is %1").arg(count);
    return {};
}

QWidget* PlanDecision::lastField() const { return m_count; }

void PlanDecision::focusReason() { m_text->setFocus(); }

void PlanDecision::focusForm() {
    for (FormPart* part : m_form)
        if (auto* field = part->findChild<QLineEdit*>()) return field->setFocus();
    m_text->setFocus();
}

} // namespace busbar::views
