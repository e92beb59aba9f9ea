// Conditions: tests of GPU slots, over columns as they lie in memory.
#include "store/query/evaluator.h"
#include "store/query/evaluator_parts.h"
#include "store/raw_values.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

namespace busbar::query {
namespace {

/// The interval cut to what the width can hold; false: nothing of it is left.
template <typename Raw>
bool cut(const Interval& interval, Raw& low, Raw& high) {
    constexpr auto top = static_cast<std::uint64_t>(store::kRawNotRead<Raw>) - 1;
    if (interval.high < 0 || (interval.low > 0 && static_cast<std::uint64_t>(interval.low) > top)) return false;
    low = static_cast<Raw>(std::max<std::int64_t>(0, interval.low));
    high = static_cast<Raw>(std::min<std::uint64_t>(static_cast<std::uint64_t>(interval.high), top));
    return true;
}

/// No branch in the loops: the compiler makes vector code of them.
template <typename Raw>
void scan(std::span<const std::byte> bytes, std::span<const Interval> intervals, Outcome* out) {
    const std::size_t count = bytes.size() / sizeof(Raw);
    const auto* values = reinterpret_cast<const unsigned char*>(bytes.data());
    const auto load = [&](std::size_t i) {
        Raw raw;
        std::memcpy(&raw, values + i * sizeof(Raw), sizeof(Raw));
        return raw;
    };
    for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<Outcome>(load(i) >= store::kRawNotRead<Raw>);
    for (const Interval& interval : intervals) {
        Raw low{}, high{};
        if (!cut(interval, low, high)) continue;
        const auto width = static_cast<Raw>(high - low);
        for (std::size_t i = 0; i < count; ++i) {
            const bool inside = static_cast<Raw>(load(i) - low) <= width;
            out[i] = static_cast<Outcome>(static_cast<unsigned char>(out[i]) | static_cast<unsigned char>(inside ? 2 : 0));
        }
    }
}

} // namespace

void Evaluator::forgetStaleNodes(Outcomes& gpus, Outcome as) {
    for (std::uint32_t node = 0; node < m_rows.nodeCount(); ++node)
        if (m_rows.facts(node).link != Link::connected) std::fill_n(gpus.begin() + m_rows.firstRow(node), m_rows.gpuCount(node), as);
}

Outcomes Evaluator::metricTest(Metric metric, std::span<const Interval> intervals) {
    Outcomes outcomes(m_rows.rowCount(), Outcome::unknown);
    for (std::uint32_t first = 0; first < outcomes.size() && !cancelled(); first += store::kChunkRows) {
        const std::span<const std::byte> bytes = m_rows.chunk(metric, first / store::kChunkRows);
        if (!bytes.empty()) {
            store::withRawType(infoOf(metric).wireBytes, [&](auto raw) { scan<decltype(raw)>(bytes, intervals, outcomes.data() + first); });
            continue;
        }
        const auto last = std::min<std::uint32_t>(first + store::kChunkRows, static_cast<std::uint32_t>(outcomes.size()));
        for (std::uint32_t row = first; row < last; ++row)
            if (const std::int64_t value = m_rows.value(metric, row); value >= 0) outcomes[row] = outcomeOfRange(intervals, value, value);
    }
    forgetStaleNodes(outcomes, Outcome::unknown);
    return outcomes;
}

Outcomes Evaluator::gpuSetTest(Metric metric, const Test& test) {
    const std::vector<Outcome> table = setOutcomes(test);
    const Outcome missing = table[static_cast<std::size_t>(test.field->unknown)];
    if (!m_rows.fresh()) return Outcomes(m_rows.rowCount(), missing);
    Outcomes outcomes(m_rows.rowCount(), missing);
    std::array<Outcome, 256> byValue;
    byValue.fill(missing);
    std::ranges::copy(table, byValue.begin());
    for (std::uint32_t first = 0; first < outcomes.size() && !cancelled(); first += store::kChunkRows) {
        const std::span<const std::byte> bytes = m_rows.chunk(metric, first / store::kChunkRows);
        for (std::size_t i = 0; i < bytes.size(); ++i) outcomes[first + i] = byValue[static_cast<std::size_t>(bytes[i])];
    }
    // The controller sets occupancy itself, whatever the agent does.
    if (metric == Metric::health) forgetStaleNodes(outcomes, missing);
    return outcomes;
}

Outcomes Evaluator::gpuIndexTest(std::span<const Interval> intervals) {
    Outcomes outcomes(m_rows.rowCount(), Outcome::unknown);
    for (std::uint32_t node = 0; node < m_rows.nodeCount(); ++node)
        for (std::uint32_t gpu = 0; gpu < m_rows.gpuCount(node); ++gpu) outcomes[m_rows.firstRow(node) + gpu] = outcomeOfRange(intervals, gpu, gpu);
    return outcomes;
}

Outcomes Evaluator::leaseTest(const std::function<Outcome(const LeaseInfo*)>& judge) {
    Outcomes outcomes(m_rows.rowCount(), Outcome::unknown);
    if (!m_rows.fresh()) return outcomes;
    const Outcome none = judge(nullptr);
    absl::flat_hash_map<std::uint32_t, Outcome> known;
    std::uint32_t last = 0;
    Outcome lastOutcome = none;
    for (std::uint32_t first = 0; first < outcomes.size() && !cancelled(); first += store::kChunkRows) {
        const std::span<const std::byte> bytes = m_rows.chunk(Metric::lease, first / store::kChunkRows);
        for (std::size_t i = 0; i < bytes.size() / sizeof(std::uint32_t); ++i) {
            std::uint32_t index = 0;
            std::memcpy(&index, bytes.data() + i * sizeof(index), sizeof(index));
            if (index != last) {
                const auto [entry, fresh] = known.try_emplace(index, Outcome::unknown);
                if (fresh) {
                    const LeaseInfo* lease = index == 0 ? nullptr : m_rows.lease(index);
                    // An index that no lease is known for: under some lease, it is not said which.
                    entry->second = index == 0 ? none : lease ? judge(lease) : Outcome::unknown;
                }
                last = index;
                lastOutcome = entry->second;
            }
            outcomes[first + i] = lastOutcome;
        }
    }
    return outcomes;
}

std::function<Outcome(const LeaseInfo*)> Evaluator::leaseJudge(const Test& test) const {
    if (test.field->id == FieldId::ends) {
        const bool present = test.items.front().kind == Item::Kind::glob;
        return [intervals = present ? std::vector<Interval>{Interval{}} : intervalsOf(test, m_nowWallMs)](const LeaseInfo* lease) {
            // No lease, or one without an end.
            if (!lease || lease->untilWallMs == 0) return Outcome::no;
            return outcomeOfRange(intervals, lease->untilWallMs, lease->untilWallMs);
        };
    }
    return [matches = TextMatch(test), tenant = test.field->id == FieldId::tenant](const LeaseInfo* lease) {
        if (!lease) return Outcome::no;
        const std::string& text = tenant ? lease->tenant : lease->id;
        return text.empty() ? Outcome::unknown : decided(matches(text));
    };
}

Outcomes Evaluator::gpuTest(const Test& test) {
    const FieldInfo& field = *test.field;
    const Metric metric = field.id == FieldId::health ? Metric::health : field.id == FieldId::occupancy ? Metric::occupancy : field.metric;
    Outcomes outcomes;
    if (!m_rows.has(field) || (!m_rows.fresh() && !isIdentity(field) && field.type != FieldType::set)) {
        outcomes.assign(m_rows.rowCount(), Outcome::unknown);
    } else if (metric == Metric::lease) {
        outcomes = leaseTest(leaseJudge(test));
    } else if (field.type == FieldType::set) {
        outcomes = gpuSetTest(metric, test);
    } else {
        const bool present = test.items.front().kind == Item::Kind::glob;
        const std::vector<Interval> intervals = present ? std::vector<Interval>{Interval{}} : intervalsOf(test, m_nowWallMs);
        outcomes = field.id == FieldId::gpuIndex ? gpuIndexTest(intervals) : metricTest(metric, intervals);
    }
    if (negated(test.op))
        for (Outcome& outcome : outcomes) outcome = opposite(outcome);
    return outcomes;
}

Outcomes Evaluator::gpuHas(const FieldInfo& field) {
    const Metric metric = field.id == FieldId::health ? Metric::health : field.id == FieldId::occupancy ? Metric::occupancy : field.metric;
    Outcomes outcomes(m_rows.rowCount(), Outcome::no);
    if (!m_rows.has(field) || (!m_rows.fresh() && !isIdentity(field))) return outcomes;
    if (field.id == FieldId::gpuIndex) return Outcomes(m_rows.rowCount(), Outcome::yes);
    if (metric == Metric::lease) {
        outcomes = leaseTest([&](const LeaseInfo* lease) {
            if (!lease) return Outcome::no;
            return decided(field.id == FieldId::lease || (field.id == FieldId::tenant ? !lease->tenant.empty() : lease->untilWallMs != 0));
        });
    } else if (field.type == FieldType::set) {
        Test test;
        test.field = &field;
        test.items.push_back({Item::Kind::glob, "*"});
        outcomes = gpuSetTest(metric, test);
    } else {
        // An XID of 0 is none.
        outcomes = metricTest(metric, std::array{Interval{metric == Metric::lastXid ? 1 : 0, INT64_MAX}});
    }
    for (Outcome& outcome : outcomes) outcome = decided(outcome == Outcome::yes);
    return outcomes;
}

} // namespace busbar::query
