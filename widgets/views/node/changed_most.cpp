#include "widgets/views/node/changed_most.h"

#include <algorithm>
#include <cmath>

namespace busbar::views {

std::vector<MetricChange> changedMost(const items::NodeHistory& history, std::int64_t fromMs, std::int64_t untilMs, std::int64_t reachMs) {
    std::vector<MetricChange> changes;
    for (const Metric metric : items::kTracedMetrics) {
        const auto within = history.over(-1, metric, fromMs, untilMs);
        const auto before = history.over(-1, metric, std::max(reachMs, fromMs - kCompareMs), fromMs);
        if (!within || !before) continue;
        changes.push_back({metric, before->mean, within->mean, (within->mean - before->mean) / std::max(1.0, before->mean) * 100});
    }
    std::stable_sort(changes.begin(), changes.end(),
                     [](const MetricChange& a, const MetricChange& b) { return std::abs(a.percent) > std::abs(b.percent); });
    return changes;
}

} // namespace busbar::views
