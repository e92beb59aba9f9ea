#include "widgets/controls/heatmap/heat_header.h"

#include "widgets/controls/theme.h"

#include <QLocale>
#include <QPainter>

#include <algorithm>

namespace busbar::controls {

namespace {

constexpr double kGap = 8, kSignPx = 13, kSignGap = 4, kLineHeight = kHeatHeaderPx - 1;

/// A piece of the header; pieces of higher `order` go first when room is short, 0 stays.
struct Piece {
    Sign sign = Sign::none;
    QString text;
    bool bold = false;
    Tone tone = Tone::muted;
    int order = 0;
    int px = kCaptionPx;
};

double widthOf(const Piece& piece) {
    const double words = QFontMetricsF(face(piece.px, piece.bold)).horizontalAdvance(piece.text);
    return words + (piece.sign == Sign::none ? 0 : kSignPx + kSignGap) + kGap;
}

std::vector<Piece> piecesOf(const HeatCaption& caption, const HeatTally& tally, bool shortened) {
    std::vector<Piece> pieces{{Sign::none, caption.name, true, Tone::text, 0, kDensePx}};
    if (!caption.size.isEmpty()) pieces.push_back({Sign::none, caption.size, false, Tone::muted, 5});
    const std::pair<Sign, std::uint32_t> counts[] = {{Sign::p1, tally.p1}, {Sign::p2, tally.p2}, {Sign::p3, tally.p3}};
    int order = 1;
    for (const auto& [sign, count] : counts) {
        ++order;
        if (count > 0) pieces.push_back({sign, QLocale(QLocale::English).toString(count), true, Tone::text, order});
    }
    if (!caption.source.isEmpty()) pieces.push_back({Sign::none, shortened ? caption.shortSource : caption.source, false, Tone::secondary, 0});
    if (!caption.age.isEmpty()) pieces.push_back({Sign::unknown, shortened ? caption.shortAge : caption.age, true, Tone::text, 0});
    return pieces;
}

double widthOf(const std::vector<Piece>& pieces) {
    double width = -kGap;
    for (const Piece& piece : pieces) width += widthOf(piece);
    return width;
}

std::vector<Piece> fitted(const HeatCaption& caption, const HeatTally& tally, double room) {
    std::vector<Piece> pieces = piecesOf(caption, tally, false);
    if (widthOf(pieces) > room) {
        std::erase_if(pieces, [](const Piece& piece) { return piece.order == 5; });
        if (widthOf(pieces) > room) pieces = piecesOf(caption, tally, true);
    }
    for (int order = 5; order > 0 && widthOf(pieces) > room; --order) std::erase_if(pieces, [order](const Piece& piece) { return piece.order == order; });
    return pieces;
}

} // namespace

void paintHeatHeader(QPainter& painter, const QRectF& header, const QRectF& view, const HeatCaption& caption, const HeatTally& tally, bool overCells) {
    if (!view.intersects(header)) return;
    double x = std::max(header.left(), view.left() + 4);
    const double right = std::min(header.right(), view.right()), top = header.bottom() - kLineHeight;
    painter.save();
    painter.setClipRect(QRectF(x - 4, top - 1, std::max(0.0, right - x) + 4, kHeatHeaderPx));
    const std::vector<Piece> pieces = fitted(caption, tally, right - x);
    if (overCells) painter.fillRect(QRectF(x - 4, top - 1, std::min(widthOf(pieces) + kGap, right - x) + 4, kHeatHeaderPx), tone(Tone::window));
    for (const Piece& piece : pieces) {
        if (piece.sign != Sign::none) {
            paintSign(painter, piece.sign, QRectF(x, top + 1, kSignPx, kSignPx));
            x += kSignPx + kSignGap;
        }
        painter.setFont(face(piece.px, piece.bold));
        painter.setPen(tone(piece.tone));
        const double words = QFontMetricsF(painter.font()).horizontalAdvance(piece.text);
        painter.drawText(QRectF(x, top, words + 2, kLineHeight - 1), Qt::AlignLeft | Qt::AlignVCenter, piece.text);
        x += words + kGap;
    }
    painter.restore();
}

} // namespace busbar::controls
