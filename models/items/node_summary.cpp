#include "items/node_summary.h"

#include "items/metric_reader.h"
#include "items/node_values.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <unordered_set>

namespace busbar::items {
namespace {

using store::RowRef;
using store::SiteSnapshot;

constexpr std::array kMetrics{Metric::gpuUtil, Metric::smActive, Metric::power, Metric::temperature, Metric::lease};
/// Rows between two looks at the cancel flag.
constexpr std::size_t kCancelEvery = 8192;
/// Ages beyond this are the last bar.
constexpr double kOldestBarS = 7;

struct SiteNow {
    const SiteSnapshot* site;
    MetricReader values;
    bool live;
};

/// Gathers numbers into bars between given edges; numbers outside are in the outer bars.
void addToBars(ColumnSummary& column, double value) {
    const double place = (value - column.low) / (column.high - column.low) * kHistogramBars;
    ++column.bars[static_cast<std::size_t>(std::clamp(place, 0.0, kHistogramBars - 1.0))];
}

/// Words are told apart by their text; a pointer seen last is known to be the same text.
class WordCounter {
public:
    void add(std::string_view word) {
        if (word.data() != m_last.data() || word.size() != m_last.size()) {
            m_last = word;
            m_slot = &m_counts[word];
        }
        ++*m_slot;
    }
    std::size_t size() const { return m_counts.size(); }
    std::vector<std::pair<std::string, std::uint32_t>> shares() const {
        std::vector<std::pair<std::string, std::uint32_t>> sorted;
        for (const auto& [word, count] : m_counts) sorted.emplace_back(word, count);
        std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second != b.second ? a.second > b.second : a.first < b.first; });
        if (sorted.size() <= kMaxShares) return sorted;
        std::uint32_t rest = 0;
        for (std::size_t i = kMaxShares; i < sorted.size(); ++i) rest += sorted[i].second;
        sorted.resize(kMaxShares);
        sorted.emplace_back("", rest);
        return sorted;
    }

private:
    std::unordered_map<std::string_view, std::uint32_t> m_counts;
    std::string_view m_last;
    std::uint32_t* m_slot = nullptr;
};

/// Columns whose words come one a node.
constexpr std::array kWordColumns{NodeColumn::site, NodeColumn::source, NodeColumn::model, NodeColumn::state, NodeColumn::service, NodeColumn::occupancy, NodeColumn::health, NodeColumn::link,
                                  NodeColumn::leaf, NodeColumn::hall, NodeColumn::row, NodeColumn::rack, NodeColumn::pdu, NodeColumn::driver};

class Summing {
public:
    Summing(NodeSummary& summary, const std::vector<SiteNow>& sites, std::int64_t nowWallMs, std::size_t rows) : m_summary(summary), m_sites(sites), m_nowWallMs(nowWallMs) {
        edges(NodeColumn::utilisation, 0, 100);
        edges(NodeColumn::temperature, 20, 90);
        edges(NodeColumn::age, 0, kOldestBarS);
        m_powers.reserve(rows);
    }

    void add(const RowRef& ref) {
        const SiteNow& now = m_sites[ref.site];
        const SiteSnapshot& site = *now.site;
        const NodeFacts facts = site.facts(ref.row);
        m_summary.gpus += static_cast<std::uint64_t>(site.gpuCount(ref.row));
        for (std::size_t i = 0; i < kWordColumns.size(); ++i) {
            const std::string_view word = columnWord(kWordColumns[i], site, ref.row, facts);
            if (word.empty()) ++of(kWordColumns[i]).unknown;
            else m_words[i].add(word);
        }
        addNumbers(now, ref.row, facts);
        addLeases(now, ref);
    }

    void finish(std::size_t rows) {
        of(NodeColumn::node).distinct = static_cast<std::uint32_t>(rows);
        for (std::size_t i = 0; i < kWordColumns.size(); ++i) {
            ColumnSummary& column = of(kWordColumns[i]);
            column.distinct = static_cast<std::uint32_t>(m_words[i].size());
            if (infoOf(kWordColumns[i]).chart == ColumnChart::shares) column.shares = m_words[i].shares();
        }
        of(NodeColumn::lease).distinct = static_cast<std::uint32_t>(m_leases.size());
        of(NodeColumn::tenant).distinct = static_cast<std::uint32_t>(m_tenants.size());
        const double largest = m_powers.empty() ? 0 : *std::max_element(m_powers.begin(), m_powers.end());
        edges(NodeColumn::power, 0, std::max(1.0, std::ceil(largest)));
        for (const float power : m_powers) addToBars(of(NodeColumn::power), power);
    }

private:
    ColumnSummary& of(NodeColumn column) { return m_summary.columns[static_cast<std::size_t>(column)]; }
    void edges(NodeColumn column, double low, double high) { of(column).low = low, of(column).high = high; }

    void addNumbers(const SiteNow& now, std::uint32_t node, const NodeFacts& facts) {
        const std::int64_t ageMs = nodeAgeMs(*now.site, node, m_nowWallMs);
        if (ageMs < 0) ++of(NodeColumn::age).unknown;
        else addToBars(of(NodeColumn::age), static_cast<double>(ageMs) / 1000);
        const bool stale = !now.live || facts.link == Link::late || facts.link == Link::lost;
        const std::uint32_t first = now.site->firstRow(node);
        const int gpus = stale ? 0 : now.site->gpuCount(node);
        const Measure utilisation = utilisationOf(now.values, first, gpus), temperature = temperatureOf(now.values, first, gpus), power = powerOf(now.values, first, gpus);
        utilisation.any() ? addToBars(of(NodeColumn::utilisation), utilisation.value) : void(++of(NodeColumn::utilisation).unknown);
        temperature.any() ? addToBars(of(NodeColumn::temperature), temperature.value) : void(++of(NodeColumn::temperature).unknown);
        power.any() ? m_powers.push_back(static_cast<float>(power.value)) : void(++of(NodeColumn::power).unknown);
    }

    void addLeases(const SiteNow& now, const RowRef& ref) {
        const std::uint32_t first = now.site->firstRow(ref.row);
        std::int64_t last = 0;
        for (std::uint32_t row = first; row < first + static_cast<std::uint32_t>(now.site->gpuCount(ref.row)); ++row) {
            const std::int64_t index = now.values(Metric::lease, row);
            if (index <= 0 || index == last) continue;
            last = index;
            if (!m_leases.insert(std::uint64_t{ref.site} << 32 | static_cast<std::uint64_t>(index)).second) continue;
            if (const LeaseInfo* lease = now.site->lease(static_cast<std::uint32_t>(index))) m_tenants.insert(lease->tenant);
        }
    }

    NodeSummary& m_summary;
    const std::vector<SiteNow>& m_sites;
    const std::int64_t m_nowWallMs;
    std::array<WordCounter, kWordColumns.size()> m_words;
    std::unordered_set<std::uint64_t> m_leases;
    std::unordered_set<std::string_view> m_tenants;
    std::vector<float> m_powers;
};

/// Of all nodes of the site, whether they are in the result or not.
RackClasses rackClassesOf(const SiteSnapshot& site) {
    RackClasses racks;
    std::string_view last;
    RackClass* rack = nullptr;
    for (std::uint32_t node = 0; node < site.nodeCount(); ++node) {
        const std::string_view name = site.rack(node);
        if (name.empty()) continue;
        if (rack == nullptr || name.data() != last.data()) rack = &racks[name];
        last = name;
        ++rack->nodes;
        const Health health = site.facts(node).health;
        if (health == Health::ok || health == Health::watch) ++rack->healthy;
    }
    return racks;
}

std::vector<MarkBin> marksOf(const std::vector<SiteNow>& sites, const NodeOrder& shown) {
    const std::size_t rows = shown.nodes.size();
    std::vector<MarkBin> marks(std::min(rows, kMarkBins));
    for (std::size_t row = 0; row < rows; ++row) {
        const RowRef& ref = shown.nodes[row];
        const int priority = sites[ref.site].live ? priorityOf(sites[ref.site].site->facts(ref.row)) : 0;
        if (priority == 0) continue;
        MarkBin& bin = marks[row * marks.size() / rows];
        if (bin.priority == 0 || priority < bin.priority) bin = {static_cast<std::uint8_t>(priority), static_cast<std::uint32_t>(row)};
    }
    return marks;
}

} // namespace

NodeSummaryPtr summaryOf(const store::FleetPtr& fleet, const NodeOrder& order, const NodeOrder& shown, std::int64_t nowWallMs, const std::atomic<bool>& cancel) {
    auto summary = std::make_shared<NodeSummary>();
    summary->fleet = fleet;
    std::vector<SiteNow> sites;
    for (const store::SitePtr& site : fleet->sites) {
        sites.push_back({site.get(), MetricReader(*site, kMetrics), store::stateAt(*site, nowWallMs) == store::SiteState::live});
        summary->racks.push_back(rackClassesOf(*site));
        if (cancel) return nullptr;
    }
    const std::size_t rows = order.nodes.size();
    Summing summing(*summary, sites, nowWallMs, rows);
    for (std::size_t place = 0; place < rows; ++place) {
        if (place % kCancelEvery == 0 && cancel) return nullptr;
        summing.add(order.nodes[place]);
    }
    summing.finish(rows);
    summary->marks = marksOf(sites, shown);
    return summary;
}

} // namespace busbar::items
