#include "store/metric_columns.h"

#include "domain/facts.h"
#include "store/fleet_snapshot.h"
#include "store/raw_values.h"

#include <algorithm>
#include <atomic>

namespace busbar::store {
namespace {

/// Versions never repeat within the process, so that a view may compare them over epochs and shards.
std::uint64_t nextVersion() {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
}

bool countsInRollup(Metric metric) {
    return metric == Metric::gpuUtil || metric == Metric::smActive || metric == Metric::power || metric == Metric::health || metric == Metric::occupancy;
}

std::int64_t largestOf(Metric metric) {
    if (metric == Metric::health) return static_cast<std::int64_t>(Health::failed);
    if (metric == Metric::occupancy) return static_cast<std::int64_t>(Occupancy::mixed);
    return maxValue(metric);
}

} // namespace

MetricColumns::MetricColumns(std::shared_ptr<ChunkPool> pool) : m_pool(std::move(pool)) {
    for (const MetricInfo& info : allMetrics()) {
        if (!info.fleetColumn) continue;
        column(info.metric).width = info.wireBytes;
        column(info.metric).largest = largestOf(info.metric);
    }
}

void MetricColumns::append(std::uint32_t rows) {
    if (rows == 0) return;
    const std::uint32_t first = m_rows;
    m_rows += rows;
    const std::uint32_t chunks = (m_rows + kChunkRows - 1) / kChunkRows;
    m_rollupDirty.resize(chunks, 1);
    for (Column& column : m_columns) {
        if (column.width == 0) continue;
        const auto old = static_cast<std::uint32_t>(column.chunks.size());
        for (std::uint32_t chunk = old; chunk < chunks; ++chunk) {
            column.chunks.push_back(m_pool->take(column.width));
            column.own.push_back(1);
        }
        // Rows that are not there yet hold nothing: they are filled when they come.
        for (std::uint32_t row = first; row < m_rows;) {
            const std::uint32_t chunk = row / kChunkRows, offset = row % kChunkRows;
            const std::uint32_t count = std::min(kChunkRows - offset, m_rows - row);
            withRawType(column.width, [&](auto type) {
                using Raw = decltype(type);
                auto* to = reinterpret_cast<Raw*>(writable(column, chunk)) + offset;
                std::fill(to, to + count, kRawNotRead<Raw>);
            });
            row += count;
        }
    }
    markRollup(first, rows);
}

std::byte* MetricColumns::writable(Column& column, std::uint32_t chunk) {
    std::shared_ptr<Chunk>& current = column.chunks[chunk];
    if (!column.own[chunk]) {
        std::shared_ptr<Chunk> copy = m_pool->take(column.width);
        std::memcpy(copy->bytes.get(), current->bytes.get(), kChunkRows * static_cast<std::size_t>(column.width));
        current = std::move(copy);
        column.own[chunk] = 1;
    }
    column.published.reset();
    current->version = m_version = nextVersion();
    return current->bytes.get();
}

void MetricColumns::noteRollup(Metric metric, std::uint32_t chunk) {
    if (countsInRollup(metric)) m_rollupDirty[chunk] = 1;
}

void MetricColumns::markRollup(std::uint32_t firstRow, std::uint32_t rows) {
    if (rows == 0) return;
    for (std::uint32_t chunk = firstRow / kChunkRows; chunk <= (firstRow + rows - 1) / kChunkRows; ++chunk) m_rollupDirty[chunk] = 1;
}

std::vector<std::uint32_t> MetricColumns::takeRollupChunks() {
    std::vector<std::uint32_t> chunks;
    for (std::uint32_t chunk = 0; chunk < m_rollupDirty.size(); ++chunk)
        if (std::exchange(m_rollupDirty[chunk], std::uint8_t{0})) chunks.push_back(chunk);
    return chunks;
}

/// Values within one chunk: compared first, so that a chunk without a change is neither copied nor painted again.
template <typename Raw>
void MetricColumns::setPiece(Metric metric, std::uint32_t first, std::span<const std::int64_t> values, Outcome& outcome) {
    Column& to = column(metric);
    const std::uint32_t chunk = first / kChunkRows, offset = first % kChunkRows;
    std::array<Raw, kChunkRows> raws;
    std::uint64_t refused = 0;
    const std::int64_t largest = to.largest;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::int64_t value = values[i];
        const bool fits = value >= kNotRead && value <= largest;
        refused += fits ? 0 : 1;
        raws[i] = fits ? rawOf<Raw>(value) : kRawNotRead<Raw>;
    }
    outcome.refused += refused;
    const auto* old = reinterpret_cast<const Raw*>(to.chunks[chunk]->bytes.get()) + offset;
    if (std::memcmp(old, raws.data(), values.size() * sizeof(Raw)) == 0) return;
    auto* now = reinterpret_cast<Raw*>(writable(to, chunk)) + offset;
    std::uint64_t changed = 0;
    for (std::size_t i = 0; i < values.size(); ++i) changed += now[i] != raws[i] ? 1 : 0;
    std::memcpy(now, raws.data(), values.size() * sizeof(Raw));
    outcome.changed += changed;
    noteRollup(metric, chunk);
}

MetricColumns::Outcome MetricColumns::setRun(Metric metric, std::uint32_t first, std::span<const std::int64_t> values) {
    Outcome outcome;
    while (!values.empty()) {
        const std::size_t count = std::min<std::size_t>(kChunkRows - first % kChunkRows, values.size());
        withRawType(column(metric).width, [&](auto type) { setPiece<decltype(type)>(metric, first, values.first(count), outcome); });
        first += static_cast<std::uint32_t>(count);
        values = values.subspan(count);
    }
    return outcome;
}

MetricColumns::Outcome MetricColumns::setRows(Metric metric, std::span<const std::uint32_t> rows, std::span<const std::int64_t> values) {
    Outcome outcome;
    Column& to = column(metric);
    withRawType(to.width, [&](auto type) {
        using Raw = decltype(type);
        std::uint32_t chunk = UINT32_MAX;
        bool writing = false;
        Raw* cells = nullptr;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const std::uint32_t row = rows[i];
            if (row >= m_rows) {
                ++outcome.refused;
                continue;
            }
            const bool fits = values[i] >= kNotRead && values[i] <= to.largest;
            outcome.refused += fits ? 0 : 1;
            const Raw raw = fits ? rawOf<Raw>(values[i]) : kRawNotRead<Raw>;
            if (row / kChunkRows != chunk) {
                chunk = row / kChunkRows;
                writing = false;
                cells = reinterpret_cast<Raw*>(to.chunks[chunk]->bytes.get());
            }
            if (cells[row % kChunkRows] == raw) continue;
            if (!writing) {
                cells = reinterpret_cast<Raw*>(writable(to, chunk));
                noteRollup(metric, chunk);
                writing = true;
            }
            cells[row % kChunkRows] = raw;
            ++outcome.changed;
        }
    });
    return outcome;
}

std::int64_t MetricColumns::value(Metric metric, std::uint32_t row) const {
    return plainAt(bytes(metric, row / kChunkRows), column(metric).width, row % kChunkRows);
}

const std::byte* MetricColumns::bytes(Metric metric, std::uint32_t chunk) const { return column(metric).chunks[chunk]->bytes.get(); }

ColumnTables MetricColumns::publish() {
    ColumnTables tables;
    for (std::size_t i = 0; i < kMetricCount; ++i) {
        Column& column = m_columns[i];
        if (column.width == 0) continue;
        if (!column.published) {
            column.published = std::make_shared<const ColumnTable>(column.chunks.begin(), column.chunks.end());
            std::ranges::fill(column.own, std::uint8_t{0});
        }
        tables[i] = column.published;
    }
    return tables;
}

std::size_t MetricColumns::memoryBytes() const {
    std::size_t bytes = m_rollupDirty.capacity();
    for (const Column& column : m_columns)
        bytes += column.chunks.size() * (kChunkRows * static_cast<std::size_t>(column.width) + sizeof(Chunk) + 2 * sizeof(std::shared_ptr<Chunk>) + 1);
    return bytes;
}

} // namespace busbar::store
