#include "widgets/views/action/deadline_choice.h"

#include "widgets/views/parts/surface.h"
#include "widgets/views/parts/text.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QRadioButton>
#include <QVBoxLayout>

#include <algorithm>

namespace busbar::views {

namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kSpansMs[] = {5 * kMinuteMs, 10 * kMinuteMs, 30 * kMinuteMs, 60 * kMinuteMs, 120 * kMinuteMs, 1'440 * kMinuteMs};
constexpr int kUsualSpan = 1;

QString moreText(std::int64_t ms) { return ms < 60 * kMinuteMs ? countOf(ms / kMinuteMs, QStringLiteral("minute")) : countOf(ms / (60 * kMinuteMs), QStringLiteral("hour")); }

/// That hold the action's nodes now, as far as its targets tell.
std::int64_t holdersOf(const Action& action) {
    std::int64_t count = 0;
    for (const TargetRecord& target : action.targets) count += isFinal(target.state) ? 0 : target.blockerCount;
    return count;
}

} // namespace

DeadlineChoice::DeadlineChoice(const Action& action, QWidget* parent)
    : QWidget(parent), m_more(new QRadioButton(QStringLiteral("more time, then ask again:"), this)), m_wait(new QRadioButton(QStringLiteral("wait: stay draining without a deadline, tell me"), this)), m_force(new QRadioButton(this)), m_span(new QComboBox(this)),
      m_forceWhy(new Paragraph({}, Tone::muted, kCaptionPx, this)) {
    m_force->setText(QStringLiteral("force: SIGTERM, 30 s, SIGKILL: ends %1").arg(countOf(holdersOf(action), QStringLiteral("process"), QStringLiteral("processes"))));
    auto* column = columnLayout(this, 2);
    auto* first = rowLayout();
    first->addWidget(m_more);
    first->addWidget(m_span);
    first->addStretch(1);
    column->addLayout(first);
    column->addWidget(m_wait);
    column->addWidget(m_force);
    column->addWidget(m_forceWhy);
    m_more->setObjectName(QStringLiteral("decideMore"));
    m_wait->setObjectName(QStringLiteral("decideWait"));
    m_force->setObjectName(QStringLiteral("decideForce"));
    m_span->setObjectName(QStringLiteral("decideSpan"));
    m_span->setAccessibleName(QStringLiteral("how much more time"));
    for (const std::int64_t ms : kSpansMs) m_span->addItem(moreText(ms), QVariant::fromValue<qlonglong>(ms));
    m_span->setCurrentIndex(kUsualSpan);
    m_more->setChecked(true);
    connect(m_span, &QComboBox::activated, m_more, [this] { m_more->setChecked(true); });
    m_forceWhy->setObjectName(QStringLiteral("decideForceWhy"));
    m_forceWhy->setContentsMargins(24, 0, 0, 0);
    setFocusProxy(m_more);
    setTabOrder(m_more, m_span);
    setTabOrder(m_span, m_wait);
    setTabOrder(m_wait, m_force);
    setForceOff({});
}

QWidget* DeadlineChoice::lastField() const { return m_force; }

DeadlineDecision DeadlineChoice::decision() const {
    if (m_more->isChecked()) return {m_span->currentData().toLongLong(), DeadlinePolicy::unknown};
    return {0, m_force->isChecked() ? DeadlinePolicy::force : DeadlinePolicy::wait};
}

void DeadlineChoice::setForceOff(const QString& why) {
    m_force->setEnabled(why.isEmpty());
    m_force->setAccessibleDescription(why);
    m_forceWhy->setText(why);
    m_forceWhy->setVisible(!why.isEmpty());
}

} // namespace busbar::views
