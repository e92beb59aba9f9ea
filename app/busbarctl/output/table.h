// Text tables and times for people. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace busbar::ctl {

class Table {
public:
    explicit Table(std::vector<std::string> header) : m_rows{std::move(header)} {}
    /// As many cells as the header has; an empty cell shows as "-".
    void add(std::vector<std::string> cells);
    std::size_t size() const { return m_rows.size() - 1; }
    /// Columns two spaces apart, the last one as long as it is, a line each.
    std::string text() const;

private:
    std::vector<std::vector<std::string>> m_rows;
};

/// "2026-11-24 01:43:07 UTC", "-" for 0.
std::string wordTime(std::int64_t wallMs);
/// "1h 5m", "12m 3s", "0.4s"
std::string wordDuration(std::int64_t ms);

} // namespace busbar::ctl
