// What a burn-in's figures are held against (design/health.md §5): resources/thresholds.toml, embedded, with a site's own rows over it; and
// the bars that hold for every model. Immutable once made; read by any thread.
#pragma once

#include "base/status.h"
#include "domain/action.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace busbar::controller {

class Thresholds {
public:
    /// The embedded rows; they were checked by the build's tests.
    static std::shared_ptr<const Thresholds> builtIn();
    /// With the rows of a site's own file (`threshold` list) in place of those of the same check and model.
    static StatusOr<std::shared_ptr<const Thresholds>> withSiteFile(const std::string& path);

    /// Puts rule, threshold and source to each figure that has a row; the others stay told only. `model` is the GPU's as NVML names it.
    void apply(const std::string& model, TestFigure& figure) const;

private:
    struct Row {
        std::string check, model, source, file;
        double value = 0;
    };
    Status add(std::string_view toml, const std::string& file);
    const Row* find(std::string_view check, const std::string& model) const;
    std::vector<Row> m_rows;
};

} // namespace busbar::controller
