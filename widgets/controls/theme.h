// The look of the console by meaning (design/console.md §4): colours, faces and the heatmap's ramp in the theme of the moment.
// GUI thread only. Sizes are device-independent pixels of the pictures in design/mock.
#pragma once

#include <QColor>
#include <QFont>
#include <QRgb>

#include <array>

class QApplication;

namespace busbar::controls {

enum class Theme : unsigned char { dark, light };

enum class Tone : unsigned char {
    window, panel, base, text, secondary, muted, link, selection, line, faintLine, hover,
    p1, p1Outline, p1Glyph, p2, p2Outline, p2Glyph, p3, p3Outline, p3Glyph,
    leased, leasedOutline, leasedGlyph, draining, drainingOutline, drainingGlyph, provisioning, provisioningOutline,
    stale, staleGlyph, ramp0, ramp1, ramp2, ramp3, ramp4, ramp5, ramp6, onBright,
    count_
};

Theme theme();
/// Takes effect on all widgets at once: the application's palette and style sheet change, so each widget gets a PaletteChange event.
void setTheme(QApplication& application, Theme theme);
/// The colour of `tone` in the theme of the moment.
QColor tone(Tone tone);
/// Largest index of `ramp()` that stands for a value; the indices above are for what is no value.
inline constexpr int kRampTop = 100;
/// The heatmap's ramp: 0..kRampTop from low to high, single hue, monotone lightness.
std::array<QRgb, kRampTop + 1> ramp();
/// Colour of chart series `index` (Okabe-Ito, https://jfly.uni-koeln.de/color/), at most 6.
QColor seriesColour(int index);

/// The text face at `px` pixels.
QFont face(int px, bool bold = false);
/// The fixed-width face at `px` pixels.
QFont monoFace(int px);

inline constexpr int kBasePx = 13;
inline constexpr int kDensePx = 12;
inline constexpr int kCaptionPx = 11;

} // namespace busbar::controls
