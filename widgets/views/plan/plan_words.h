// What the plan dialog says of a request and its plan beside the figures. Pure functions.
#pragma once

#include "domain/action.h"

#include <QString>
#include <QStringList>

namespace busbar::views {

/// "live", "3 live, 31 simulated": the sources of all targets.
QString sourcesText(const Plan& plan);
/// What stands in place of the effects before there is a plan.
QString beforeText(const PlanRequest& request);
/// "Drain 34 of 37 nodes", "Swap n1 for n2"; before there is a plan (nullptr) what was asked for.
QString planTitle(const PlanRequest& request, const Plan* plan);

/// Ids of what would run; where nothing would, or nothing is planned yet, of what was asked for.
QStringList nodesOnShow(const PlanRequest& request, const Plan* plan);

} // namespace busbar::views
