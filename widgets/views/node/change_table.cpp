#include "widgets/views/node/change_table.h"

#include "widgets/controls/trace_painter.h"
#include "widgets/views/node/node_words.h"
#include "widgets/views/parts/text.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

namespace busbar::views {

namespace {

constexpr int kColumns = 4, kNarrowestCell = 200, kRow = 20, kRows = 2, kSide = 10, kTop = 8, kTitle = 20, kGap = 18, kPercentWidth = 58,
              kSample = 22, kLegendGap = 14;

QString changeText(const MetricChange& change) {
    if (std::lround(change.percent) == 0) return QStringLiteral("none");
    return signedText(std::round(change.percent), QStringLiteral("%"));
}

QString valuesText(const MetricChange& change) {
    const QString unit = unitText(change.metric);
    return QStringLiteral("%1 \u2192 %2%3")
        .arg(countText(std::lround(change.before)), countText(std::lround(change.within)), unit.isEmpty() ? QString() : QLatin1Char(' ') + unit);
}

} // namespace

ChangeTable::ChangeTable(QWidget* parent) : QWidget(parent) { setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed); }

void ChangeTable::setChanges(const QString& title, const QString& against, const QString& hint, std::vector<MetricChange> changes) {
    m_title = title;
    m_against = against;
    m_hint = hint;
    m_changes = std::move(changes);
    QStringList words{m_title, m_against};
    for (const MetricChange& change : m_changes)
        words << QStringLiteral("%1 %2, %3").arg(toQt(infoOf(change.metric).label), valuesText(change), changeText(change));
    setAccessibleName(words.join(QStringLiteral("; ")));
    update();
}

QSize ChangeTable::sizeHint() const { return {400, kTop + kTitle + kRows * kRow + kTop}; }

void ChangeTable::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(0, 0, width(), 1, tone(Tone::faintLine));
    const QRect titleRect(kSide, kTop, width() - 2 * kSide, kTitle);
    painter.setFont(face(kDensePx, true));
    painter.setPen(tone(Tone::text));
    painter.drawText(titleRect, Qt::AlignVCenter, m_title);
    const int used = painter.fontMetrics().horizontalAdvance(m_title) + 8;
    painter.setFont(face(kDensePx));
    painter.setPen(tone(Tone::secondary));
    painter.drawText(titleRect.adjusted(used, 0, 0, 0), Qt::AlignVCenter,
                     m_changes.empty() ? QStringLiteral("nothing to compare: no values in it or before it") : m_against);
    painter.setPen(tone(Tone::muted));
    painter.drawText(titleRect, Qt::AlignVCenter | Qt::AlignRight, m_hint);
    const int columns = std::clamp(width() / kNarrowestCell, 1, kColumns);
    const int cell = (width() - 2 * kSide - (columns - 1) * kGap) / columns;
    for (std::size_t i = 0; i < std::min(m_changes.size(), static_cast<std::size_t>(columns * kRows)); ++i) {
        const auto column = static_cast<int>(i) % columns, line = static_cast<int>(i) / columns;
        const QRect area(kSide + column * (cell + kGap), kTop + kTitle + line * kRow, cell, kRow);
        painter.setFont(face(kDensePx));
        const QString values = valuesText(m_changes[i]);
        const int valuesWidth = painter.fontMetrics().horizontalAdvance(values);
        painter.setPen(tone(Tone::secondary));
        painter.drawText(
            area, Qt::AlignVCenter,
            painter.fontMetrics().elidedText(toQt(infoOf(m_changes[i].metric).label), Qt::ElideRight, cell - kPercentWidth - valuesWidth - 6));
        painter.setPen(tone(Tone::text));
        painter.drawText(area.adjusted(0, 0, -kPercentWidth, 0), Qt::AlignVCenter | Qt::AlignRight, values);
        painter.setFont(face(kDensePx, true));
        painter.drawText(area, Qt::AlignVCenter | Qt::AlignRight, changeText(m_changes[i]));
    }
}

StripLegend::StripLegend(QWidget* parent) : QWidget(parent) { setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed); }

void StripLegend::setWords(const QString& line, const QString& area, const QString& band) {
    if (line == m_line && area == m_area && band == m_band) return;
    m_line = line;
    m_area = area;
    m_band = band;
    setAccessibleName(QStringLiteral("line: %1; area: %2%3").arg(line, area, band.isEmpty() ? QString() : QStringLiteral("; band: ") + band));
    updateGeometry();
    update();
}

QSize StripLegend::sizeHint() const {
    const QFontMetrics metrics(face(kDensePx));
    int width = -kLegendGap;
    for (const QString& words : {m_line, m_area, m_band})
        if (!words.isEmpty()) width += kSample + 5 + metrics.horizontalAdvance(words) + kLegendGap;
    return {std::max(0, width), 20};
}

void StripLegend::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setFont(face(kDensePx));
    int x = 0;
    for (int i = 0; i < 3; ++i) {
        const QString& words = i == 0 ? m_line : i == 1 ? m_area : m_band;
        if (words.isEmpty()) continue;
        QPen pen(controls::traceColour(i), 2);
        if (i == 1) pen.setDashPattern({2.5, 1.5});
        pen.setCapStyle(Qt::FlatCap);
        painter.setPen(pen);
        if (i < 2) painter.drawLine(x, 10, x + kSample, 10);
        else painter.fillRect(x, 5, kSample, 10, tone(Tone::line));
        painter.setPen(tone(Tone::text));
        painter.drawText(x + kSample + 5, 14, words);
        x += kSample + 5 + painter.fontMetrics().horizontalAdvance(words) + kLegendGap;
    }
}

} // namespace busbar::views
