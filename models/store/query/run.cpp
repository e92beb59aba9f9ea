// A query over sites: match, then the stages in their order.
#include "store/query/evaluator_parts.h"
#include "store/query/order.h"

#include <algorithm>
#include <chrono>
#include <memory>

namespace busbar::query {
namespace {

bool isCancelled(const std::atomic<bool>* cancel) { return cancel && cancel->load(std::memory_order_relaxed); }

class Run {
public:
    Run(std::vector<SiteView> sites, const Query& query, std::int64_t nowWallMs, const std::atomic<bool>* cancel)
        : m_sites(std::move(sites)), m_query(query), m_nowWallMs(nowWallMs), m_cancel(cancel) {}

    StatusOr<Result> run(const std::string& sortField, std::chrono::steady_clock::time_point start) {
        if (m_query.at) return absl::UnimplementedError(fmt::format("there is no record of the past to look into yet: leave out `at {}`", m_query.at->text));
        for (std::uint32_t site = 0; site < m_sites.size(); ++site) {
            collect(site);
            if (isCancelled(m_cancel)) return absl::CancelledError("the query was cancelled");
        }
        const bool sorts = std::ranges::any_of(m_query.stages, [](const Stage& stage) { return (stage.kind == Stage::Kind::sort || stage.kind == Stage::Kind::top) && !stage.fields.empty(); });
        if (!sorts && !sortField.empty())
            if (const Status status = sortAsAsked(sortField); !status.ok()) return status;
        for (const Stage& stage : m_query.stages) {
            apply(stage);
            if (isCancelled(m_cancel)) return absl::CancelledError("the query was cancelled");
        }
        m_result.milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
        return std::move(m_result);
    }

private:
    void collect(std::uint32_t site) {
        const std::vector<Outcome> outcomes = Evaluator(m_sites[site], m_nowWallMs, m_cancel).nodes(m_query.condition);
        m_result.total += outcomes.size();
        m_result.unknown += static_cast<std::uint64_t>(std::ranges::count(outcomes, Outcome::unknown));
        const auto yes = static_cast<std::size_t>(std::ranges::count(outcomes, Outcome::yes));
        m_result.nodes.reserve(m_result.nodes.size() + yes);
        for (std::uint32_t node = 0; node < outcomes.size(); ++node)
            if (outcomes[node] == Outcome::yes) m_result.nodes.push_back({site, node});
    }

    Status sortAsAsked(const std::string& sortField) {
        const bool descending = sortField.front() == '-';
        const FieldInfo* field = findField(std::string_view(sortField).substr(descending ? 1 : 0));
        if (!field) return invalid("no field is called '{}': the order is kept as it is", sortField);
        sort(*field, descending);
        return absl::OkStatus();
    }

    void sort(const FieldInfo& field, bool descending) {
        m_keys = keysOf(m_sites, m_result.nodes, field);
        sortByKeys(m_result.nodes, m_keys, descending);
    }

    void apply(const Stage& stage) {
        switch (stage.kind) {
        case Stage::Kind::sort: sort(*stage.fields.front(), stage.descending); break;
        case Stage::Kind::group:
            sort(*stage.fields.front(), false);
            m_group = &stage;
            break;
        case Stage::Kind::top: takeTop(stage); break;
        case Stage::Kind::cols: return;
        }
        // Groups are told of the final order only.
        if (&stage == lastMoving() && m_group) tellGroups();
    }

    const Stage* lastMoving() const {
        const Stage* last = nullptr;
        for (const Stage& stage : m_query.stages)
            if (stage.kind != Stage::Kind::cols) last = &stage;
        return last;
    }

    void takeTop(const Stage& stage) {
        if (!stage.fields.empty()) {
            sort(*stage.fields.front(), true);
            const auto known = static_cast<std::size_t>(std::ranges::find(m_keys, kUnknownKey) - m_keys.begin());
            m_result.unknown += m_result.nodes.size() - known;
            m_result.nodes.resize(known);
        }
        m_result.nodes.resize(std::min<std::size_t>(m_result.nodes.size(), stage.count));
    }

    /// A sort after the group stage orders within the groups.
    void tellGroups() {
        const FieldInfo& field = *m_group->fields.front();
        sort(field, false);
        m_result.groups = groupsOf(m_sites, m_result.nodes, m_keys, field);
    }

    const std::vector<SiteView> m_sites;
    const Query& m_query;
    const std::int64_t m_nowWallMs;
    const std::atomic<bool>* m_cancel;
    const Stage* m_group = nullptr;
    std::vector<std::uint32_t> m_keys;
    Result m_result;
};

} // namespace

std::vector<Outcome> matchNodes(const Rows& rows, const Query& query, std::int64_t nowWallMs, const std::atomic<bool>* cancel) {
    const SiteView view(rows);
    return Evaluator(view, nowWallMs, cancel).nodes(query.condition);
}

StatusOr<Result> runOver(std::span<const Rows* const> sites, const Query& query, std::int64_t nowWallMs, const std::string& sortField, const std::atomic<bool>* cancel) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<SiteView> views;
    views.reserve(sites.size());
    for (const Rows* site : sites) views.emplace_back(*site);
    return Run(std::move(views), query, nowWallMs, cancel).run(sortField, start);
}

StatusOr<Result> run(const store::FleetSnapshot& fleet, const Query& query, std::int64_t nowWallMs, const std::string& sortField, const std::atomic<bool>* cancel) {
    std::vector<SnapshotRows> rows;
    rows.reserve(fleet.sites.size());
    for (const store::SitePtr& site : fleet.sites) rows.emplace_back(*site, nowWallMs);
    std::vector<const Rows*> sites;
    for (const SnapshotRows& site : rows) sites.push_back(&site);
    StatusOr<Result> result = runOver(sites, query, nowWallMs, sortField, cancel);
    if (result.ok())
        for (const store::SitePtr& site : fleet.sites) result->sequenceOfSites.push_back(site->epoch());
    return result;
}

StatusOr<std::vector<std::vector<Outcome>>> match(const store::FleetSnapshot& fleet, const Query& query, std::int64_t nowWallMs, const std::atomic<bool>* cancel) {
    if (query.at) return absl::UnimplementedError(fmt::format("there is no record of the past to look into yet: leave out `at {}`", query.at->text));
    std::vector<std::vector<Outcome>> outcomes;
    for (const store::SitePtr& site : fleet.sites) outcomes.push_back(matchNodes(SnapshotRows(*site, nowWallMs), query, nowWallMs, cancel));
    if (isCancelled(cancel)) return absl::CancelledError("the query was cancelled");
    return outcomes;
}

} // namespace busbar::query
