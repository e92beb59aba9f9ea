// The capacity bar: exclusive parts of the installed GPUs side by side on a scale that is common to all bars of a view, told apart by fill
// and outline. Also the swatch of a part, for legends. Painter-drawn; GUI thread only.
#pragma once

#include "store/capacity.h"

#include <QRectF>

class QPainter;

namespace busbar::controls {

/// `scale`: GPUs that fill the width of `area`. A part that has any GPU is at least 2 px wide (its neighbours give way), so that nothing
/// counted is invisible. `past`: all parts hatched, in grey.
void paintCapacityBar(QPainter& painter, const QRectF& area, const store::SiteRollup& rollup, std::uint32_t scale, bool past);
void paintCapacitySwatch(QPainter& painter, const QRectF& box, store::CapacityPart part);
/// The swatch of last-known values.
void paintPastSwatch(QPainter& painter, const QRectF& box);

/// A bar of `part` of `whole`, both on `scale`: an outlined track with a filled share (free of installed).
void paintShareBar(QPainter& painter, const QRectF& area, double part, double whole, double scale);
/// A cross-hatched bar of `value` on `scale`, for what is counted as lost.
void paintLossBar(QPainter& painter, const QRectF& area, double value, double scale);

} // namespace busbar::controls
