// Metrics of all GPU slots of the site as columns, at the wire's widths and with the wire's marks for missing values, so that a run of
// rows goes on the wire by one copy. Each value carries the stamp (low 32 bits of the fleet's revision) of its last change: what a
// watcher at any older revision has missed is found by a scan, and no queue per watcher is needed.
// About 82 bytes of values and 140 bytes of stamps a row (14 MB for 65,536 rows). Not thread-safe: FleetTable guards it.
#pragma once

#include "domain/metric.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace busbar::controller {

/// Rows whose newest stamp is kept together, to skip what did not change.
inline constexpr std::uint32_t kStampBlockRows = 1024;

class MetricTable {
public:
    std::uint32_t rowCount() const { return m_rows; }

    /// Adds `count` rows of kNotRead.
    void append(std::uint32_t count, std::uint32_t stamp);
    /// Replaces rows [first, first + oldCount) by `newCount` rows of kNotRead; later rows move.
    void replaceRun(std::uint32_t first, std::uint32_t oldCount, std::uint32_t newCount, std::uint32_t stamp);

    /// Sets consecutive rows; true when any value changed. Values above the metric's width become kNotRead.
    bool setRun(Metric metric, std::uint32_t first, std::span<const std::int64_t> values, std::uint32_t stamp);
    bool set(Metric metric, std::uint32_t row, std::int64_t value, std::uint32_t stamp) {
        return setRun(metric, row, std::span(&value, 1), stamp);
    }
    /// Plain value, kNotSupported or kNotRead.
    std::int64_t get(Metric metric, std::uint32_t row) const;

    /// Little-endian values of rows [first, first + count) as Column carries them.
    std::span<const std::byte> bytes(Metric metric, std::uint32_t first, std::uint32_t count) const;
    /// Appends the rows of [first, last) that changed after `since` to `rows`.
    void changedRows(Metric metric, std::uint32_t since, std::uint32_t first, std::uint32_t last,
                     std::vector<std::uint32_t>& rows) const;
    /// True when any row of [first, last) changed after `since`.
    bool changed(Metric metric, std::uint32_t since, std::uint32_t first, std::uint32_t last) const;

private:
    static constexpr auto kMetrics = static_cast<std::size_t>(Metric::count_);
    struct Column {
        std::vector<std::byte> values;
        std::vector<std::uint32_t> stamps;
        std::vector<std::uint32_t> blockStamps;
    };
    Column& column(Metric metric) { return m_columns[static_cast<std::size_t>(metric)]; }
    const Column& column(Metric metric) const { return m_columns[static_cast<std::size_t>(metric)]; }

    std::uint32_t m_rows = 0;
    std::array<Column, kMetrics> m_columns;
};

} // namespace busbar::controller
