#include "widgets/views/action/waves_bar.h"

#include "widgets/views/parts/text.h"

#include <QPainter>

#include <algorithm>
#include <map>

namespace busbar::views {

namespace {

constexpr int kGap = 16;
constexpr int kBarTop = 20;
constexpr int kBarHeight = 21;
constexpr int kSmallestWave = 168, kNarrowestWave = 48;
constexpr int kSmallestSegment = 16;

struct Segment {
    TargetState state;
    int count;
};

QVector<Segment> segmentsOf(const TargetCounts& counts) {
    QVector<Segment> segments;
    const auto add = [&segments](TargetState state, int count) {
        if (count > 0) segments.push_back({state, count});
    };
    add(TargetState::succeeded, counts.succeeded);
    add(TargetState::verifying, counts.verifying);
    add(TargetState::running, counts.running);
    add(TargetState::failed, counts.failed);
    add(TargetState::unknown, counts.unknown);
    add(TargetState::cancelled, counts.other);
    add(TargetState::waiting, counts.waiting);
    return segments;
}

void paintWave(QPainter& painter, const TargetCounts& counts, const QRectF& area) {
    const auto segments = segmentsOf(counts);
    const double room = area.width() - kSmallestSegment * static_cast<double>(segments.size());
    double x = area.left();
    for (const Segment& segment : segments) {
        const double width = kSmallestSegment + std::max(0.0, room) * segment.count / std::max(1, counts.total);
        const SegmentLook look = segmentLook(segment.state);
        const QRectF box(x + 0.5, area.top() + 0.5, width - 2, area.height() - 1);
        painter.setPen(look.outline);
        painter.setBrush(look.fill);
        painter.drawRect(box);
        if (segment.state == TargetState::unknown) paintHatch(painter, box);
        painter.setPen(look.ink);
        painter.setFont(face(kDensePx, true));
        painter.drawText(box, Qt::AlignCenter, countText(segment.count));
        x += width;
    }
}

} // namespace

SegmentLook segmentLook(TargetState state) {
    switch (state) {
    case TargetState::succeeded: return {tone(Tone::ramp3), tone(Tone::ramp3), tone(Tone::text)};
    case TargetState::verifying: return {tone(Tone::ramp1), tone(Tone::ramp4), tone(Tone::text)};
    case TargetState::running: return {tone(Tone::draining), tone(Tone::drainingOutline), tone(Tone::onBright)};
    case TargetState::failed: return {tone(Tone::p2), tone(Tone::p2Outline), tone(Tone::onBright)};
    default: return {tone(Tone::base), tone(Tone::secondary), tone(Tone::text)};
    }
}

WavesBar::WavesBar(QWidget* parent) : QWidget(parent) { setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed); }

void WavesBar::setAction(const ActionPtr& action) {
    m_waves.clear();
    std::map<int, int> numbers;
    if (action)
        for (const TargetRecord& target : action->targets)
            if (target.state != TargetState::refused) ++numbers[target.wave];
    QStringList words;
    for (const auto& [number, count] : numbers) {
        const TargetCounts counts = countTargets(*action, number);
        m_waves.push_back({number, counts, waveWords(*action, counts)});
        words << QStringLiteral("wave %1, %2: %3 of %4 succeeded").arg(number).arg(m_waves.back().words).arg(counts.succeeded).arg(counts.total);
    }
    setAccessibleName(words.join(QStringLiteral(", ")));
    update();
}

void WavesBar::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const int total = std::max(1, [this] { int sum = 0; for (const Wave& wave : m_waves) sum += wave.counts.total; return sum; }());
    const int waves = std::max(1, static_cast<int>(m_waves.size()));
    const int smallest = std::clamp((width() + kGap) / waves - kGap, kNarrowestWave, kSmallestWave);
    const double room = width() - static_cast<double>(waves) * (smallest + kGap) + kGap;
    double x = 0;
    for (const Wave& wave : m_waves) {
        const double width = smallest + std::max(0.0, room) * wave.counts.total / total;
        painter.setPen(tone(Tone::text));
        painter.setFont(face(kDensePx, true));
        const QString name = QStringLiteral("Wave %1").arg(wave.number);
        painter.drawText(QPointF(x, 13), name);
        const int used = painter.fontMetrics().horizontalAdvance(name) + 5;
        painter.setFont(face(kDensePx));
        painter.setPen(tone(Tone::secondary));
        // Where both have no room the boxes below tell how it stands.
        const QString nodes = countOf(wave.counts.total, QStringLiteral("node")), all = QStringLiteral("%1 \u00b7 %2").arg(nodes, wave.words);
        const int left = static_cast<int>(width) - used;
        painter.drawText(QPointF(x + used, 13), painter.fontMetrics().elidedText(painter.fontMetrics().horizontalAdvance(all) <= left ? all : nodes, Qt::ElideRight, left));
        paintWave(painter, wave.counts, QRectF(x, kBarTop, width, kBarHeight));
        x += width + kGap;
    }
}

} // namespace busbar::views
