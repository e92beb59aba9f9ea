// The node view's small tables: rows made from a NodeDetail. Pure functions (GUI thread only for the fonts of cells: none is made here).
#pragma once

#include "domain/fleet_batch.h"
#include "widgets/views/node/fact_grid.h"
#include "widgets/views/node/neighbours.h"
#include "widgets/views/parts/cell_table.h"

#include <QVector>

#include <cstdint>

namespace busbar::views {

using CellRows = QVector<QVector<Cell>>;

QVector<Column> processColumns();
CellRows processRows(const NodeDetail& detail, std::int64_t nowMs);

/// Findings, worst first, then collectors that hang.
QVector<Column> findingColumns();
CellRows findingRows(const NodeDetail& detail, std::int64_t nowMs);

QVector<Column> neighbourColumns();
CellRows neighbourRows(const Neighbours& neighbours);

/// The service of one GPU: its node's, or its own where it was closed apart from it, with why and by which action in the tip.
Cell gpuServiceCell(const NodeDetail& detail, const GpuDetail& gpu);

/// A row a metric that any GPU has, a column a GPU; the last column is the age of the values.
QVector<Column> metricColumns(const NodeDetail& detail);
CellRows metricRows(const NodeDetail& detail, std::int64_t nowMs);
/// "not supported: fan, encoder utilisation (the device lacks it)", one sentence a reason; GPUs are named where only some lack it.
QStringList missingSentences(const NodeDetail& detail);

QVector<FactPair> hostPairs(const NodeDetail& detail);
QVector<FactPair> identityPairs(const NodeDetail& detail);
QVector<Column> nicColumns();
CellRows nicRows(const NodeDetail& detail);
QVector<Column> diskColumns();
CellRows diskRows(const NodeDetail& detail);
QVector<Column> pciColumns();
CellRows pciRows(const NodeDetail& detail);
QVector<Column> gpuColumns();
CellRows gpuRows(const NodeDetail& detail);

/// Newest first.
QVector<Column> eventColumns();
CellRows eventRows(const NodeDetail& detail, std::int64_t nowMs);
QVector<Column> factColumns();
CellRows factRows(const NodeDetail& detail, std::int64_t nowMs);

/// Reasons that no finding says already.
QStringList ownReasons(const NodeDetail& detail);

} // namespace busbar::views
