// State marks (design/console.md §4): shape, letter, fill and outline, so that none is told by colour alone. GUI thread only.
#pragma once

#include <QRectF>
#include <QString>

class QPainter;

namespace busbar::controls {

/// Marks of console.md §4, and the three signs of a result.
enum class Sign : unsigned char { none, p1, p2, p3, p1Stale, p2Stale, leased, draining, provisioning, free, unknown, triage, absent, check, cross, lock };

/// Draws `sign` in `box` (16 units square, scaled).
void paintSign(QPainter& painter, Sign sign, const QRectF& box);
/// The same with a two-tone halo (inner dark, outer light), to be seen on any ground, as on heatmap cells.
void paintSignWithHalo(QPainter& painter, Sign sign, const QRectF& box);
/// The words of a sign, for people who do not see it; empty for none.
QString signText(Sign sign);
/// Hatch of stale and lost data over `area`: 7 device pixels, `stale` at 42 %, in place whatever is scrolled.
void paintHatch(QPainter& painter, const QRectF& area);

} // namespace busbar::controls
