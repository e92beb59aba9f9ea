#include "widgets/views/action/breaker_meter.h"

#include "widgets/views/parts/look.h"
#include "widgets/views/parts/text.h"

#include <QPainter>

#include <algorithm>

namespace busbar::views {

namespace {

// The bar of WavesBar beside it.
constexpr int kBoxTop = 20, kBoxHeight = 20;
constexpr int kBoxesWidth = 100, kBoxGap = 4, kWidestBox = 22;
/// A greater limit is drawn as one bar.
constexpr std::int64_t kMostBoxes = 8;

QString shareText(std::int64_t part, std::int64_t whole) {
    return whole <= 0 ? QStringLiteral("?") : QStringLiteral("%1 %").arg(100.0 * static_cast<double>(part) / static_cast<double>(whole), 0, 'f', part * 100 % whole == 0 ? 0 : 1);
}

QString waveText(const BreakerCounts& counts) {
    if (counts.wave == 0) return QStringLiteral("%1 % of a wave").arg(counts.wavePercent);
    return QStringLiteral("wave %1: %2 of %3, %4 of %5 %").arg(counts.wave).arg(countText(counts.waveFailed), countText(counts.waveTargets), shareText(counts.waveFailed, counts.waveTargets)).arg(counts.wavePercent);
}

QString siteText(const BreakerCounts& counts) {
    if (counts.siteLimit == 0) return {};
    return QStringLiteral("site: %1 of at most %2 nodes closed in %3").arg(countText(counts.siteClosed), countText(counts.siteLimit), spanText(counts.siteWindowMs));
}

} // namespace

QString breakerWords(const BreakerCounts& counts) {
    if (counts.failureLimit == 0) return {};
    const QString own = counts.failures == 0 ? QStringLiteral("pauses at %1 or %2").arg(countOf(counts.failureLimit, QStringLiteral("failure")), waveText(counts))
                                             : QStringLiteral("%1 of %2 \u00b7 %3").arg(countText(counts.failures), countOf(counts.failureLimit, QStringLiteral("failure")), waveText(counts));
    const QString site = siteText(counts);
    return site.isEmpty() ? own : QStringLiteral("%1 \u00b7 %2").arg(own, site);
}

BreakerMeter::BreakerMeter(QWidget* parent) : QWidget(parent) {
    setObjectName(QStringLiteral("breaker"));
    setFixedSize(sizeHint());
    hide();
}

void BreakerMeter::setCounts(const BreakerCounts& counts) {
    setVisible(counts.failureLimit > 0);
    if (counts == m_counts) return;
    m_counts = counts;
    const QString words = breakerWords(counts);
    setToolTip(words.isEmpty() ? QString() : QStringLiteral("What pauses it until a person resumes it: %1").arg(words));
    setAccessibleName(QStringLiteral("breaker: %1").arg(words));
    update();
}

void BreakerMeter::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setFont(face(kDensePx, true));
    painter.setPen(tone(Tone::text));
    painter.drawText(QPointF(0, 13), QStringLiteral("Breaker"));
    const std::int64_t boxes = std::clamp<std::int64_t>(m_counts.failureLimit, 1, kMostBoxes);
    const bool asBar = m_counts.failureLimit > kMostBoxes;
    const double step = asBar ? kBoxesWidth : std::min<double>(kWidestBox + kBoxGap, static_cast<double>(kBoxesWidth + kBoxGap) / static_cast<double>(boxes));
    for (std::int64_t i = 0; i < (asBar ? 1 : boxes); ++i) {
        const QRectF box(step * static_cast<double>(i) + 0.5, kBoxTop + 0.5, step - (asBar ? 1 : kBoxGap) - 1, kBoxHeight - 1);
        const double share = asBar ? std::min(1.0, static_cast<double>(m_counts.failures) / static_cast<double>(m_counts.failureLimit)) : i < m_counts.failures ? 1.0 : 0.0;
        painter.setPen(tone(share > 0 ? Tone::p2Outline : Tone::secondary));
        painter.setBrush(tone(Tone::base));
        painter.drawRect(box);
        if (share > 0) painter.fillRect(QRectF(box.left(), box.top(), box.width() * share, box.height()), tone(Tone::p2));
    }
    const double used = (asBar ? kBoxesWidth : step * static_cast<double>(boxes) - kBoxGap) + 8;
    painter.setPen(tone(Tone::text));
    painter.drawText(QRectF(used, kBoxTop, width() - used, kBoxHeight), Qt::AlignVCenter, QStringLiteral("%1 of %2").arg(countText(m_counts.failures), countText(m_counts.failureLimit)));
}

} // namespace busbar::views
