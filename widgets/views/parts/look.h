// How views get colours, faces and marks: a thin layer over the theme of widgets/controls, so that views name a meaning, never a colour.
// GUI thread only. All sizes are device-independent pixels of the pictures in design/mock.
#pragma once

#include <QColor>
#include <QFont>
#include <QRectF>

class QPainter;

namespace busbar::views {

enum class Tone : unsigned char {
    window, panel, base, text, secondary, muted, link, selection, line, faintLine, hover,
    p1, p2, p2Outline, p3, draining, drainingOutline, leased, stale, ramp1, ramp2, ramp3, ramp4, onBright
};

/// What stands before a name: state marks of console.md §4, and the three signs of a result.
enum class Sign : unsigned char { none, p1, p2, p3, p1Stale, p2Stale, leased, draining, provisioning, free, unknown, triage, absent, check, cross, lock };

/// The colour of `tone` in the theme of the moment.
QColor tone(Tone tone);
/// The text face at `px` pixels.
QFont face(int px, bool bold = false);
/// The fixed-width face at `px` pixels.
QFont monoFace(int px);
void paintSign(QPainter& painter, Sign sign, const QRectF& box);
/// The words of a sign, for people who do not see it.
QString signText(Sign sign);
/// Hatch of stale and lost data over `area`.
void paintHatch(QPainter& painter, const QRectF& area);

inline constexpr int kBasePx = 13;
inline constexpr int kDensePx = 12;
inline constexpr int kCaptionPx = 11;

} // namespace busbar::views
