#include "busbar-controller/health/xid_judge.h"

#include "domain/xid_figure.h"

#include <algorithm>

namespace busbar::controller {

void judgeXid(const HealthTables& tables, TestFigure& figure) {
    const auto xid = parseXidFigure(figure.name);
    if (!xid) return;
    const XidRow* const row = tables.xid(xid->code);
    const int responseClass = row == nullptr ? 0 : xid->fatal ? std::max(row->responseClass, row->fatalClass) : row->responseClass;
    if (row != nullptr && responseClass == 0 && row->health == Health::ok) return;
    figure.rule = TestFigure::Rule::atMost;
    figure.threshold = 0;
    figure.thresholdSource = row == nullptr ? fmt::format("{} has no row for it", kXidFile) : fmt::format("{}: {}, class {}", row->file, row->meaning, responseClass);
}

} // namespace busbar::controller
