#include "widgets/views/plan/plan_decision.h"

#include "widgets/views/parts/text.h"
#include "widgets/views/plan/friction.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QRadioButton>
#include <QVBoxLayout>

namespace busbar::views {

namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kDeadlinesMs[] = {kMinuteMs, 5 * kMinuteMs, 10 * kMinuteMs, 30 * kMinuteMs, 60 * kMinuteMs, 120 * kMinuteMs, 0};

QString deadlineText(std::int64_t ms) {
    if (ms <= 0) return QStringLiteral("none: wait without limit");
    return ms < 60 * kMinuteMs ? countOf(ms / kMinuteMs, QStringLiteral("minute")) : countOf(ms / (60 * kMinuteMs), QStringLiteral("hour"));
}

QString policyText(DeadlinePolicy policy, std::int64_t processes) {
    switch (policy) {
    case DeadlinePolicy::wait: return QStringLiteral("stay draining, tell me");
    case DeadlinePolicy::ask: return QStringLiteral("pause and ask for a decision");
    case DeadlinePolicy::force: return QStringLiteral("SIGTERM, 30 s, SIGKILL: ends %1").arg(countOf(processes, QStringLiteral("process"), QStringLiteral("processes")));
    case DeadlinePolicy::unknown: break;
    }
    return {};
}

} // namespace

PlanDecision::PlanDecision(QWidget* parent) : Surface(Tone::panel, {}, parent) {
    auto* column = columnLayout(this);
    column->setContentsMargins(16, 4, 16, 8);
    buildDeadline(column);
    buildReason(column);
    buildLevel(column);
    column->addStretch(1);
}

void PlanDecision::buildDeadline(QVBoxLayout* column) {
    m_deadlineBox = new QWidget(this);
    auto* inner = columnLayout(m_deadlineBox);
    inner->addWidget(makeSection(QStringLiteral("At the deadline"), QStringLiteral("runs per node, from its verified close"), this));
    m_deadline = new QComboBox(this);
    m_deadline->setObjectName(QStringLiteral("deadline"));
    m_deadline->setAccessibleName(QStringLiteral("deadline per node"));
    for (const std::int64_t ms : kDeadlinesMs)
        m_deadline->addItem(deadlineText(ms), QVariant::fromValue<qlonglong>(ms));
    auto* row = rowLayout();
    row->addWidget(new Line(this, {plain(QStringLiteral("Deadline"), Tone::text, kBasePx)}));
    row->addWidget(m_deadline, 1);
    inner->addLayout(row);
    connect(m_deadline, &QComboBox::currentIndexChanged, this, [this] { if (!m_loading) Q_EMIT requestChanged(); });
    for (const DeadlinePolicy policy : {DeadlinePolicy::wait, DeadlinePolicy::ask, DeadlinePolicy::force}) {
        auto* button = new QRadioButton(this);
        button->setObjectName(QStringLiteral("policy-") + toQt(toString(policy)));
        button->setFixedHeight(24);
        connect(button, &QRadioButton::toggled, this, [this](bool on) { if (on && !m_loading) Q_EMIT requestChanged(); });
        inner->addWidget(button);
        m_policies.emplace_back(policy, button);
    }
    inner->addWidget(makeRule(this));
    column->addWidget(m_deadlineBox);
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
    column->addSpacing(6);
    column->addWidget(m_text);
    column->addWidget(makeRule(this));
    connect(m_ticket, &QLineEdit::textChanged, this, &PlanDecision::edited);
    connect(m_text, &QPlainTextEdit::textChanged, this, &PlanDecision::edited);
    connect(m_code, &QComboBox::currentIndexChanged, this, &PlanDecision::edited);
}

void PlanDecision::buildLevel(QVBoxLayout* column) {
    m_levelHead = makeSection(QStringLiteral("Confirmation"), {}, this);
    column->addWidget(m_levelHead);
    m_levelWhy = new Paragraph({}, Tone::secondary, kDensePx, this);
    column->addWidget(m_levelWhy);
    m_countRow = new QWidget(this);
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
    column->addWidget(m_countRow);
    connect(m_count, &QLineEdit::textChanged, this, [this] {
        showLevel();
        Q_EMIT edited();
    });
}

void PlanDecision::setPlan(const Plan& plan) {
    m_loading = true;
    m_plan = plan;
    m_deadlineBox->setVisible(plan.request.verb == Verb::drain || plan.request.verb == Verb::release);
    const int index = m_deadline->findData(QVariant::fromValue<qlonglong>(plan.request.deadlineMs));
    if (index < 0) m_deadline->addItem(durationText(plan.request.deadlineMs), QVariant::fromValue<qlonglong>(plan.request.deadlineMs));
    m_deadline->setCurrentIndex(index < 0 ? m_deadline->count() - 1 : index);
    for (auto& [policy, button] : m_policies) {
        button->setText(QStringLiteral("%1: %2").arg(toQt(toString(policy)), policyText(policy, plan.blast.processes)));
        button->setChecked(policy == plan.request.atDeadline);
        button->setEnabled(plan.request.deadlineMs > 0);
    }
    m_loading = false;
    showLevel();
}

void PlanDecision::showLevel() {
    const Friction level = frictionOf(m_plan);
    m_levelHead->setRuns({strong(QStringLiteral("Confirmation"), kBasePx), plain(QStringLiteral("level %1").arg(toString(level)), Tone::muted)});
    QString why = QStringLiteral("Level %1: %2.").arg(toString(level), frictionWhy(m_plan));
    if (m_plan.needsApproval) why += QStringLiteral(" A second person has to approve it.");
    m_levelWhy->setText(why);
    m_countRow->setVisible(level == Friction::c);
    const bool right = m_count->text().trimmed() == QString::number(eligibleCount(m_plan));
    Run state = plain(right ? QStringLiteral("matches") : m_count->text().isEmpty() ? QString() : QStringLiteral("not yet %1").arg(eligibleCount(m_plan)), Tone::muted);
    if (right) state.sign = Sign::check;
    m_countState->setRuns({state});
}

std::int64_t PlanDecision::deadlineMs() const { return m_deadline->currentData().toLongLong(); }

DeadlinePolicy PlanDecision::policy() const {
    for (const auto& [policy, button] : m_policies)
        if (button->isChecked()) return policy;
    return DeadlinePolicy::ask;
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
    if (m_text->toPlainText().simplified().isEmpty()) return QStringLiteral("Submit opens when a reason is given");
    if (frictionOf(m_plan) == Friction::c && m_count->text().trimmed() != QString::number(count)) return QStringLiteral("Submit opens when the count is %1").arg(count);
    return {};
}

void PlanDecision::focusReason() { m_text->setFocus(); }

} // namespace busbar::views
