// Which stretch of time a chart shows, and how people move it: zoom about a moment, pan, follow now. Also its ticks. UTC.
// Pure values; any thread.
#pragma once

#include <QString>

#include <cstdint>
#include <vector>

namespace busbar::controls {

class TimeWindow {
public:
    static constexpr std::int64_t kShortestMs = 10'000;
    static constexpr std::int64_t kLongestMs = 24 * 3'600'000; ///< the controller's window (design.md §8)

    std::int64_t spanMs() const { return m_spanMs; }
    std::int64_t endMs() const { return m_endMs; }
    std::int64_t beginMs() const { return m_endMs - m_spanMs; }
    std::int64_t nowMs() const { return m_nowMs; }
    /// The end is now and goes on with it.
    bool follows() const { return m_follows; }

    /// Now has moved; takes the end along when following.
    void setNow(std::int64_t nowMs);
    void setSpan(std::int64_t spanMs);
    /// [fromMs, untilMs): does not follow.
    void show(std::int64_t fromMs, std::int64_t untilMs);
    /// factor < 1 shows less; `aroundMs` keeps its place. While following, the end stays now.
    void zoom(double factor, std::int64_t aroundMs);
    /// By a share of the span, to the right when positive; at now it follows again.
    void pan(double share);
    bool operator==(const TimeWindow&) const = default;

private:
    void clampEnd();
    std::int64_t m_spanMs = 15 * 60'000, m_endMs = 0, m_nowMs = 0;
    bool m_follows = true;
};

struct TimeTick {
    std::int64_t wallMs = 0;
    QString label; ///< "13:42", "13:42:10" where ticks are closer than a minute, "11-23 12:00" from three hours on
};
/// Ticks at round times within the window, at most `most` of them.
std::vector<TimeTick> timeTicks(const TimeWindow& window, int most);

} // namespace busbar::controls
