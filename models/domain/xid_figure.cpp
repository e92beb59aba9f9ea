#include "domain/xid_figure.h"

#include <fmt/format.h>

#include <charconv>

namespace busbar {
namespace {

constexpr std::string_view kStart = "XID ";
constexpr std::string_view kFatal = " Fatal";

} // namespace

std::string xidFigureName(int code, bool fatal) { return fmt::format("{}{}{}", kStart, code, fatal ? kFatal : ""); }

std::optional<XidFigure> parseXidFigure(std::string_view name) {
    if (!name.starts_with(kStart)) return std::nullopt;
    name.remove_prefix(kStart.size());
    XidFigure figure;
    figure.fatal = name.ends_with(kFatal);
    if (figure.fatal) name.remove_suffix(kFatal.size());
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), figure.code);
    if (error != std::errc() || end != name.data() + name.size() || figure.code < 0) return std::nullopt;
    return figure;
}

bool isFatalXid(std::string_view line) { return line.find(kFatal) != std::string_view::npos; }

} // namespace busbar
