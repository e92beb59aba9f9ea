#include "widgets/controls/capacity_bar.h"

#include "widgets/controls/theme.h"

#include <QPainter>
#include <QPixmap>
#include <QPixmapCache>

#include <algorithm>

namespace busbar::controls {

namespace {

using store::CapacityPart;

constexpr double kLeastPartPx = 2;

enum class Pattern : unsigned char { crossed, diagonal, lines };

/// A tile of 5 × 5 device-independent pixels on the base ground.
QBrush patternBrush(Pattern pattern) {
    constexpr int kTile = 5, kScale = 2;
    const QString key = QStringLiteral("busbar-capacity-%1-%2").arg(static_cast<int>(pattern)).arg(static_cast<int>(theme()));
    QPixmap tile;
    if (!QPixmapCache::find(key, &tile)) {
        tile = QPixmap(kTile * kScale, kTile * kScale);
        tile.setDevicePixelRatio(kScale);
        tile.fill(tone(Tone::base));
        QPainter painter(&tile);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(tone(pattern == Pattern::crossed ? Tone::secondary : Tone::stale), 0.9));
        pattern == Pattern::lines ? painter.drawLine(QPointF(0, 2.5), QPointF(kTile, 2.5)) : painter.drawLine(QPointF(0, kTile), QPointF(kTile, 0));
        if (pattern == Pattern::crossed) painter.drawLine(QPointF(0, 0), QPointF(kTile, kTile));
        painter.end();
        QPixmapCache::insert(key, tile);
    }
    return QBrush(tile);
}

struct Look {
    QBrush fill;
    QPen outline;
};

Look lookOf(CapacityPart part) {
    const auto pen = [](Tone colour, Qt::PenStyle style = Qt::SolidLine) { return QPen(tone(colour), 1, style); };
    switch (part) {
    case CapacityPart::busy: return {tone(Tone::ramp4), pen(Tone::ramp4)};
    case CapacityPart::idle: return {tone(Tone::ramp2), pen(Tone::ramp2)};
    case CapacityPart::reserved: return {tone(Tone::ramp1), pen(Tone::ramp3)};
    case CapacityPart::free: return {tone(Tone::base), pen(Tone::secondary)};
    case CapacityPart::closed: return {patternBrush(Pattern::lines), pen(Tone::muted)};
    case CapacityPart::scrubbing: return {tone(Tone::provisioning), pen(Tone::provisioningOutline)};
    case CapacityPart::notHealthy: return {patternBrush(Pattern::crossed), pen(Tone::secondary)};
    case CapacityPart::unknown:
    case CapacityPart::count_: break;
    }
    QPen dotted(tone(Tone::stale), 1);
    dotted.setDashPattern({2, 2});
    return {patternBrush(Pattern::diagonal), dotted};
}

Look pastLook() { return {patternBrush(Pattern::diagonal), QPen(tone(Tone::stale), 1)}; }

void paintBox(QPainter& painter, const QRectF& area, const Look& look) {
    painter.setBrushOrigin(area.topLeft());
    painter.setPen(look.outline);
    painter.setBrush(look.fill);
    painter.drawRect(area.adjusted(0.5, 0.5, -0.5, -0.5));
}

/// Widths in px that sum to the bar's, where no part with GPUs is below kLeastPartPx as long as there is room.
std::array<double, store::kCapacityParts> widthsOf(const std::array<std::uint32_t, store::kCapacityParts>& parts, double width, double total) {
    std::array<double, store::kCapacityParts> widths{};
    double given = 0, rest = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const double wanted = total > 0 ? parts[i] * width / total : 0;
        widths[i] = parts[i] > 0 ? std::max(wanted, kLeastPartPx) : 0;
        given += widths[i];
        rest += widths[i] > kLeastPartPx ? widths[i] - kLeastPartPx : 0;
    }
    const double shrink = rest > 0 ? std::clamp((given - width) / rest, 0.0, 1.0) : 0;
    for (double& part : widths)
        if (part > kLeastPartPx) part -= (part - kLeastPartPx) * shrink;
    return widths;
}

} // namespace

void paintCapacityBar(QPainter& painter, const QRectF& area, const store::SiteRollup& rollup, std::uint32_t scale, bool past) {
    if (scale == 0 || rollup.installed == 0) return;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, false);
    const auto parts = store::partsOf(rollup);
    const double width = std::max(kLeastPartPx, area.width() * std::min(1.0, static_cast<double>(rollup.installed) / scale));
    const auto widths = widthsOf(parts, width, rollup.installed);
    double x = area.left();
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (parts[i] == 0) continue;
        paintBox(painter, QRectF(x, area.top(), widths[i], area.height()), past ? pastLook() : lookOf(static_cast<CapacityPart>(i)));
        x += widths[i];
    }
    painter.restore();
}

void paintCapacitySwatch(QPainter& painter, const QRectF& box, CapacityPart part) {
    painter.save();
    paintBox(painter, box, lookOf(part));
    painter.restore();
}

void paintPastSwatch(QPainter& painter, const QRectF& box) {
    painter.save();
    paintBox(painter, box, pastLook());
    painter.restore();
}

void paintShareBar(QPainter& painter, const QRectF& area, double part, double whole, double scale) {
    if (scale <= 0) return;
    painter.save();
    const auto widthOf = [&](double value) { return std::max(value > 0 ? kLeastPartPx : 0, area.width() * std::min(1.0, value / scale)); };
    QRectF box = area;
    box.setWidth(widthOf(whole));
    paintBox(painter, box, lookOf(CapacityPart::reserved));
    box.setWidth(widthOf(part));
    if (part > 0) paintBox(painter, box, {tone(Tone::base), QPen(tone(Tone::text), 1)});
    painter.restore();
}

void paintLossBar(QPainter& painter, const QRectF& area, double value, double scale) {
    if (scale <= 0 || value <= 0) return;
    painter.save();
    QRectF box = area;
    box.setWidth(std::max(kLeastPartPx, area.width() * std::min(1.0, value / scale)));
    paintBox(painter, box, lookOf(CapacityPart::notHealthy));
    painter.restore();
}

} // namespace busbar::controls
