#include "widgets/controls/time_window.h"

#include <QDateTime>
#include <QTimeZone>

#include <algorithm>

namespace busbar::controls {

namespace {

constexpr std::int64_t kSecondMs = 1'000, kMinuteMs = 60 * kSecondMs, kHourMs = 60 * kMinuteMs;
constexpr std::int64_t kTickSteps[] = {kSecondMs, 2 * kSecondMs, 5 * kSecondMs, 10 * kSecondMs, 15 * kSecondMs, 30 * kSecondMs,
                                       kMinuteMs, 2 * kMinuteMs, 5 * kMinuteMs, 10 * kMinuteMs, 15 * kMinuteMs, 30 * kMinuteMs,
                                       kHourMs,   2 * kHourMs,   3 * kHourMs,   6 * kHourMs};

} // namespace

void TimeWindow::setNow(std::int64_t nowMs) {
    m_nowMs = nowMs;
    clampEnd();
}

void TimeWindow::setSpan(std::int64_t spanMs) {
    m_spanMs = std::clamp(spanMs, kShortestMs, kLongestMs);
    clampEnd();
}

void TimeWindow::show(std::int64_t fromMs, std::int64_t untilMs) {
    m_follows = false;
    m_spanMs = std::clamp(untilMs - fromMs, kShortestMs, kLongestMs);
    m_endMs = (fromMs + untilMs + m_spanMs) / 2;
    clampEnd();
}

void TimeWindow::zoom(double factor, std::int64_t aroundMs) {
    const auto span = std::clamp(static_cast<std::int64_t>(static_cast<double>(m_spanMs) * factor), kShortestMs, kLongestMs);
    const double share = static_cast<double>(m_endMs - std::clamp(aroundMs, beginMs(), m_endMs)) / static_cast<double>(m_spanMs);
    if (!m_follows) m_endMs = std::clamp(aroundMs, beginMs(), m_endMs) + static_cast<std::int64_t>(share * static_cast<double>(span));
    m_spanMs = span;
    clampEnd();
}

void TimeWindow::pan(double share) {
    m_endMs += static_cast<std::int64_t>(share * static_cast<double>(m_spanMs));
    m_follows = m_endMs >= m_nowMs;
    clampEnd();
}

void TimeWindow::clampEnd() {
    if (m_follows) m_endMs = m_nowMs;
    m_endMs = std::clamp(m_endMs, std::min(m_nowMs, m_nowMs - kLongestMs + m_spanMs), m_nowMs);
}

std::vector<TimeTick> timeTicks(const TimeWindow& window, int most) {
    std::vector<TimeTick> ticks;
    if (most <= 0 || window.endMs() <= 0) return ticks;
    std::int64_t step = kTickSteps[std::size(kTickSteps) - 1];
    for (const std::int64_t one : kTickSteps)
        if (window.spanMs() / one <= most) {
            step = one;
            break;
        }
    const QString form = step < kMinuteMs ? QStringLiteral("HH:mm:ss") : step < 3 * kHourMs ? QStringLiteral("HH:mm") : QStringLiteral("MM-dd HH:mm");
    for (std::int64_t at = (window.beginMs() + step - 1) / step * step; at <= window.endMs(); at += step)
        ticks.push_back({at, QDateTime::fromMSecsSinceEpoch(at, QTimeZone::utc()).toString(form)});
    return ticks;
}

} // namespace busbar::controls
