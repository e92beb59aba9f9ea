#include "widgets/views/parts/look.h"

#include <QPainter>
#include <QPainterPath>

namespace busbar::views {

QColor tone(Tone tone) {
    static const char* const kDark[] = {"#14171A", "#1C2024", "#23282D", "#E8EBEE", "#B4BCC4", "#949DA6", "#7CC0FF", "#1F3D5C", "#363D45", "#2A3036", "#2A3037",
        "#D93A40", "#FF9F45", "#FF9F45", "#FFE066", "#C9A8F5", "#C9A8F5", "#3E8EDE", "#7A828A", "#34475A", "#3F5F7D", "#4C79A3", "#6596C6", "#15191D"};
    return QColor(QLatin1String(kDark[static_cast<int>(tone)]));
}

QFont face(int px, bool bold) {
    QFont font(QStringLiteral("Noto Sans"));
    font.setPixelSize(px);
    font.setBold(bold);
    return font;
}

QFont monoFace(int px) {
    QFont font(QStringLiteral("Noto Sans Mono"));
    font.setPixelSize(px);
    return font;
}

void paintSign(QPainter& painter, Sign sign, const QRectF& box) {
    if (sign == Sign::none) return;
    painter.setPen(tone(Tone::secondary));
    painter.drawEllipse(box.adjusted(1, 1, -1, -1));
}

QString signText(Sign sign) {
    switch (sign) {
    case Sign::none: return {};
    case Sign::p1: return QStringLiteral("P1 critical");
    case Sign::p2: return QStringLiteral("P2 high");
    case Sign::p3: return QStringLiteral("P3 low");
    case Sign::p1Stale: return QStringLiteral("P1 last known, stale");
    case Sign::p2Stale: return QStringLiteral("P2 last known, stale");
    case Sign::leased: return QStringLiteral("leased");
    case Sign::draining: return QStringLiteral("draining");
    case Sign::provisioning: return QStringLiteral("provisioning");
    case Sign::free: return QStringLiteral("free");
    case Sign::unknown: return QStringLiteral("unknown");
    case Sign::triage: return QStringLiteral("triage");
    case Sign::absent: return QStringLiteral("absent");
    case Sign::check: return QStringLiteral("as set");
    case Sign::cross: return QStringLiteral("refused");
    case Sign::lock: return QStringLiteral("no permission");
    }
    return {};
}

void paintHatch(QPainter& painter, const QRectF& area) {
    painter.fillRect(area, QBrush(tone(Tone::stale), Qt::BDiagPattern));
}

} // namespace busbar::views
