// FleetTable: how long a node has been in its phases, and which has taken longer than lifecycle.md §1 allows. Counts from when this controller
// saw the fact change, so a restart gives a phase its time anew.
#include "busbar-controller/ingest/fleet_table.h"
#include "domain/fact_tables.h"

namespace busbar::controller {
namespace {

struct Phase {
    std::string_view fact, value;
    int longestSeconds;
};

std::array<Phase, 3> phasesOf(const NodeFacts& facts) {
    return {Phase{"state", toString(facts.state), longestSecondsIn(facts.state)}, Phase{"service", toString(facts.service), longestSecondsIn(facts.service)},
            Phase{"occupancy", toString(facts.occupancy), longestSecondsIn(facts.occupancy)}};
}

/// Whether it takes longer than foreseen; never where nothing is foreseen or its begin was not seen.
bool isOver(const Phase& phase, std::int64_t sinceBootMs, std::int64_t nowBootMs) {
    return phase.longestSeconds > 0 && sinceBootMs > 0 && nowBootMs - sinceBootMs > std::int64_t{1000} * phase.longestSeconds;
}

} // namespace

void FleetTable::notePhases(std::uint32_t index, const NodeFacts& before) {
    const auto old = phasesOf(before), now = phasesOf(m_state.nodes.facts[index]);
    auto& clocks = m_state.records[index]->phases;
    for (std::size_t i = 0; i < clocks.size(); ++i)
        if (clocks[i].sinceBootMs == 0 || old[i].value != now[i].value) clocks[i] = {m_clock.bootMs(), false};
}

std::vector<std::string> FleetTable::overLimit(std::uint32_t index) const {
    std::vector<std::string> sentences;
    const auto phases = phasesOf(m_state.nodes.facts[index]);
    const auto& clocks = m_state.records[index]->phases;
    const std::int64_t now = m_clock.bootMs();
    for (std::size_t i = 0; i < clocks.size(); ++i) {
        if (isOver(phases[i], clocks[i].sinceBootMs, now))
            sentences.push_back(fmt::format("time over limit: {} is {} for {} min, at most {} min are foreseen", phases[i].fact, phases[i].value, (now - clocks[i].sinceBootMs) / 60'000,
                                            phases[i].longestSeconds / 60));
    }
    return sentences;
}

void FleetTable::tellOverLimit(std::uint32_t index) {
    const auto phases = phasesOf(m_state.nodes.facts[index]);
    auto& clocks = m_state.records[index]->phases;
    for (std::size_t i = 0; i < clocks.size(); ++i) {
        if (clocks[i].told || !isOver(phases[i], clocks[i].sinceBootMs, m_clock.bootMs())) continue;
        clocks[i].told = true;
        m_state.addEvent(eventOf(index, EventKind::service, 2, fmt::format("time over limit: {} is {} for more than {} min", phases[i].fact, phases[i].value, phases[i].longestSeconds / 60)));
    }
}

} // namespace busbar::controller
