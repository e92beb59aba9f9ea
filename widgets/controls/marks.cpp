#include "widgets/controls/marks.h"

#include "widgets/controls/theme.h"

#include <QPainter>
#include <QPainterPath>
#include <QPixmap>
#include <QPixmapCache>

namespace busbar::controls {

namespace {

// All shapes are in a box of 16 × 16 units, as in design/mock/src/lib.js.
void letter(QPainter& painter, const QString& text, Tone colour, double baseline, double px) {
    QFont font = face(16, true);
    font.setPixelSize(static_cast<int>(px * 10)); // Painted at a tenth: fractional sizes.
    painter.save();
    painter.scale(0.1, 0.1);
    painter.setFont(font);
    painter.setPen(tone(colour));
    const double width = painter.fontMetrics().horizontalAdvance(text);
    painter.drawText(QPointF(80 - width / 2, baseline * 10), text);
    painter.restore();
}

QPen outline(Tone colour, double width = 1) {
    QPen pen(tone(colour), width);
    pen.setJoinStyle(Qt::RoundJoin);
    return pen;
}

QPainterPath triangle(double top, double bottom, double inset) {
    QPainterPath path(QPointF(8, top));
    path.lineTo(16 - inset, bottom);
    path.lineTo(inset, bottom);
    path.closeSubpath();
    return path;
}

void shape(QPainter& painter, const QPen& pen, const QBrush& brush, const QPainterPath& path) {
    painter.setPen(pen);
    painter.setBrush(brush);
    painter.drawPath(path);
}

QPainterPath square(double inset) {
    QPainterPath path;
    path.addRect(inset, inset, 16 - 2 * inset, 16 - 2 * inset);
    return path;
}

QPainterPath circle(double radius) {
    QPainterPath path;
    path.addEllipse(QPointF(8, 8), radius, radius);
    return path;
}

QPainterPath strokes(std::initializer_list<std::initializer_list<QPointF>> lines) {
    QPainterPath path;
    for (const auto& line : lines) {
        bool first = true;
        for (const QPointF& point : line) {
            first ? path.moveTo(point) : path.lineTo(point);
            first = false;
        }
    }
    return path;
}

void paintPriority(QPainter& painter, Sign sign) {
    if (sign == Sign::p1) {
        shape(painter, outline(Tone::p1Outline), tone(Tone::p1), square(1));
        letter(painter, QStringLiteral("1"), Tone::p1Glyph, 12, 11.5);
    } else if (sign == Sign::p2) {
        shape(painter, outline(Tone::p2Outline), tone(Tone::p2), triangle(0.8, 15, 0.4));
        letter(painter, QStringLiteral("2"), Tone::p2Glyph, 13.6, 10);
    } else if (sign == Sign::p3) {
        shape(painter, outline(Tone::p3Outline), tone(Tone::p3), strokes({{{8, 0.5}, {15.5, 8}, {8, 15.5}, {0.5, 8}, {8, 0.5}}}));
        letter(painter, QStringLiteral("3"), Tone::p3Glyph, 11.7, 10);
    } else if (sign == Sign::p1Stale) {
        shape(painter, outline(Tone::p1, 1.6), Qt::NoBrush, square(1));
        letter(painter, QStringLiteral("?"), Tone::text, 12, 11);
    } else {
        shape(painter, outline(Tone::p2Outline, 1.6), Qt::NoBrush, triangle(1.2, 14.6, 1));
        letter(painter, QStringLiteral("?"), Tone::text, 13.4, 9.5);
    }
}

void paintDraining(QPainter& painter) {
    QPainterPath half(QPointF(1, 8));
    half.arcTo(QRectF(1, 1, 14, 14), 180, -180);
    half.closeSubpath();
    shape(painter, outline(Tone::drainingOutline), tone(Tone::draining), half);
    shape(painter, outline(Tone::drainingOutline, 1.8), Qt::NoBrush, strokes({{{8, 7}, {8, 14}}, {{5, 11.2}, {8, 14.6}, {11, 11.2}}}));
}

void paintProvisioning(QPainter& painter) {
    shape(painter, outline(Tone::stale, 1.4), Qt::NoBrush, circle(6.2));
    QPainterPath arc;
    const QRectF box(1.8, 1.8, 12.4, 12.4);
    arc.arcMoveTo(box, 90);
    arc.arcTo(box, 90, -304);
    shape(painter, outline(Tone::provisioningOutline, 3), Qt::NoBrush, arc);
    letter(painter, QStringLiteral("B"), Tone::text, 11.2, 8.5);
}

void paintUnknown(QPainter& painter) {
    shape(painter, outline(Tone::stale), Qt::NoBrush, square(1));
    shape(painter, outline(Tone::stale, 1.3), Qt::NoBrush, strokes({{{1, 6}, {6, 1}}, {{1, 11}, {11, 1}}, {{2, 15}, {15, 2}}, {{7, 15}, {15, 7}}, {{12, 15}, {15, 12}}}));
    painter.fillRect(QRectF(4.4, 3, 7.2, 10), tone(Tone::base));
    letter(painter, QStringLiteral("?"), Tone::text, 12, 11);
}

void paintAbsent(QPainter& painter) {
    QPen pen = outline(Tone::muted, 1.4);
    pen.setDashPattern({1.6 / 1.4, 2 / 1.4});
    shape(painter, pen, Qt::NoBrush, square(1.5));
}

void paintResult(QPainter& painter, Sign sign) {
    if (sign == Sign::check) {
        shape(painter, outline(Tone::text, 2), Qt::NoBrush, strokes({{{2.5, 8.5}, {6.5, 12.5}, {13.5, 4}}}));
    } else if (sign == Sign::cross) {
        shape(painter, outline(Tone::text, 2), Qt::NoBrush, strokes({{{3.5, 3.5}, {12.5, 12.5}}, {{12.5, 3.5}, {3.5, 12.5}}}));
    } else {
        QPainterPath shackle;
        shackle.arcMoveTo(QRectF(4.5, 1.5, 7, 9), 0);
        shackle.arcTo(QRectF(4.5, 1.5, 7, 9), 0, 180);
        shape(painter, outline(Tone::secondary, 1.6), Qt::NoBrush, shackle);
        QPainterPath body;
        body.addRect(3, 7, 10, 7);
        shape(painter, Qt::NoPen, tone(Tone::secondary), body);
    }
}

} // namespace

void paintSign(QPainter& painter, Sign sign, const QRectF& box) {
    if (sign == Sign::none || box.isEmpty()) return;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.translate(box.topLeft());
    painter.scale(box.width() / 16, box.height() / 16);
    switch (sign) {
    case Sign::none: break;
    case Sign::p1:
    case Sign::p2:
    case Sign::p3:
    case Sign::p1Stale:
    case Sign::p2Stale: paintPriority(painter, sign); break;
    case Sign::leased:
        shape(painter, outline(Tone::leasedOutline), tone(Tone::leased), circle(7));
        letter(painter, QStringLiteral("L"), Tone::leasedGlyph, 11.6, 10);
        break;
    case Sign::draining: paintDraining(painter); break;
    case Sign::provisioning: paintProvisioning(painter); break;
    case Sign::free: shape(painter, outline(Tone::secondary, 1.5), Qt::NoBrush, circle(6.4)); break;
    case Sign::unknown: paintUnknown(painter); break;
    case Sign::triage:
        shape(painter, outline(Tone::secondary, 1.5), Qt::NoBrush, square(1.5));
        shape(painter, outline(Tone::secondary, 1.6), Qt::NoBrush, strokes({{{4.5, 4.5}, {11.5, 11.5}}, {{11.5, 4.5}, {4.5, 11.5}}}));
        break;
    case Sign::absent: paintAbsent(painter); break;
    case Sign::check:
    case Sign::cross:
    case Sign::lock: paintResult(painter, sign); break;
    }
    painter.restore();
}

void paintSignWithHalo(QPainter& painter, Sign sign, const QRectF& box) {
    painter.fillRect(box.adjusted(-3, -3, 3, 3), Qt::white);
    painter.fillRect(box.adjusted(-2, -2, 2, 2), QColor(0x0b, 0x10, 0x14));
    // Signs that are an outline alone are drawn for the theme's own ground.
    if (sign == Sign::p1Stale || sign == Sign::p2Stale) painter.fillRect(box.adjusted(-1, -1, 1, 1), tone(Tone::base));
    paintSign(painter, sign, box);
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
    constexpr int kTile = 7;
    const QString key = QStringLiteral("busbar-hatch-%1").arg(static_cast<int>(theme()));
    QPixmap tile;
    if (!QPixmapCache::find(key, &tile)) {
        tile = QPixmap(kTile, kTile);
        tile.fill(Qt::transparent);
        QPainter inner(&tile);
        QColor colour = tone(Tone::stale);
        colour.setAlphaF(0.42F);
        for (int x = 0; x < kTile; ++x) inner.fillRect(x, kTile - 1 - x, 1, 1, colour);
        inner.end();
        QPixmapCache::insert(key, tile);
    }
    // A brush in device pixels, whatever the scale.
    QBrush brush(tile);
    const double ratio = painter.device() == nullptr ? 1 : painter.device()->devicePixelRatioF();
    brush.setTransform(QTransform::fromScale(1 / ratio, 1 / ratio));
    painter.fillRect(area, brush);
}

} // namespace busbar::controls
