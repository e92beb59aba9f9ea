#include "widgets/controls/theme.h"

#include <QApplication>
#include <QPalette>

namespace busbar::controls {

namespace {

constexpr auto kTones = static_cast<std::size_t>(Tone::count_);
using Colours = std::array<const char*, kTones>;

// In the order of Tone; values from design/console.md §4 and design/mock/src/base.css.
constexpr Colours kDark{"#14171A", "#1C2024", "#23282D", "#E8EBEE", "#B4BCC4", "#949DA6", "#7CC0FF", "#1F3D5C", "#363D45", "#2A3036", "#2A3037",
                        "#D93A40", "#D93A40", "#FFFFFF", "#FF9F45", "#FF9F45", "#15191D", "#FFE066", "#FFE066", "#15191D",
                        "#3E8EDE", "#3E8EDE", "#0B1014", "#C9A8F5", "#C9A8F5", "#15191D", "#8CE8D8", "#8CE8D8",
                        "#7A828A", "#14171A", "#2B333B", "#34475A", "#3F5F7D", "#4C79A3", "#6596C6", "#8DB6E0", "#C2DBF5", "#15191D"};
constexpr Colours kLight{"#DDE0E3", "#E9EBED", "#F7F8F9", "#15191D", "#454C54", "#5C646D", "#0B4F8A", "#CFE3F7", "#BFC5CB", "#D6DADE", "#EEF1F3",
                         "#A80016", "#A80016", "#FFFFFF", "#E87400", "#8A3F00", "#15191D", "#F6CF3A", "#6E5200", "#15191D",
                         "#0B5CAD", "#0B5CAD", "#FFFFFF", "#BE9BF0", "#5E35A8", "#15191D", "#8FE0D2", "#00695C",
                         "#7A828A", "#15191D", "#E3E9EF", "#C5D5E4", "#A0BBD5", "#779CC1", "#507CAB", "#2F5D91", "#123F73", "#15191D"};

Theme g_theme = Theme::dark; // GUI thread only

QPalette paletteNow() {
    QPalette palette;
    palette.setColor(QPalette::Window, tone(Tone::panel));
    palette.setColor(QPalette::Base, tone(Tone::base));
    palette.setColor(QPalette::AlternateBase, tone(Tone::panel));
    palette.setColor(QPalette::Button, tone(Tone::panel));
    palette.setColor(QPalette::ToolTipBase, tone(Tone::panel));
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::ToolTipText, QPalette::HighlightedText, QPalette::BrightText})
        palette.setColor(role, tone(Tone::text));
    palette.setColor(QPalette::PlaceholderText, tone(Tone::muted));
    palette.setColor(QPalette::Highlight, tone(Tone::selection));
    palette.setColor(QPalette::Link, tone(Tone::link));
    palette.setColor(QPalette::LinkVisited, tone(Tone::link));
    for (const auto role : {QPalette::Light, QPalette::Midlight, QPalette::Mid, QPalette::Dark, QPalette::Shadow}) palette.setColor(role, tone(Tone::line));
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) palette.setColor(QPalette::Disabled, role, tone(Tone::muted));
    return palette;
}

QColor between(const QColor& low, const QColor& high, double share) {
    const auto mix = [share](int a, int b) { return static_cast<int>(a + (b - a) * share + 0.5); };
    return {mix(low.red(), high.red()), mix(low.green(), high.green()), mix(low.blue(), high.blue())};
}

// What the style draws too faintly from a palette of close tones: outlines of fields and of the marks to choose by.
QString styleSheetNow() {
    return QStringLiteral("QToolTip { color: %1; background: %2; border: 1px solid %3; padding: 2px 4px; }"
                          "QLineEdit[frame=\"true\"] { color: %1; background: %4; border: 1px solid %3; border-radius: 3px; padding: 2px 5px; }"
                          "QLineEdit[frame=\"true\"]:focus { border-color: %6; }"
                          "QRadioButton::indicator { width: 10px; height: 10px; border: 1px solid %5; border-radius: 6px; background: %4; }"
                          "QRadioButton::indicator:checked { width: 4px; height: 4px; border: 4px solid %6; background: %4; }"
                          "QRadioButton::indicator:disabled { border-color: %3; }"
                          "QCheckBox::indicator { width: 10px; height: 10px; border: 1px solid %5; border-radius: 2px; background: %4; }"
                          "QCheckBox::indicator:checked { border-color: %6; background: %6; }")
        .arg(tone(Tone::text).name(), tone(Tone::panel).name(), tone(Tone::line).name(), tone(Tone::base).name(), tone(Tone::secondary).name(), tone(Tone::link).name());
}

} // namespace

Theme theme() { return g_theme; }

void setTheme(QApplication& application, Theme theme) {
    g_theme = theme;
    QApplication::setPalette(paletteNow());
    QApplication::setFont(face(kBasePx));
    application.setStyleSheet(styleSheetNow());
}

QColor tone(Tone tone) { return QColor(QLatin1String((g_theme == Theme::dark ? kDark : kLight)[static_cast<std::size_t>(tone)])); }

std::array<QRgb, kRampTop + 1> ramp() {
    constexpr int kSteps = 6;
    std::array<QRgb, kRampTop + 1> table{};
    for (int index = 0; index <= kRampTop; ++index) {
        const double position = static_cast<double>(index) * kSteps / kRampTop;
        const int step = std::min(static_cast<int>(position), kSteps - 1);
        const auto at = [](int s) { return tone(static_cast<Tone>(static_cast<int>(Tone::ramp0) + s)); };
        table[static_cast<std::size_t>(index)] = between(at(step), at(step + 1), position - step).rgb();
    }
    return table;
}

QColor seriesColour(int index) {
    static constexpr std::array<const char*, 6> kOkabeIto{"#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#0072B2"};
    return QColor(QLatin1String(kOkabeIto[static_cast<std::size_t>(index) % kOkabeIto.size()]));
}

QFont face(int px, bool bold) {
    QFont font(QStringList{QStringLiteral("Noto Sans"), QStringLiteral("Noto Sans CJK TC")}, -1);
    font.setPixelSize(px);
    font.setBold(bold);
    return font;
}

QFont monoFace(int px) {
    QFont font(QStringLiteral("Noto Sans Mono"));
    font.setStyleHint(QFont::Monospace);
    font.setPixelSize(px);
    return font;
}

} // namespace busbar::controls
