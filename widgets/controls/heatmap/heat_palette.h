// The 256 colours of the heatmap's image in the theme of the moment. GUI thread only.
#pragma once

#include <QColor>
#include <QVector>

#include <cstdint>

namespace busbar::controls {

/// By index (heat_fill.h). `patterned`: cells are large enough for hatch and dots, so that the ground of values not read stays empty;
/// else it is a plain grey, which no colour of the ramp is.
QVector<QRgb> heatColours(bool patterned);
/// The colour of one index where cells are large.
QColor heatColour(std::uint8_t index);

} // namespace busbar::controls
