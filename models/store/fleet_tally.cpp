#include "store/fleet_tally.h"

#include "store/site_tally.h"

#include <algorithm>
#include <map>

namespace busbar::store {
namespace {

void addModels(std::vector<ModelTally>& to, const std::vector<ModelTally>& from) {
    for (const ModelTally& model : from) {
        auto found = std::find_if(to.begin(), to.end(), [&](const ModelTally& known) { return known.model == model.model; });
        if (found == to.end()) {
            to.push_back(model);
            continue;
        }
        found->installed += model.installed;
        found->free += model.free;
        for (std::size_t i = 0; i < kFitSizes.size(); ++i) found->fits[i] += model.fits[i];
        if (model.largestBlock > found->largestBlock) {
            found->largestBlock = model.largestBlock;
            found->largestPlace = model.largestPlace;
        }
    }
}

void addPart(TallyPart& to, const TallyPart& from) {
    for (std::size_t i = 0; i < kStandings; ++i) {
        to.standings[i].gpus += from.standings[i].gpus;
        to.standings[i].nodes += from.standings[i].nodes;
    }
    for (std::size_t i = 0; i < to.priority.size(); ++i) to.priority[i] += from.priority[i];
    addModels(to.models, from.models);
    to.urgent.insert(to.urgent.end(), from.urgent.begin(), from.urgent.end());
    to.happenings.insert(to.happenings.end(), from.happenings.begin(), from.happenings.end());
    to.events += from.events;
}

} // namespace

FleetTally::Signature FleetTally::signatureOf(const SiteSnapshot& site, std::int64_t nowWallMs) {
    Signature now{.epoch = site.epoch(), .identity = site.identityVersion(), .facts = site.factsVersion(), .lastEvent = site.events().empty() ? 0 : site.events().back().id, .state = stateAt(site, nowWallMs)};
    // Versions only grow, so that their sum changes when one of them does.
    const std::uint32_t chunks = (site.rowCount() + kChunkRows - 1) / kChunkRows;
    for (std::uint32_t chunk = 0; chunk < chunks; ++chunk) now.chunks += site.chunkVersion(Metric::health, chunk) + site.chunkVersion(Metric::occupancy, chunk);
    return now;
}

TallyPtr FleetTally::update(const FleetSnapshot& fleet, std::int64_t nowWallMs) {
    m_entries.resize(fleet.sites.size());
    auto result = std::make_shared<FleetTallyResult>();
    result->sequence = fleet.sequence;
    result->wallMs = nowWallMs;
    for (std::size_t i = 0; i < fleet.sites.size(); ++i) {
        const SiteSnapshot& site = *fleet.sites[i];
        Entry& entry = m_entries[i];
        const Signature signature = signatureOf(site, nowWallMs);
        if (entry.tally == nullptr || entry.signature != signature || entry.tally->site != site.site()) entry = {signature, tallyOf(site, signature.state)};
        result->sites.push_back(entry.tally);
        addPart(*result, *entry.tally);
    }
    std::stable_sort(result->models.begin(), result->models.end(), [](const ModelTally& a, const ModelTally& b) { return a.installed > b.installed; });
    keepMostUrgent(result->urgent);
    keepNewest(result->happenings);
    return result;
}

} // namespace busbar::store
