// Values of the current result and how many nodes have them. Internal to models/store/query; one thread, one completion.
#pragma once

#include "store/query/evaluator.h"
#include "store/query/site_view.h"

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace busbar::query {

/// Fits of a typed word, best first (fitOf).
inline constexpr int kTopFit = 6, kPartFit = 3;

struct ValueCount {
    std::string text;
    std::int64_t count = 0;
    bool unknown = false;
    int number = -1; ///< in a closed set
};

class CompletionValues {
public:
    /// `rest` nullptr: all nodes.
    CompletionValues(const store::FleetSnapshot& fleet, const Query* rest, std::int64_t nowWallMs, const std::atomic<bool>* cancel);

    std::uint64_t total() const { return m_total; }
    /// Closed sets: every value in their order, the good ones first, unknown last. Others: the values there are, most frequent first.
    std::vector<ValueCount> countsOf(const FieldInfo& field) const;
    /// Nodes of the rest that pass `condition`; -1 when that is not valid.
    std::int64_t countOf(const std::string& condition, const SavedQueries& saved = {}) const;
    /// Canonical values that cut the known values of the field at their quarters and near their end.
    std::vector<std::string> markersOf(const FieldInfo& field) const;

private:
    bool cancelled() const { return m_cancel && m_cancel->load(std::memory_order_relaxed); }
    template <typename Call>
    void eachMatch(Call call) const;
    std::vector<ValueCount> countsOfSet(const FieldInfo& field) const;
    std::vector<ValueCount> countsOfText(const FieldInfo& field) const;

    std::vector<SnapshotRows> m_snapshots;
    std::vector<SiteView> m_sites;
    std::vector<Outcomes> m_matches;
    std::int64_t m_nowWallMs;
    const std::atomic<bool>* m_cancel;
    std::uint64_t m_total = 0;
};

} // namespace busbar::query
