#include "widgets/controls/level_track.h"

#include "widgets/controls/capacity_bar.h"
#include "widgets/controls/theme.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>

namespace busbar::controls {

void paintLevelTrack(QPainter& painter, const QRectF& area, double percent, double comparison, bool past) {
    const auto xOf = [&area](double value) { return area.left() + std::clamp(value, 0.0, 100.0) / 100.0 * area.width(); };
    const double middle = area.center().y();
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillRect(QRectF(area.left(), middle - 3, area.width(), 6), tone(Tone::line));
    if (comparison >= 0) {
        QPen dashed(tone(Tone::muted), 1);
        dashed.setDashPattern({2, 2});
        painter.setPen(dashed);
        painter.drawLine(QPointF(xOf(comparison), middle - 8), QPointF(xOf(comparison), middle + 8));
    }
    if (percent >= 0) {
        const QColor colour = tone(past ? Tone::muted : Tone::text);
        const double x = xOf(percent);
        QPainterPath head(QPointF(x - 4.5, middle - 11));
        head.lineTo(x + 4.5, middle - 11);
        head.lineTo(x, middle - 6);
        head.closeSubpath();
        painter.fillPath(head, colour);
        painter.fillRect(QRectF(x - 1.5, middle - 9, 3, 18), colour);
    }
    painter.restore();
}

void paintAmountBar(QPainter& painter, const QRectF& area, double amount, double scale, bool past) {
    painter.save();
    painter.fillRect(area, tone(Tone::faintLine));
    if (amount > 0 && scale > 0) {
        QRectF bar = area;
        bar.setWidth(std::max(1.0, area.width() * std::min(1.0, amount / scale)));
        past ? paintPastSwatch(painter, bar) : painter.fillRect(bar, tone(Tone::ramp3));
    }
    painter.restore();
}

} // namespace busbar::controls
