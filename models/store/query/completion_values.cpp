#include "store/query/completion_values.h"

#include "store/query/evaluator_parts.h"
#include "store/query/order.h"
#include "store/query/values.h"

#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace busbar::query {
namespace {

/// Values of a text field that are ranked; the rest of a site's thousands of racks is found by typing on.
constexpr std::size_t kMaxValues = 4096;

/// Number of the value of a set or flag; the set's unknown when not known.
int setValue(const SiteView& rows, std::uint32_t node, const FieldInfo& field) {
    if (field.id == FieldId::stale) return isStale(rows, node) ? 1 : 0;
    if (field.id == FieldId::source) return static_cast<int>(rows.source(node));
    return rows.fresh() ? factOf(field.id, rows.facts(node)) : field.unknown;
}

/// Calls `call` once for each different lease of the node.
template <typename Call>
void eachLease(const SiteView& rows, std::uint32_t node, Call call) {
    std::array<std::int64_t, kMaxGpusPerNode> seen{};
    std::size_t count = 0;
    if (!rows.fresh()) return;
    const GpuValues leases(rows, Metric::lease, node);
    for (std::uint32_t gpu = 0; gpu < leases.size(); ++gpu) {
        const std::int64_t index = leases[gpu];
        if (index <= 0 || std::find(seen.begin(), seen.begin() + count, index) != seen.begin() + count || count == seen.size()) continue;
        seen[count++] = index;
        if (const LeaseInfo* lease = rows.lease(static_cast<std::uint32_t>(index))) call(*lease);
    }
}

} // namespace

CompletionValues::CompletionValues(const store::FleetSnapshot& fleet, const Query* rest, std::int64_t nowWallMs, const std::atomic<bool>* cancel)
    : m_nowWallMs(nowWallMs), m_cancel(cancel) {
    m_snapshots.reserve(fleet.sites.size());
    for (const store::SitePtr& site : fleet.sites) m_sites.emplace_back(m_snapshots.emplace_back(*site, nowWallMs));
    const Query all;
    for (const SiteView& site : m_sites) {
        m_matches.push_back(Evaluator(site, nowWallMs, cancel).nodes((rest ? *rest : all).condition));
        m_total += static_cast<std::uint64_t>(std::ranges::count(m_matches.back(), Outcome::yes));
    }
}

template <typename Call>
void CompletionValues::eachMatch(Call call) const {
    for (std::size_t site = 0; site < m_sites.size() && !cancelled(); ++site)
        for (std::uint32_t node = 0; node < m_matches[site].size(); ++node)
            if (m_matches[site][node] == Outcome::yes) call(m_sites[site], node);
}

std::vector<ValueCount> CompletionValues::countsOf(const FieldInfo& field) const {
    if (!SnapshotRows::consoleHas(field)) return {};
    return field.values.empty() ? countsOfText(field) : countsOfSet(field);
}

std::vector<ValueCount> CompletionValues::countsOfSet(const FieldInfo& field) const {
    std::vector<ValueCount> counts;
    const int unknown = field.unknown;
    for (std::size_t i = 0; i < field.values.size(); ++i) counts.push_back({wordOf(field.values[i]), 0, static_cast<int>(i) == unknown, static_cast<int>(i)});
    if (field.perGpu()) {
        for (ValueCount& value : counts) value.count = countOf(field.name + ":" + value.text);
    } else {
        eachMatch([&](const SiteView& rows, std::uint32_t node) {
            const auto number = static_cast<std::size_t>(setValue(rows, node, field));
            if (number < counts.size()) ++counts[number].count;
        });
    }
    std::ranges::stable_partition(counts, [](const ValueCount& value) { return !value.unknown; });
    return counts;
}

std::vector<ValueCount> CompletionValues::countsOfText(const FieldInfo& field) const {
    absl::flat_hash_map<std::string_view, std::int64_t> found;
    std::string_view last;
    std::int64_t* lastCount = nullptr;
    const auto note = [&](std::string_view text) {
        if (text.empty()) return;
        // Texts of one place in memory are the same; the map is asked when the place changes.
        if (!lastCount || text.data() != last.data() || text.size() != last.size()) {
            lastCount = &found[text];
            last = text;
        }
        ++*lastCount;
    };
    eachMatch([&](const SiteView& rows, std::uint32_t node) {
        if (field.metric == Metric::lease) eachLease(rows, node, [&](const LeaseInfo& lease) { note(field.id == FieldId::lease ? lease.id : lease.tenant); });
        else note(rows.text(field.id, node));
    });
    std::vector<std::pair<std::string_view, std::int64_t>> order(found.begin(), found.end());
    std::ranges::sort(order, [](const auto& a, const auto& b) { return a.second != b.second ? a.second > b.second : compareNames(a.first, b.first) < 0; });
    std::vector<ValueCount> counts;
    for (const auto& [text, count] : order)
        if (counts.size() < kMaxValues) counts.push_back({std::string(text), count});
    return counts;
}

std::int64_t CompletionValues::countOf(const std::string& condition, const SavedQueries& saved) const {
    const Parsed parsed = parse(condition, saved);
    if (!parsed.query || cancelled()) return -1;
    std::int64_t count = 0;
    for (std::size_t site = 0; site < m_sites.size(); ++site) {
        const Outcomes own = Evaluator(m_sites[site], m_nowWallMs, m_cancel).nodes(parsed.query->condition);
        for (std::size_t node = 0; node < own.size(); ++node) count += own[node] == Outcome::yes && m_matches[site][node] == Outcome::yes ? 1 : 0;
    }
    return count;
}

std::vector<std::string> CompletionValues::markersOf(const FieldInfo& field) const {
    if (field.type == FieldType::duration) return {"15m", "6h", "2d", "14d"};
    if (field.type == FieldType::moment) return {"1d", "7d", "14d", "30d"};
    std::vector<std::int64_t> known;
    if (field.id == FieldId::rackHealthy) return {"1", "2", "4", "8", "16", "18"};
    eachMatch([&](const SiteView& rows, std::uint32_t node) {
        if (const std::int64_t value = orderValue(rows, node, field); value >= 0) known.push_back(value);
    });
    std::vector<std::string> markers;
    for (const std::size_t percent : {0, 25, 50, 75, 90, 99, 100}) {
        if (known.empty()) break;
        const auto place = known.begin() + static_cast<std::ptrdiff_t>((known.size() - 1) * percent / 100);
        std::ranges::nth_element(known, place);
        std::string text = fmt::format("{}{}", *place, unitOf(field.dimension));
        if (std::ranges::find(markers, text) == markers.end()) markers.push_back(std::move(text));
    }
    return markers;
}

} // namespace busbar::query
