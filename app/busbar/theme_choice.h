// Which theme a person wants: dark, light, or that of the desktop. GUI thread only.
#pragma once

#include "widgets/controls/theme.h"

#include <QString>

#include <optional>

class QPalette;

namespace busbar::console {

enum class ThemeChoice : unsigned char { dark, light, system };

QString toString(ThemeChoice choice);
std::optional<ThemeChoice> parseThemeChoice(const QString& text);
/// `desktop` is the palette as the desktop gave it, before Busbar set its own: Qt 6.4 has no other word for the desktop's scheme.
controls::Theme resolveTheme(ThemeChoice choice, const QPalette& desktop);

} // namespace busbar::console
