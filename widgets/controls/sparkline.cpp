#include "widgets/controls/sparkline.h"

#include "widgets/controls/theme.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace busbar::controls {

void paintSparkline(QPainter& painter, const QRectF& area, const items::Trend& trend, double low, double high, bool past) {
    const auto columns = trend.columns(static_cast<std::size_t>(std::max(0.0, area.width())));
    if (columns.size() < 2 || high <= low) return;
    const double step = area.width() / static_cast<double>(columns.size() - 1);
    const auto yOf = [&](float value) { return area.bottom() - (std::clamp<double>(value, low, high) - low) / (high - low) * area.height(); };
    QPainterPath path;
    bool open = false;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (std::isnan(columns[i].low)) {
            open = false;
            continue;
        }
        const double x = area.left() + static_cast<double>(i) * step;
        open ? path.lineTo(x, yOf(columns[i].high)) : path.moveTo(x, yOf(columns[i].high));
        if (columns[i].low < columns[i].high) path.lineTo(x, yOf(columns[i].low));
        open = true;
    }
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    QPen pen(tone(past ? Tone::stale : Tone::secondary), 1.2);
    if (past) pen.setDashPattern({3, 2});
    painter.setPen(pen);
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(path);
    painter.restore();
}

} // namespace busbar::controls
