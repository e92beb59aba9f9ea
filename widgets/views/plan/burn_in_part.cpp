#include "widgets/views/plan/burn_in_part.h"

#include "domain/lifecycle.h"
#include "widgets/views/parts/surface.h"
#include "widgets/views/parts/text.h"

#include <QRadioButton>
#include <QSignalBlocker>
#include <QVBoxLayout>

namespace busbar::views {

namespace {

struct Profile {
    const char *name, *tests;
};
// As the agent's steps/burn_in_plan.cpp runs them.
constexpr Profile kProfiles[] = {{"quick", "memory patterns once, HBM and GEMM rate with every sum checked, copies, a short hold at full load"},
                                 {"standard", "50 rounds of patterns, 500 checked GEMMs, copies, 30 min at full load"},
                                 {"soak", "as standard, then 23 h at full load, each hour followed by checked GEMMs"}};

} // namespace

BurnInPart::BurnInPart(QWidget* parent) : FormPart(parent) {
    auto* column = columnLayout(this);
    column->addWidget(makeSection(QStringLiteral("Burn-in"), QStringLiteral("the node is not leased meanwhile"), this));
    for (const Profile& profile : kProfiles) {
        const QString longest = durationText(std::int64_t{1'000} * longestSeconds(StepKind::burnIn, profile.name));
        auto* button = new QRadioButton(QStringLiteral("%1: at most %2 a node").arg(QLatin1String(profile.name), longest), this);
        button->setObjectName(QStringLiteral("profile-") + QLatin1String(profile.name));
        button->setFixedHeight(24);
        button->setAccessibleDescription(QLatin1String(profile.tests));
        auto* tests = new Paragraph(QLatin1String(profile.tests), Tone::secondary, kDensePx, this);
        tests->setContentsMargins(20, 0, 0, 4);
        column->addWidget(button);
        column->addWidget(tests);
        connect(button, &QRadioButton::toggled, this, [this](bool on) { if (on) Q_EMIT chosen(); });
        m_profiles.emplace_back(profile.name, button);
    }
    column->addWidget(makeRule(this));
    const QSignalBlocker quiet(this);
    m_profiles.front().second->setChecked(true);
}

void BurnInPart::setRequest(const PlanRequest& request) {
    const QSignalBlocker quiet(this);
    for (auto& [name, button] : m_profiles)
        if (name == request.details.profile) button->setChecked(true);
}

void BurnInPart::fill(PlanRequest& request) const {
    for (const auto& [name, button] : m_profiles)
        if (button->isChecked()) request.details.profile = name;
}

} // namespace busbar::views
