#include "busbar/theme_choice.h"

#include <QPalette>

namespace busbar::console {

QString toString(ThemeChoice choice) {
    switch (choice) {
    case ThemeChoice::dark: return QStringLiteral("dark");
    case ThemeChoice::light: return QStringLiteral("light");
    case ThemeChoice::system: break;
    }
    return QStringLiteral("system");
}

std::optional<ThemeChoice> parseThemeChoice(const QString& text) {
    for (const ThemeChoice choice : {ThemeChoice::dark, ThemeChoice::light, ThemeChoice::system})
        if (text == toString(choice)) return choice;
    return std::nullopt;
}

controls::Theme resolveTheme(ThemeChoice choice, const QPalette& desktop) {
    if (choice != ThemeChoice::system) return choice == ThemeChoice::dark ? controls::Theme::dark : controls::Theme::light;
    return desktop.color(QPalette::Window).lightness() < desktop.color(QPalette::WindowText).lightness() ? controls::Theme::dark : controls::Theme::light;
}

} // namespace busbar::console
