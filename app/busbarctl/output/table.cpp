#include "busbarctl/output/table.h"

#include "base/clock.h"

#include <fmt/format.h>

#include <algorithm>

namespace busbar::ctl {
namespace {

// Columns on screen: bytes of UTF-8 that start a character.
std::size_t widthOf(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

} // namespace

void Table::add(std::vector<std::string> cells) {
    cells.resize(m_rows.front().size());
    for (std::string& cell : cells) {
        if (cell.empty()) cell = "-";
        // One row is one line, and nothing a node says may steer the terminal.
        std::replace_if(cell.begin(), cell.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    }
    m_rows.push_back(std::move(cells));
}

std::string Table::text() const {
    std::vector<std::size_t> widths(m_rows.front().size(), 0);
    for (const auto& row : m_rows)
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], widthOf(row[i]));
    std::string text;
    for (const auto& row : m_rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            text += row[i];
            if (i + 1 < row.size()) text.append(widths[i] - widthOf(row[i]) + 2, ' ');
        }
        text += '\n';
    }
    return text;
}

std::string wordTime(std::int64_t wallMs) { return wallMs == 0 ? "-" : formatUtc(wallMs); }

std::string wordDuration(std::int64_t ms) {
    const std::int64_t seconds = ms / 1000;
    if (ms < 10'000) return fmt::format("{:.1f}s", static_cast<double>(ms) / 1000.0);
    if (seconds < 60) return fmt::format("{}s", seconds);
    if (seconds < 3600) return fmt::format("{}m {}s", seconds / 60, seconds % 60);
    return fmt::format("{}h {}m", seconds / 3600, seconds / 60 % 60);
}

} // namespace busbar::ctl
