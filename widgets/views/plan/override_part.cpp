#include "widgets/views/plan/override_part.h"

#include "widgets/views/parts/surface.h"
#include "widgets/views/parts/text.h"

#include <QCheckBox>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include <algorithm>

namespace busbar::views {

OverridePart::OverridePart(QWidget* parent) : FormPart(parent), m_past(new QCheckBox(this)), m_told(new Paragraph({}, Tone::muted, kCaptionPx, this)) {
    auto* column = columnLayout(this);
    column->addWidget(makeSection(QStringLiteral("Failed checks"), QStringLiteral("a node whose check fails stays closed"), this));
    m_past->setObjectName(QStringLiteral("overrideFailed"));
    m_past->setText(QStringLiteral("open it all the same, for the reason below"));
    m_past->setFixedHeight(24);
    m_told->setObjectName(QStringLiteral("overrideTold"));
    m_told->setContentsMargins(24, 0, 0, 0);
    column->addWidget(m_past);
    column->addWidget(m_told);
    column->addWidget(makeRule(this));
    connect(m_past, &QCheckBox::toggled, this, &FormPart::chosen);
    showTexts();
}

void OverridePart::setRequest(const PlanRequest& request) {
    const QSignalBlocker quiet(this);
    m_past->setChecked(request.overrideFailed);
}

void OverridePart::fill(PlanRequest& request) const { request.overrideFailed = m_past->isChecked(); }

void OverridePart::setPlan(const Plan& plan) {
    m_failed = std::count_if(plan.targets.begin(), plan.targets.end(), [](const PlanTarget& target) { return target.facts.health == Health::failed; });
    showTexts();
}

void OverridePart::setOverrideOff(const QString& why) {
    if (why == m_off) return;
    m_off = why;
    showTexts();
}

void OverridePart::showTexts() {
    m_past->setEnabled(m_off.isEmpty() || m_past->isChecked()); // What stands in the form can always be taken back.
    m_past->setToolTip(m_off);
    const QString failed = m_failed < 0 ? QString() : m_failed == 0 ? QStringLiteral("None of them is failed now. ") : QStringLiteral("%1 of them %2 failed now. ").arg(m_failed).arg(m_failed == 1 ? QStringLiteral("is") : QStringLiteral("are"));
    m_told->setText(m_off.isEmpty() ? failed + QStringLiteral("Who did it and why stands on the node until a check passes.") : failed + m_off.section(QStringLiteral(". "), 0, 0));
    m_past->setAccessibleDescription(m_told->text());
}

} // namespace busbar::views
