// The fleet columns of one site: an array of chunks per metric, copy on write. The writer changes chunks that no snapshot shows; the
// first change after a publication copies the chunk. A published ColumnTable never changes.
// One writer thread; published tables are read from any.
#pragma once

#include "domain/metric.h"
#include "store/chunk_pool.h"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace busbar::store {

inline constexpr auto kMetricCount = static_cast<std::size_t>(Metric::count_);

/// Chunks of one metric.
using ColumnTable = std::vector<std::shared_ptr<const Chunk>>;
/// Tables by metric; nullptr for those that are not fleet columns.
using ColumnTables = std::array<std::shared_ptr<const ColumnTable>, kMetricCount>;

class MetricColumns {
public:
    explicit MetricColumns(std::shared_ptr<ChunkPool> pool);

    std::uint32_t rowCount() const { return m_rows; }
    /// Adds rows of kNotRead.
    void append(std::uint32_t rows);

    /// What a change did: how many values were over the metric's range and became kNotRead.
    struct Outcome {
        std::uint64_t changed = 0, refused = 0;
    };
    /// Rows [first, first + values.size()), which must exist.
    Outcome setRun(Metric metric, std::uint32_t first, std::span<const std::int64_t> values);
    /// Listed rows; those past the last row are refused.
    Outcome setRows(Metric metric, std::span<const std::uint32_t> rows, std::span<const std::int64_t> values);

    std::int64_t value(Metric metric, std::uint32_t row) const;
    const std::byte* bytes(Metric metric, std::uint32_t chunk) const;
    /// Chunks where any column that counts in roll-ups changed since the last call, ascending.
    std::vector<std::uint32_t> takeRollupChunks();
    void markRollup(std::uint32_t firstRow, std::uint32_t rows);

    /// The columns as they are now; further changes do not touch them.
    ColumnTables publish();
    std::size_t memoryBytes() const;

private:
    struct Column {
        int width = 0;
        std::int64_t largest = 0; ///< plain values above are refused
        std::vector<std::shared_ptr<Chunk>> chunks;
        std::vector<std::uint8_t> own; ///< 1: no snapshot shows the chunk
        std::shared_ptr<const ColumnTable> published;
    };
    Column& column(Metric metric) { return m_columns[static_cast<std::size_t>(metric)]; }
    const Column& column(Metric metric) const { return m_columns[static_cast<std::size_t>(metric)]; }
    /// The chunk's bytes for writing.
    std::byte* writable(Column& column, std::uint32_t chunk);
    void noteRollup(Metric metric, std::uint32_t chunk);
    template <typename Raw>
    void setPiece(Metric metric, std::uint32_t first, std::span<const std::int64_t> values, Outcome& outcome);

    std::shared_ptr<ChunkPool> m_pool;
    std::uint32_t m_rows = 0;
    std::uint64_t m_version = 0; ///< of the last change of any chunk
    std::array<Column, kMetricCount> m_columns;
    std::vector<std::uint8_t> m_rollupDirty;
};

} // namespace busbar::store
