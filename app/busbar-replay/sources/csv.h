// Gzipped CSV of the recorded traces. A broken line is counted and skipped, never guessed; the first few are named. Blocks on disk.
#pragma once

#include "base/status.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace busbar::replay {

struct ReadReport {
    std::string file;
    std::int64_t rows = 0, broken = 0;
    std::vector<std::int64_t> firstBroken; ///< line numbers, at most 5

    /// "philly_jobs.csv.gz: 82247 rows, 3 broken lines skipped (lines 7, 9, 12)".
    std::string sentence() const;
};

using Row = std::vector<std::string_view>;

/// Calls `use` for each data row with the values of `columns` in that order; false from it, or a row of another width than the header, is a
/// broken line. The header must name all columns. At most 16 MiB a file, packed.
StatusOr<ReadReport> readCsv(const std::string& path, const std::vector<std::string>& columns, const std::function<bool(const Row&)>& use);

/// Whole-field number; false when it is none.
bool toNumber(std::string_view text, std::int64_t& value);
bool toNumber(std::string_view text, double& value);

} // namespace busbar::replay
