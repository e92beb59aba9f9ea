// The command line of the console. Parsed before the application exists, so that help and mistakes need no display. Pure functions.
#pragma once

#include "base/status.h"
#include "busbar/view_ref.h"
#include "busbar/theme_choice.h"

#include <QSize>
#include <QStringList>

#include <optional>

namespace busbar::console {

/// Sizes that a picture may have: the smallest window up to an 8K wall.
inline constexpr QSize kSmallestPicture(1180, 700);
inline constexpr QSize kLargestPicture(7680, 4320);

struct Options {
    QString profile;              ///< a name, or a file (has a '/' or ends in .toml); empty: not given
    std::optional<ViewRef> where;   ///< not given: where the window was the last time
    QString captureFile;          ///< write a picture there and end
    QSize size{1920, 1080};       ///< of the picture
    std::optional<ThemeChoice> theme; ///< for this run only
    QString platform;             ///< Qt's platform plugin; empty: Qt's choice
    bool help = false, version = false;
};

/// `arguments` without the program's name. The error is a sentence about the first mistake.
StatusOr<Options> parseOptions(const QStringList& arguments);
QString helpText();

} // namespace busbar::console
