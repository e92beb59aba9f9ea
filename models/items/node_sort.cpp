#include "items/node_sort.h"

#include "items/metric_reader.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>

namespace busbar::items {
namespace {

using store::RowRef;

constexpr std::array kMetrics{Metric::gpuUtil, Metric::smActive, Metric::power};

/// Sorted here: the engine has no field with the cell's value.
bool sortedHere(NodeColumn column) { return column == NodeColumn::mark || column == NodeColumn::utilisation || column == NodeColumn::power || column == NodeColumn::age; }

/// Ascending keys, so that unknown ones (kLast) come last in either direction.
constexpr std::uint32_t kLast = UINT32_MAX;

/// Worst first: P1, P2, draining, P3, in work, then the rest.
std::uint32_t markKey(const NodeFacts& facts) {
    const int priority = priorityOf(facts);
    const bool draining = facts.service == Service::draining || facts.service == Service::closing;
    if (priority > 0 && priority < 3) return static_cast<std::uint32_t>(priority);
    if (draining) return 3;
    if (priority == 3) return 4;
    if (facts.state != NodeState::ready) return 5;
    return facts.occupancy == Occupancy::free ? 7 : 6;
}

/// Milli-units fit 32 bits: 100 %, 1,000 kW, 49 days.
std::uint32_t milliKey(bool known, double value) { return known ? static_cast<std::uint32_t>(std::min<std::int64_t>(std::llround(value * 1000), kLast - 1)) : kLast; }
std::uint32_t numberKey(const Measure& measure) { return milliKey(measure.any(), measure.value); }

class Keys {
public:
    Keys(const store::FleetSnapshot& fleet, std::int64_t nowWallMs, NodeColumn column) : m_column(column), m_nowWallMs(nowWallMs) {
        for (const store::SitePtr& site : fleet.sites) m_sites.push_back({site.get(), MetricReader(*site, kMetrics), store::stateAt(*site, nowWallMs) == store::SiteState::live});
    }
    std::uint32_t of(const RowRef& ref) const {
        const SiteNow& now = m_sites[ref.site];
        if (m_column == NodeColumn::age) {
            const std::int64_t ageMs = nodeAgeMs(*now.site, ref.row, m_nowWallMs);
            return milliKey(ageMs >= 0, static_cast<double>(ageMs) / 1000);
        }
        const NodeFacts facts = now.site->facts(ref.row);
        if (!now.live) return kLast;
        if (m_column == NodeColumn::mark) return markKey(facts);
        if (facts.link == Link::late || facts.link == Link::lost) return kLast;
        const std::uint32_t first = now.site->firstRow(ref.row);
        const int gpus = now.site->gpuCount(ref.row);
        return numberKey(m_column == NodeColumn::power ? powerOf(now.values, first, gpus) : utilisationOf(now.values, first, gpus));
    }

private:
    struct SiteNow {
        const store::SiteSnapshot* site;
        MetricReader values;
        bool live;
    };
    NodeColumn m_column;
    std::int64_t m_nowWallMs;
    std::vector<SiteNow> m_sites;
};

struct Keyed {
    std::uint32_t key;
    RowRef ref;
};

/// Stable, by bytes of the key; bytes that are the same in all keys are passed over.
void radixSort(std::vector<Keyed>& rows) {
    std::vector<Keyed> other(rows.size());
    for (int shift = 0; shift < 32; shift += 8) {
        std::array<std::uint32_t, 257> starts{};
        for (const Keyed& row : rows) ++starts[(row.key >> shift & 255) + 1];
        if (std::any_of(starts.begin(), starts.end(), [&](std::uint32_t count) { return count == rows.size(); })) continue;
        std::partial_sum(starts.begin(), starts.end(), starts.begin());
        for (const Keyed& row : rows) other[starts[row.key >> shift & 255]++] = row;
        rows.swap(other);
    }
}

void sortHere(std::vector<RowRef>& nodes, const NodeRequest& request, const NodeSort& sort, const std::atomic<bool>& cancel) {
    const Keys keys(*request.fleet, request.nowWallMs, sort.column);
    std::vector<Keyed> rows;
    rows.reserve(nodes.size());
    for (const RowRef& ref : nodes) {
        const std::uint32_t key = keys.of(ref);
        rows.push_back({key != kLast && sort.descending ? kLast - 1 - key : key, ref});
    }
    if (cancel) return;
    radixSort(rows);
    std::transform(rows.begin(), rows.end(), nodes.begin(), [](const Keyed& row) { return row.ref; });
}

std::string engineField(const std::optional<NodeSort>& sort) {
    if (!sort || sortedHere(sort->column)) return {};
    const std::string field(infoOf(sort->column).field);
    return field.empty() || !sort->descending ? field : "-" + field;
}

} // namespace

bool canSortBy(NodeColumn column) { return sortedHere(column) || !infoOf(column).field.empty(); }

NodeAnswer orderNodes(const NodeRequest& request, const std::atomic<bool>& cancel) {
    NodeAnswer answer{.fleet = request.fleet, .query = request.query, .asOfWallMs = request.nowWallMs};
    auto result = query::run(*request.fleet, *request.query, request.nowWallMs, engineField(request.sort), &cancel);
    if (!result.ok()) {
        answer.status = result.status();
        return answer;
    }
    answer.total = result->total;
    answer.unknown = result->unknown;
    answer.milliseconds = result->milliseconds;
    answer.groups = std::move(result->groups);
    auto order = std::make_shared<NodeOrder>(NodeOrder{std::move(result->nodes), epochsOf(*request.fleet)});
    const bool ownOrder = !query::shapeOf(*request.query).sortField.empty() || !answer.groups.empty();
    if (request.sort && sortedHere(request.sort->column) && !ownOrder) sortHere(order->nodes, request, *request.sort, cancel);
    answer.order = order;
    if (request.shown && !cancel) {
        answer.kept = request.shown;
        if (request.shown->epochs != order->epochs) answer.kept = std::make_shared<NodeOrder>(carriedOver(*request.shown, *request.shownFleet, *request.fleet));
        answer.change = changeBetween(*answer.kept, *order);
    }
    return answer;
}

} // namespace busbar::items
