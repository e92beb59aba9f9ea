#include "store/query/order.h"

#include "base/clock.h"
#include "store/query/evaluator_parts.h"

#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace busbar::query {
namespace {

/// Times are sorted by the second from 2020 on, so that they fit: the order of a moment's parts is nobody's question.
constexpr std::int64_t kKeyEpochMs = 1'577'836'800'000;

std::uint32_t keyOf(std::int64_t value) { return static_cast<std::uint32_t>(std::clamp<std::int64_t>(value, 0, kUnknownKey - 1)); }

constexpr std::string_view kSeveral = "several";

/// The lease all leased GPUs of the node are under.
struct NodeLease {
    const LeaseInfo* lease = nullptr;
    bool several = false;
};

NodeLease leaseOf(const SiteView& rows, std::uint32_t node) {
    NodeLease found;
    if (!rows.fresh()) return found;
    const GpuValues leases(rows, Metric::lease, node);
    std::int64_t last = 0;
    for (std::uint32_t gpu = 0; gpu < leases.size(); ++gpu) {
        const std::int64_t index = leases[gpu];
        if (index <= 0 || index == last) continue;
        const LeaseInfo* lease = rows.lease(static_cast<std::uint32_t>(index));
        found.several = found.several || (last != 0 && lease != found.lease);
        found.lease = lease;
        last = index;
    }
    return found;
}

std::string_view leaseText(const SiteView& rows, std::uint32_t node, FieldId id) {
    const NodeLease found = leaseOf(rows, node);
    if (!found.lease) return {};
    if (found.several) return kSeveral;
    return id == FieldId::lease ? found.lease->id : found.lease->tenant;
}

std::string_view textOf(const SiteView& rows, std::uint32_t node, const FieldInfo& field) {
    if (field.metric == Metric::lease) return leaseText(rows, node, field.id);
    return rows.text(field.id, node);
}

/// The largest known value of the node's GPUs; -1: none known.
std::int64_t largest(const SiteView& rows, std::uint32_t node, Metric metric) {
    std::int64_t value = -1;
    if (isStale(rows, node)) return value;
    const GpuValues values(rows, metric, node);
    for (std::uint32_t gpu = 0; gpu < values.size(); ++gpu) value = std::max(value, values[gpu]);
    return value;
}

/// Stable sort of what mostly is a few sorted runs, as names of sites one after the other are.
template <typename Before>
void mergeRuns(std::vector<std::uint32_t>& order, Before before) {
    std::vector<std::size_t> ends;
    for (std::size_t i = 1; i < order.size(); ++i)
        if (before(order[i], order[i - 1])) ends.push_back(i);
    if (ends.size() > order.size() / 16) {
        std::ranges::stable_sort(order, before);
        return;
    }
    ends.push_back(order.size());
    while (ends.size() > 1) {
        std::vector<std::size_t> merged;
        std::size_t begin = 0;
        for (std::size_t run = 0; run < ends.size(); run += 2) {
            const std::size_t end = ends[std::min(run + 1, ends.size() - 1)];
            const auto at = [&](std::size_t i) { return order.begin() + static_cast<std::ptrdiff_t>(i); };
            std::inplace_merge(at(begin), at(ends[run]), at(end), before);
            merged.push_back(begin = end);
        }
        ends.swap(merged);
    }
}

/// Keys by rank among the texts that occur. Texts of one place in memory are the same: few are compared.
std::vector<std::uint32_t> textKeys(std::span<const SiteView> sites, std::span<const store::RowRef> nodes, const FieldInfo& field) {
    absl::flat_hash_map<std::string_view, std::uint32_t> index;
    // A site has no name twice.
    const bool distinct = field.id == FieldId::node;
    std::vector<std::string_view> texts;
    std::vector<std::uint32_t> keys(nodes.size(), kUnknownKey);
    std::string_view last;
    std::uint32_t lastIndex = 0;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const std::string_view text = textOf(sites[nodes[i].site], nodes[i].row, field);
        if (text.empty()) continue;
        if (distinct) {
            lastIndex = static_cast<std::uint32_t>(texts.size());
            texts.push_back(text);
        } else if (text.data() != last.data() || text.size() != last.size()) {
            const auto [entry, fresh] = index.try_emplace(text, static_cast<std::uint32_t>(texts.size()));
            if (fresh) texts.push_back(text);
            last = text;
            lastIndex = entry->second;
        }
        keys[i] = lastIndex;
    }
    std::vector<std::uint32_t> order(texts.size()), rank(texts.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    mergeRuns(order, [&](std::uint32_t a, std::uint32_t b) { return compareNames(texts[a], texts[b]) < 0; });
    for (std::uint32_t i = 0; i < order.size(); ++i)
        rank[order[i]] = i > 0 && compareNames(texts[order[i - 1]], texts[order[i]]) == 0 ? rank[order[i - 1]] : i;
    for (std::uint32_t& key : keys)
        if (key != kUnknownKey) key = rank[key];
    return keys;
}

std::vector<std::uint32_t> rackKeys(std::span<const SiteView> sites, std::span<const store::RowRef> nodes) {
    std::vector<RackHealth> racks;
    for (const SiteView& site : sites) racks.emplace_back(site);
    std::vector<std::uint32_t> keys(nodes.size(), kUnknownKey);
    for (std::size_t i = 0; i < nodes.size(); ++i)
        if (const auto range = racks[nodes[i].site].of(nodes[i].row); range && sites[nodes[i].site].fresh()) keys[i] = keyOf(range->low);
    return keys;
}

bool isDigit(char c) { return c >= '0' && c <= '9'; }

} // namespace

int compareNames(std::string_view a, std::string_view b) {
    std::size_t i = 0, j = 0;
    while (i < a.size() && j < b.size()) {
        if (isDigit(a[i]) && isDigit(b[j])) {
            while (i + 1 < a.size() && a[i] == '0' && isDigit(a[i + 1])) ++i;
            while (j + 1 < b.size() && b[j] == '0' && isDigit(b[j + 1])) ++j;
            const std::size_t beginA = i, beginB = j;
            while (i < a.size() && isDigit(a[i])) ++i;
            while (j < b.size() && isDigit(b[j])) ++j;
            if (i - beginA != j - beginB) return i - beginA < j - beginB ? -1 : 1;
            if (const int order = a.substr(beginA, i - beginA).compare(b.substr(beginB, j - beginB)); order != 0) return order < 0 ? -1 : 1;
            continue;
        }
        const char left = lowerOf(a[i++]), right = lowerOf(b[j++]);
        if (left != right) return static_cast<unsigned char>(left) < static_cast<unsigned char>(right) ? -1 : 1;
    }
    return i < a.size() ? 1 : j < b.size() ? -1 : 0;
}

std::int64_t orderValue(const SiteView& rows, std::uint32_t node, const FieldInfo& field) {
    if (field.id == FieldId::gpuIndex) return rows.gpuCount(node) == 0 ? -1 : static_cast<std::int64_t>(rows.gpuCount(node)) - 1;
    if (field.id == FieldId::metric || field.id == FieldId::gpuState) return largest(rows, node, field.metric);
    if (field.id == FieldId::ends) {
        const NodeLease found = leaseOf(rows, node);
        return found.lease && found.lease->untilWallMs > 0 ? std::max<std::int64_t>(0, found.lease->untilWallMs - kKeyEpochMs) / 1000 : -1;
    }
    if (field.id == FieldId::source) return rows.source(node) == Source::unknown ? -1 : static_cast<std::int64_t>(rows.source(node));
    if (field.id == FieldId::stale) return isStale(rows, node) ? 1 : 0;
    if (!rows.fresh() && !isIdentity(field)) return -1;
    if (field.type == FieldType::set) {
        const int fact = factOf(field.id, rows.facts(node));
        return fact == field.unknown ? -1 : fact;
    }
    const std::optional<Rows::Range> range = nodeNumber(rows, field.id, node);
    if (!range) return -1;
    // "None" is no priority at all: after 1, 2 and 3.
    if (field.id == FieldId::prio && range->high == 0) return -1;
    return field.type == FieldType::duration ? range->high / 1000 : range->high;
}

std::vector<std::uint32_t> keysOf(std::span<const SiteView> sites, std::span<const store::RowRef> nodes, const FieldInfo& field) {
    if (field.textual()) return textKeys(sites, nodes, field);
    if (field.id == FieldId::rackHealthy) return rackKeys(sites, nodes);
    std::vector<std::uint32_t> keys(nodes.size(), kUnknownKey);
    for (std::size_t i = 0; i < nodes.size(); ++i)
        if (const std::int64_t value = orderValue(sites[nodes[i].site], nodes[i].row, field); value >= 0) keys[i] = keyOf(value);
    return keys;
}

void sortByKeys(std::vector<store::RowRef>& nodes, std::vector<std::uint32_t>& keys, bool descending) {
    constexpr std::uint32_t kBits = 11, kBuckets = 1u << kBits;
    if (descending)
        for (std::uint32_t& key : keys) key = key == kUnknownKey ? key : kUnknownKey - 1 - key;
    std::vector<store::RowRef> otherNodes(nodes.size());
    std::vector<std::uint32_t> otherKeys(keys.size());
    for (std::uint32_t shift = 0; shift < 32; shift += kBits) {
        std::array<std::uint32_t, kBuckets> starts{};
        for (const std::uint32_t key : keys) ++starts[key >> shift & (kBuckets - 1)];
        if (std::ranges::find(starts, keys.size()) != starts.end()) continue; // all the same here
        std::uint32_t sum = 0;
        for (std::uint32_t& start : starts) sum += std::exchange(start, sum);
        for (std::size_t i = 0; i < keys.size(); ++i) {
            const std::uint32_t to = starts[keys[i] >> shift & (kBuckets - 1)]++;
            otherKeys[to] = keys[i];
            otherNodes[to] = nodes[i];
        }
        keys.swap(otherKeys);
        nodes.swap(otherNodes);
    }
}

std::string valueText(const SiteView& rows, std::uint32_t node, const FieldInfo& field) {
    if (!rows.has(field)) return {};
    if (field.textual()) return std::string(textOf(rows, node, field));
    const std::int64_t value = orderValue(rows, node, field);
    if (value < 0) return {};
    if (!field.values.empty()) return wordOf(field.values[static_cast<std::size_t>(value)]);
    if (field.type == FieldType::duration) return fmt::format("{}s", value);
    if (field.type == FieldType::moment) {
        const std::string utc = formatUtc(kKeyEpochMs + value * 1000); // "2026-11-24 01:43:07 UTC"
        return utc.substr(0, 10) + "T" + utc.substr(11, 8);
    }
    return fmt::format("{}", value);
}

std::vector<Result::Group> groupsOf(std::span<const SiteView> sites, std::span<const store::RowRef> nodes, std::span<const std::uint32_t> keys, const FieldInfo& field) {
    std::vector<Result::Group> groups;
    for (std::uint32_t i = 0; i < nodes.size(); ++i) {
        if (i > 0 && keys[i] == keys[i - 1]) {
            ++groups.back().count;
            continue;
        }
        std::string label = keys[i] == kUnknownKey ? "?" : valueText(sites[nodes[i].site], nodes[i].row, field);
        groups.push_back({std::move(label), i, 1});
    }
    return groups;
}

} // namespace busbar::query
