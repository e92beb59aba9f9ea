#include "widgets/controls/trace_painter.h"

#include "widgets/controls/marks.h"
#include "widgets/controls/theme.h"

#include <QImage>
#include <QPainter>

#include <algorithm>
#include <cmath>
#include <vector>

namespace busbar::controls {

namespace {

constexpr std::int64_t kDashColumns = 6, kDashDrawn = 4;
constexpr double kLineWidth = 1.4, kMargin = 2;
constexpr double kGapTextWidth = 84;

/// Per device column the stretch of y that the line covers, in device pixels of the area.
class Spans {
public:
    explicit Spans(const TraceFrame& frame)
        : m_frame(frame),
          m_first(frame.firstColumn),
          m_top(static_cast<std::size_t>(std::max<std::int64_t>(0, frame.lastColumn - frame.firstColumn + 1)), kNone),
          m_bottom(m_top.size(), -kNone) {}

    void add(const items::Trace& trace) {
        for (std::size_t i = 0; i < trace.size(); ++i) {
            const double high = y(trace[i].high), low = y(trace[i].low);
            cover(trace[i].column, high);
            cover(trace[i].column, low);
            if (i > 0 && trace[i].joined) join(trace[i - 1], trace[i]);
        }
    }
    std::size_t size() const { return m_top.size(); }
    bool covered(std::size_t index) const { return m_top[index] <= m_bottom[index]; }
    double top(std::size_t index) const { return m_top[index]; }
    double bottom(std::size_t index) const { return m_bottom[index]; }
    std::int64_t column(std::size_t index) const { return m_first + static_cast<std::int64_t>(index); }

private:
    static constexpr double kNone = 1e9;
    double y(double value) const { return (m_frame.y(value) - m_frame.area.top()) * m_frame.ratio; }
    void cover(std::int64_t column, double at) {
        if (column < m_first || column > m_frame.lastColumn) return;
        const auto index = static_cast<std::size_t>(column - m_first);
        m_top[index] = std::min(m_top[index], at);
        m_bottom[index] = std::max(m_bottom[index], at);
    }
    /// A straight line between the nearest ends; each column on the way covers its part of it.
    void join(const items::TracePoint& from, const items::TracePoint& to) {
        const double middle = (y(to.low) + y(to.high)) / 2;
        const double start = std::clamp(middle, y(from.high), y(from.low)), end = std::clamp(start, y(to.high), y(to.low));
        const auto length = static_cast<double>(to.column - from.column);
        const auto lineAt = [&](double column) {
            return start + (end - start) * std::clamp((column - static_cast<double>(from.column)) / length, 0.0, 1.0);
        };
        for (std::int64_t column = std::max(from.column, m_first); column <= std::min(to.column, m_frame.lastColumn); ++column) {
            cover(column, lineAt(static_cast<double>(column) - 0.5));
            cover(column, lineAt(static_cast<double>(column) + 0.5));
        }
    }

    const TraceFrame& m_frame;
    std::int64_t m_first;
    std::vector<double> m_top, m_bottom;
};

/// Blends `colour` over one column of premultiplied pixels; the ends in part.
void blendColumn(QImage& image, int x, double top, double bottom, const QColor& colour) {
    const int first = std::max(0, static_cast<int>(std::floor(top))), last = std::min(image.height() - 1, static_cast<int>(std::ceil(bottom)) - 1);
    if (first > last) return;
    auto* pixel = reinterpret_cast<QRgb*>(image.scanLine(first)) + x;
    const auto stride = image.bytesPerLine() / static_cast<qsizetype>(sizeof(QRgb));
    for (int row = first; row <= last; ++row, pixel += stride) {
        const double cover = std::min(row + 1.0, bottom) - std::max<double>(row, top);
        const QRgb over = qPremultiply(qRgba(colour.red(), colour.green(), colour.blue(), static_cast<int>(colour.alpha() * cover + 0.5)));
        const int rest = 255 - qAlpha(over);
        *pixel = qRgba(qRed(over) + qRed(*pixel) * rest / 255, qGreen(over) + qGreen(*pixel) * rest / 255, qBlue(over) + qBlue(*pixel) * rest / 255,
                       qAlpha(over) + qAlpha(*pixel) * rest / 255);
    }
}

void paintGap(QPainter& painter, const TraceFrame& frame, double from, double until) {
    const QRectF gap = QRectF(from, frame.area.top(), until - from, frame.area.height()).intersected(frame.area);
    if (gap.width() < 1) return;
    paintHatch(painter, gap);
    if (gap.width() < kGapTextWidth || gap.height() < 16) return;
    const QString words = QStringLiteral("no values");
    painter.setFont(face(kCaptionPx));
    QRectF box(0, 0, painter.fontMetrics().horizontalAdvance(words) + 8, 14);
    box.moveCenter(gap.center());
    painter.fillRect(box, tone(Tone::base));
    painter.setPen(tone(Tone::muted));
    painter.drawText(box, Qt::AlignCenter, words);
}

} // namespace

QColor traceColour(int index) {
    static constexpr int kOnDark[] = {0, 1}, kOnLight[] = {5, 4};
    return seriesColour((theme() == Theme::dark ? kOnDark : kOnLight)[index % 2]);
}

void paintTrace(QPainter& painter, const items::Trace& trace, const TraceFrame& frame, const TraceStyle& style) {
    Spans spans(frame);
    spans.add(trace);
    // A line at the edge of its area is drawn whole: the image reaches kMargin beyond it.
    const double margin = kMargin * frame.ratio, half = kLineWidth * frame.ratio / 2;
    const QRectF area = frame.area.adjusted(0, -kMargin, 0, kMargin);
    QImage image(static_cast<int>(spans.size()), static_cast<int>(std::ceil(area.height() * frame.ratio)), QImage::Format_ARGB32_Premultiplied);
    if (image.isNull()) return;
    image.fill(Qt::transparent);
    QColor ground = style.colour;
    ground.setAlphaF(static_cast<float>(style.ground));
    for (std::size_t i = 0; i < spans.size(); ++i) {
        if (!spans.covered(i)) continue;
        if (style.ground > 0) blendColumn(image, static_cast<int>(i), spans.top(i) + margin, frame.area.height() * frame.ratio + margin, ground);
        if (!style.dashed || spans.column(i) % kDashColumns < kDashDrawn)
            blendColumn(image, static_cast<int>(i), spans.top(i) + margin - half, spans.bottom(i) + margin + half, style.colour);
    }
    image.setDevicePixelRatio(frame.ratio);
    painter.drawImage(area.topLeft(), image);
}

void paintTraceBand(QPainter& painter, const items::Trace& trace, const TraceFrame& frame, const QColor& colour) {
    const bool smooth = painter.testRenderHint(QPainter::Antialiasing);
    painter.setRenderHint(QPainter::Antialiasing, false);
    for (std::size_t i = 0; i < trace.size(); ++i) {
        // Up to the next column: its own width where the next one is not joined.
        const bool joined = i + 1 < trace.size() && trace[i + 1].joined;
        const double from = frame.x(trace[i].column) - 0.5 / frame.ratio,
                     until = joined ? frame.x(trace[i + 1].column) - 0.5 / frame.ratio : from + 1 / frame.ratio;
        const double top = frame.y(trace[i].high), bottom = std::max(top + 1, frame.y(trace[i].low));
        painter.fillRect(QRectF(from, top, until - from, bottom - top).intersected(frame.area), colour);
    }
    painter.setRenderHint(QPainter::Antialiasing, smooth);
}

void paintTraceGaps(QPainter& painter, const items::Trace& trace, const TraceFrame& frame, std::int64_t shortest) {
    double from = frame.area.left();
    for (const items::TracePoint& point : trace) {
        if (!point.joined) paintGap(painter, frame, from, frame.x(point.column));
        from = frame.x(point.column);
    }
    const std::int64_t last = trace.empty() ? frame.firstColumn : trace.back().column;
    if (frame.lastColumn - last > shortest || trace.empty()) paintGap(painter, frame, from, frame.area.right());
}

} // namespace busbar::controls
