#include "widgets/views/plan/share_bars.h"

#include "widgets/views/parts/look.h"
#include "widgets/views/parts/text.h"

#include <QPainter>

#include <algorithm>

namespace busbar::views {

namespace {

constexpr int kRowHeight = 21;
constexpr int kNameWidth = 132;
constexpr int kBarWidth = 140;

double fractionOf(const Share& share) { return share.whole <= 0 ? 0.0 : static_cast<double>(share.part) / static_cast<double>(share.whole); }

QString percentText(const Share& share) {
    if (share.whole <= 0) return QStringLiteral("?");
    // A part never reads as the whole: 99.96 % must not become 100 %.
    const double percent = share.part < share.whole ? std::min(99.9, 100 * fractionOf(share)) : 100.0;
    return QStringLiteral("%1 %").arg(percent, 0, 'f', 1);
}

void paintShare(QPainter& painter, const Share& share, int y, int width) {
    const QRect row(0, y, width, kRowHeight);
    painter.setFont(face(kDensePx));
    painter.setPen(tone(Tone::text));
    painter.drawText(row.adjusted(0, 0, kNameWidth - width - 6, 0), Qt::AlignVCenter, painter.fontMetrics().elidedText(toQt(share.name), Qt::ElideRight, kNameWidth - 6));
    const QRectF track(kNameWidth + 0.5, y + 5.5, kBarWidth - 1, 9);
    painter.setPen(tone(Tone::line));
    painter.setBrush(tone(Tone::panel));
    painter.drawRect(track);
    const double fraction = std::clamp(fractionOf(share), 0.0, 1.0);
    if (fraction > 0) {
        painter.setPen(tone(Tone::drainingOutline));
        painter.setBrush(tone(Tone::draining));
        painter.drawRect(QRectF(track.left(), track.top(), std::max(1.0, track.width() * fraction), track.height()));
    }
    painter.setFont(face(kDensePx, true));
    painter.setPen(tone(Tone::text));
    painter.drawText(QRect(kNameWidth + kBarWidth, y, 84, kRowHeight), Qt::AlignRight | Qt::AlignVCenter, QStringLiteral("%1 of %2").arg(countText(share.part), countText(share.whole)));
    painter.setFont(face(kDensePx));
    painter.setPen(tone(Tone::secondary));
    painter.drawText(QRect(kNameWidth + kBarWidth + 84, y, 56, kRowHeight), Qt::AlignRight | Qt::AlignVCenter, percentText(share));
}

} // namespace

ShareBars::ShareBars(QWidget* parent) : QWidget(parent) { setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed); }

void ShareBars::setShares(std::vector<Share> shares, std::size_t limit) {
    std::stable_sort(shares.begin(), shares.end(), [](const Share& a, const Share& b) { return fractionOf(a) > fractionOf(b); });
    m_hidden = shares.size() > limit ? shares.size() - limit : 0;
    shares.resize(shares.size() - m_hidden);
    m_shares = std::move(shares);
    QStringList words;
    for (const Share& share : m_shares)
        words << QStringLiteral("%1: %2 of %3").arg(toQt(share.name), countText(share.part), countText(share.whole));
    setAccessibleName(words.join(QStringLiteral("; ")));
    updateGeometry();
    update();
}

QSize ShareBars::sizeHint() const {
    const auto rows = std::ssize(m_shares) + (m_hidden > 0 ? 1 : 0);
    return {kNameWidth + kBarWidth + 140, std::max(1, static_cast<int>(rows)) * kRowHeight};
}

void ShareBars::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    int y = 0;
    for (const Share& share : m_shares) {
        paintShare(painter, share, y, width());
        y += kRowHeight;
    }
    painter.setFont(face(kDensePx));
    painter.setPen(tone(Tone::muted));
    if (m_shares.empty()) painter.drawText(rect(), Qt::AlignVCenter, QStringLiteral("no failure domain is known for these nodes"));
    if (m_hidden > 0) painter.drawText(QRect(0, y, width(), kRowHeight), Qt::AlignVCenter, QStringLiteral("and %1 with a smaller share").arg(countOf(static_cast<std::int64_t>(m_hidden), QStringLiteral("domain"))));
}

} // namespace busbar::views
