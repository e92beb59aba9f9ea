// Reads single values of a site's columns fast, for passes over many nodes: the chunks are looked up once. Valid as long as its snapshot.
#pragma once

#include "store/fleet_snapshot.h"
#include "store/raw_values.h"

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace busbar::items {

class MetricReader {
public:
    MetricReader(const store::SiteSnapshot& site, std::span<const Metric> metrics) {
        const std::uint32_t chunks = (site.rowCount() + store::kChunkRows - 1) / store::kChunkRows;
        for (const Metric metric : metrics) {
            auto& column = m_columns[static_cast<std::size_t>(metric)];
            for (std::uint32_t chunk = 0; chunk < chunks; ++chunk) column.push_back(site.chunk(metric, chunk));
        }
    }
    /// Plain value of a metric given at construction.
    std::int64_t operator()(Metric metric, std::uint32_t row) const {
        const auto& column = m_columns[static_cast<std::size_t>(metric)];
        const std::uint32_t chunk = row / store::kChunkRows, place = row % store::kChunkRows;
        const int bytes = infoOf(metric).wireBytes;
        if (chunk >= column.size() || (place + 1) * static_cast<std::size_t>(bytes) > column[chunk].size()) return kNotRead;
        return store::plainAt(column[chunk].data(), bytes, place);
    }

private:
    std::array<std::vector<std::span<const std::byte>>, static_cast<std::size_t>(Metric::count_)> m_columns;
};

} // namespace busbar::items
