#include "store/site_tally.h"

#include "store/raw_values.h"

#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace busbar::store {
namespace {

/// Events of one text within this time are one happening.
constexpr std::int64_t kFoldMs = 60'000;

/// Two columns of a site, chunk by chunk.
class GpuColumns {
public:
    explicit GpuColumns(const SiteSnapshot& site) {
        for (std::uint32_t chunk = 0; chunk * kChunkRows < site.rowCount(); ++chunk) {
            m_health.push_back(site.chunk(Metric::health, chunk));
            m_occupancy.push_back(site.chunk(Metric::occupancy, chunk));
        }
    }
    Health health(std::uint32_t row) const { return static_cast<Health>(at(m_health, row)); }
    Occupancy occupancy(std::uint32_t row) const { return static_cast<Occupancy>(at(m_occupancy, row)); }

private:
    using Spans = std::vector<std::span<const std::byte>>;
    /// A row without a column is not read: unknown.
    static std::byte at(const Spans& spans, std::uint32_t row) {
        const auto& span = spans[row / kChunkRows];
        return row % kChunkRows < span.size() ? span[row % kChunkRows] : std::byte{kRawNotRead<std::uint8_t>};
    }
    Spans m_health, m_occupancy;
};

class SiteReader {
public:
    SiteReader(const SiteSnapshot& site, SiteTally& tally) : m_site(site), m_tally(tally), m_columns(site) {}

    void readNodes() {
        for (std::uint32_t node = 0; node < m_site.nodeCount(); ++node) {
            const NodeFacts facts = m_site.facts(node);
            const int priority = priorityOf(facts);
            ++m_tally.priority[static_cast<std::size_t>(priority)];
            if (priority == 1 || priority == 2) m_urgent.push_back({node, priority});
            readGpus(node, facts);
        }
        finishModels();
        finishUrgent();
    }

private:
    struct Block {
        std::string_view place;
        std::size_t model = 0;
        bool operator==(const Block&) const = default;
        template <typename H>
        friend H AbslHashValue(H h, const Block& block) { return H::combine(std::move(h), block.place, block.model); }
    };
    struct Urgent {
        std::uint32_t node;
        int priority;
    };

    void readGpus(std::uint32_t node, const NodeFacts& facts) {
        const std::uint32_t first = m_site.firstRow(node), gpus = static_cast<std::uint32_t>(m_site.gpuCount(node));
        if (gpus == 0) return;
        std::uint32_t seen = 0, free = 0;
        for (std::uint32_t row = first; row < first + gpus; ++row) {
            const auto standing = static_cast<std::size_t>(standingOf(facts, m_columns.health(row), m_columns.occupancy(row)));
            ++m_tally.standings[standing].gpus;
            seen |= 1u << standing;
            free += standing == static_cast<std::size_t>(Standing::free) ? 1 : 0;
        }
        for (; seen != 0; seen &= seen - 1) ++m_tally.standings[static_cast<std::size_t>(std::countr_zero(seen))].nodes;
        const std::size_t model = modelIndex(m_site.model(node));
        m_tally.models[model].installed += gpus;
        if (free == 0) return;
        m_tally.models[model].free += free;
        m_blocks[{placeOf(node), model}] += free;
    }

    std::string_view placeOf(std::uint32_t node) const {
        const std::string_view leaf = m_site.leaf(node);
        if (!leaf.empty()) return leaf;
        const std::string_view rack = m_site.rack(node);
        return rack.empty() ? m_site.nodeName(node) : rack;
    }

    std::size_t modelIndex(std::string_view model) {
        auto& models = m_tally.models; // a handful, and mostly the same as the last node's
        if (m_lastModel < models.size() && models[m_lastModel].model == model) return m_lastModel;
        const auto found = std::find_if(models.begin(), models.end(), [&](const ModelTally& known) { return known.model == model; });
        m_lastModel = static_cast<std::size_t>(found - models.begin());
        if (found == models.end()) models.push_back({.model = std::string(model)});
        return m_lastModel;
    }

    void finishModels() {
        for (const auto& [block, free] : m_blocks) {
            ModelTally& model = m_tally.models[block.model];
            for (std::size_t i = 0; i < kFitSizes.size(); ++i) model.fits[i] += free / kFitSizes[i];
            // Of equal blocks the first by name, so that the answer does not change from call to call.
            const bool better = free > model.largestBlock || (free == model.largestBlock && std::string_view(model.largestPlace) > block.place);
            if (!better) continue;
            model.largestBlock = free;
            model.largestPlace = block.place;
        }
    }

    void finishUrgent() {
        absl::flat_hash_map<std::string_view, const FleetEvent*> newest;
        for (const FleetEvent& event : m_site.events())
            if (event.severity >= 2) newest[event.nodeId] = &event;
        for (const Urgent& urgent : m_urgent) {
            UrgentNode node{.id = fmt::format("{}/{}", m_site.site(), m_site.nodeName(urgent.node)), .facts = m_site.facts(urgent.node), .priority = urgent.priority};
            if (node.facts.link == Link::lost) node.sinceWallMs = m_site.lastSeenWallMs(urgent.node);
            if (const auto found = newest.find(node.id); found != newest.end()) {
                node.event = found->second->text;
                if (node.facts.link != Link::lost) node.sinceWallMs = found->second->wallMs;
            }
            m_tally.urgent.push_back(std::move(node));
        }
        keepMostUrgent(m_tally.urgent);
    }

    const SiteSnapshot& m_site;
    SiteTally& m_tally;
    const GpuColumns m_columns;
    std::vector<Urgent> m_urgent;
    absl::flat_hash_map<Block, std::uint32_t> m_blocks;
    std::size_t m_lastModel = 0;
};

/// Newest first while they are gathered: an older event joins a line that began at most a minute after it.
void readEvents(SiteTally& tally, const SiteSnapshot& site) {
    const auto& events = site.events();
    tally.events = static_cast<std::uint32_t>(events.size());
    for (auto event = events.rbegin(); event != events.rend(); ++event) {
        auto& lines = tally.happenings;
        const auto same = std::find_if(lines.begin(), lines.end(), [&](const Happening& line) {
            return line.text == event->text && line.kind == event->kind && line.severity == event->severity && line.wallMs - event->wallMs <= kFoldMs;
        });
        if (same != lines.end()) {
            ++same->count;
        } else if (lines.size() < kShownHappenings) {
            lines.push_back({.wallMs = event->wallMs, .site = site.site(), .nodeId = event->nodeId, .kind = event->kind, .severity = event->severity, .text = event->text});
        }
    }
    std::reverse(tally.happenings.begin(), tally.happenings.end());
}

/// A silent site is something that happened too.
void addSilence(SiteTally& tally, const SiteSnapshot& site, SiteState state) {
    if ((state != SiteState::stale && state != SiteState::lost) || site.receivedWallMs() == 0) return;
    tally.happenings.push_back({.wallMs = site.receivedWallMs(), .site = site.site(), .kind = EventKind::link, .severity = 2,
                                .text = "no word from the site"});
    keepNewest(tally.happenings);
}

} // namespace

static_assert(kStandings <= 32, "a node's standings are bits of one word");

void keepMostUrgent(std::vector<UrgentNode>& nodes) {
    const auto worse = [](const UrgentNode& a, const UrgentNode& b) {
        if (a.priority != b.priority) return a.priority < b.priority;
        if (a.sinceWallMs != b.sinceWallMs) return a.sinceWallMs > b.sinceWallMs;
        return a.id < b.id;
    };
    const auto middle = nodes.begin() + static_cast<std::ptrdiff_t>(std::min(nodes.size(), kShownUrgent));
    std::partial_sort(nodes.begin(), middle, nodes.end(), worse);
    nodes.erase(middle, nodes.end());
}

void keepNewest(std::vector<Happening>& happenings) {
    std::stable_sort(happenings.begin(), happenings.end(), [](const Happening& a, const Happening& b) { return a.wallMs < b.wallMs; });
    if (happenings.size() > kShownHappenings) happenings.erase(happenings.begin(), happenings.end() - static_cast<std::ptrdiff_t>(kShownHappenings));
}

SiteTallyPtr tallyOf(const SiteSnapshot& site, SiteState state) {
    auto tally = std::make_shared<SiteTally>();
    tally->site = site.site();
    tally->live = state == SiteState::live;
    readEvents(*tally, site);
    if (tally->live) {
        SiteReader(site, *tally).readNodes();
    } else {
        tally->standings[static_cast<std::size_t>(Standing::siteUnknown)] = {site.rowCount(), site.nodeCount()};
        addSilence(*tally, site, state);
    }
    return tally;
}

} // namespace busbar::store
