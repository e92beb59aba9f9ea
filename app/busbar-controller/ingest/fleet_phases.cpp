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
    for (std::size_t i = 0; i < clocks.size(); ++i) {
        const std::int64_t seconds = (m_clock.bootMs() - clocks[i].sinceBootMs) / 1000;
        if (phases[i].longestSeconds > 0 && clocks[i].sinceBootMs > 0 && seconds > phases[i].longestSeconds)
            sentences.push_back(fmt::format("time over limit: {} is {} for {} min, at most {} min are foreseen", phases[i].fact, phases[i].value, seconds / 60, phases[i].longestSeconds / 60));
    }
    return sentences;
}

void FleetTable::tellOverLimit(std::uint32_t index) {
    const auto phases = phasesOf(m_state.nodes.facts[index]);
    auto& clocks = m_state.records[index]->phases;
    for (std::size_t i = 0; i < clocks.size(); ++i) {
        if (phases[i].longestSeconds == 0 || clocks[i].told || clocks[i].sinceBootMs == 0) continue;
        if (m_clock.bootMs() - clocks[i].sinceBootMs <= std::int64_t{1000} * phases[i].longestSeconds) continue;
        clocks[i].told = true;
        m_state.addEvent(eventOf(index, EventKind::service, 2, fmt::format("time over limit: {} is {} for more than {} min", phases[i].fact, phases[i].value, phases[i].longestSeconds / 60)));
    }
}

} // namespace busbar::controller
