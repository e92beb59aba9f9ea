#include "widgets/views/plan/deadline_part.h"

#include "widgets/views/parts/surface.h"
#include "widgets/views/parts/text.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QRadioButton>
#include <QSignalBlocker>
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
    case DeadlinePolicy::force:
        return QStringLiteral("SIGTERM, 30 s, SIGKILL: ends %1").arg(processes < 0 ? QStringLiteral("what still runs") : countOf(processes, QStringLiteral("process"), QStringLiteral("processes")));
    case DeadlinePolicy::unknown: break;
    }
    return {};
}

} // namespace

DeadlinePart::DeadlinePart(QWidget* parent) : FormPart(parent), m_deadline(new QComboBox(this)) {
    auto* column = columnLayout(this);
    column->addWidget(makeSection(QStringLiteral("At the deadline"), QStringLiteral("runs per node, from its verified close"), this));
    m_deadline->setObjectName(QStringLiteral("deadline"));
    m_deadline->setAccessibleName(QStringLiteral("deadline per node"));
    for (const std::int64_t ms : kDeadlinesMs) m_deadline->addItem(deadlineText(ms), QVariant::fromValue<qlonglong>(ms));
    auto* row = rowLayout();
    row->addWidget(new Line(this, {plain(QStringLiteral("Deadline"), Tone::text, kBasePx)}));
    row->addWidget(m_deadline, 1);
    column->addLayout(row);
    connect(m_deadline, &QComboBox::currentIndexChanged, this, &FormPart::chosen);
    for (const DeadlinePolicy policy : {DeadlinePolicy::wait, DeadlinePolicy::ask, DeadlinePolicy::force}) {
        auto* button = new QRadioButton(this);
        button->setObjectName(QStringLiteral("policy-") + toQt(toString(policy)));
        button->setFixedHeight(24);
        connect(button, &QRadioButton::toggled, this, [this](bool on) { if (on) Q_EMIT chosen(); });
        column->addWidget(button);
        m_policies.emplace_back(policy, button);
    }
    m_forceWhy = new Paragraph({}, Tone::muted, kCaptionPx, this);
    m_forceWhy->setObjectName(QStringLiteral("forceWhy"));
    m_forceWhy->setContentsMargins(24, 0, 0, 0);
    column->addWidget(m_forceWhy);
    column->addWidget(makeRule(this));
}

void DeadlinePart::setRequest(const PlanRequest& request) {
    const QSignalBlocker quiet(this);
    const auto value = QVariant::fromValue<qlonglong>(request.deadlineMs);
    if (m_deadline->findData(value) < 0) m_deadline->addItem(durationText(request.deadlineMs), value);
    m_deadline->setCurrentIndex(m_deadline->findData(value));
    for (auto& [policy, button] : m_policies) button->setChecked(policy == request.atDeadline);
    showTexts();
}

void DeadlinePart::setPlan(const Plan& plan) {
    m_processes = plan.blast.processes;
    showTexts();
}

void DeadlinePart::setForceOff(const QString& why) {
    if (why == m_forceOff) return;
    m_forceOff = why;
    showTexts();
}

void DeadlinePart::showTexts() {
    const bool endless = m_deadline->currentData().toLongLong() <= 0;
    for (auto& [policy, button] : m_policies) {
        const bool off = policy == DeadlinePolicy::force && !m_forceOff.isEmpty();
        button->setText(QStringLiteral("%1: %2").arg(toQt(toString(policy)), policyText(policy, m_processes)));
        button->setEnabled(!endless && !off);
        button->setToolTip(off ? m_forceOff : endless ? QStringLiteral("there is no deadline") : QString());
        button->setAccessibleDescription(button->toolTip());
    }
    // Wrapped below: as the button's own text a long reason would widen the whole form past its edge.
    m_forceWhy->setText(m_forceOff.section(QStringLiteral(". "), 0, 0));
    m_forceWhy->setVisible(!m_forceOff.isEmpty());
}

void DeadlinePart::fill(PlanRequest& request) const {
    request.deadlineMs = m_deadline->currentData().toLongLong();
    for (const auto& [policy, button] : m_policies)
        if (button->isChecked()) request.atDeadline = policy;
}

} // namespace busbar::views
