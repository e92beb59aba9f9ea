// How an XID that came during a burn-in travels: as a figure that the agent counts and the controller judges by its table, which a site may
// have changed (design/health.md §2). Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace busbar {

struct XidFigure {
    int code = 0;
    bool fatal = false; ///< by the word of the driver's line
    bool operator==(const XidFigure&) const = default;
};

/// "XID 74", "XID 144 Fatal".
std::string xidFigureName(int code, bool fatal);
/// nullopt: the name of another figure.
std::optional<XidFigure> parseXidFigure(std::string_view name);
/// The driver's line says so.
bool isFatalXid(std::string_view line);

} // namespace busbar
