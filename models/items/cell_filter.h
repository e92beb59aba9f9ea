// From a cell to the query that filters by it: canonical text, the same that a person would type. Pure functions, any thread.
#pragma once

#include "items/node_values.h"

#include <optional>
#include <string>

namespace busbar::items {

struct CellTerm {
    std::string filter;  ///< "health:degraded", "gpu.temp>=69C"
    std::string exclude; ///< "-health:degraded"
};
/// nullopt: no field of the query language says what the cell shows, or its value is not known.
std::optional<CellTerm> termOfCell(NodeColumn column, const NodeAt& at);

} // namespace busbar::items
