#include "widgets/controls/heatmap/heat_palette.h"

#include "widgets/controls/heatmap/heat_fill.h"
#include "widgets/controls/theme.h"

namespace busbar::controls {

namespace {

constexpr double kDimShare = 0.3; ///< of the colour that is left when dimmed

QRgb mixed(const QColor& colour, const QColor& ground, double share) {
    const auto part = [share](int a, int b) { return static_cast<int>(a * share + b * (1 - share) + 0.5); };
    return qRgb(part(colour.red(), ground.red()), part(colour.green(), ground.green()), part(colour.blue(), ground.blue()));
}

} // namespace

QVector<QRgb> heatColours(bool patterned) {
    static_assert(heat::kTop == kRampTop);
    QVector<QRgb> colours(256, tone(Tone::window).rgb());
    const auto lit = ramp();
    for (int index = 0; index <= kRampTop; ++index) {
        colours[index] = lit[static_cast<std::size_t>(index)];
        colours[index + heat::kDim] = mixed(QColor(colours[index]), tone(Tone::window), kDimShare);
    }
    const QRgb stale = tone(Tone::stale).rgb();
    if (!patterned) colours[heat::kNotRead] = stale;
    colours[heat::kNotReadLine] = stale;
    colours[heat::kNotSupported] = patterned ? tone(Tone::window).rgb() : mixed(tone(Tone::stale), tone(Tone::window), 0.5);
    colours[heat::kDot] = stale;
    colours[heat::kAbsentLine] = tone(Tone::muted).rgb();
    colours[heat::kStaleLine] = stale;
    return colours;
}

QColor heatColour(std::uint8_t index) {
    static QVector<QRgb> colours;
    static Theme of = Theme::dark;
    if (colours.isEmpty() || of != theme()) {
        of = theme();
        colours = heatColours(true);
    }
    return QColor(colours[index]);
}

} // namespace busbar::controls
