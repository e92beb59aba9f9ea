// What a burn-in's figures are held against (design/health.md §5): resources/thresholds.toml, embedded, with a site's own rows over it; and
// the bars that hold for every model. A row counts for the GPUs whose name has all words of its model; of several the one with the most words.
// Immutable once made; read by any thread.
#pragma once

#include "base/status.h"
#include "domain/action.h"
#include "domain/metric.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace busbar::controller {

/// A value that a check is held against for the GPUs of a model.
struct ThresholdRow {
    std::string check, model, source, file;
    double value = 0;
};

/// The GPU that figures are of.
struct TestedGpu {
    std::string model;                   ///< as NVML names it
    std::int64_t powerLimitW = kNotRead; ///< the limit that is enforced; below 0: not known
};

class Thresholds {
public:
    /// The embedded rows; they were checked by the build's tests.
    static std::shared_ptr<const Thresholds> builtIn();
    /// With the rows of a site's own file (lists `threshold` and `peak`, at least one) in place of those of the same check and model.
    static StatusOr<std::shared_ptr<const Thresholds>> withSiteFile(const std::string& path);

    /// Puts rule, threshold and source to each figure that has a row; the others stay told only. A rate above what its model can do fails by
    /// that, whatever its own row asks for. Power is judged only where the GPU's limit allows what the row names.
    void apply(const TestedGpu& gpu, TestFigure& figure) const;

private:
    Status add(std::string_view toml, const std::string& file);
    void put(ThresholdRow row);
    const ThresholdRow* find(std::string_view check, const std::string& model) const;
    std::vector<ThresholdRow> m_rows;
};

} // namespace busbar::controller
