// What the controller's steps do to a node of the model: the same verbs as the agent's, evidence source "model". A job's processes end when
// the job ends, or 2 s after a terminate. Not thread-safe: the replay's loop.
#pragma once

#include "base/clock.h"
#include "busbar-replay/model/fleet_model.h"

#include <functional>
#include <map>

namespace busbar::replay {

class NodeSteps {
public:
    struct Out {
        std::function<void(const StepProgress&)> progress;
        std::function<void(const StepReport&)> report;
        std::function<void(StepReport&)> sign; ///< fills a report's origin before it is kept and told; unset: reports are not signed
    };
    NodeSteps(FleetModel& fleet, std::uint32_t node, std::string nodeId) : m_fleet(fleet), m_node(node), m_nodeId(std::move(nodeId)) {}

    void submit(const StepCommand& command, const Clock& clock, const Out& out);
    void cancel(const std::string& commandId, std::uint64_t term, const Clock& clock, const Out& out);
    /// Goes on with a waiting or terminating step; call each second or so.
    void tick(const Clock& clock, const Out& out);
    bool busy() const { return m_current.has_value(); }
    std::uint64_t highestTerm() const { return m_term; }
    std::vector<StepReport> finished() const;

private:
    struct Current {
        StepCommand command;
        std::int64_t startedWallMs = 0, endBootMs = 0, killAtBootMs = 0;
        std::int64_t processesBefore = 0;
    };
    static void refuse(StepReport refusal, const Out& out);
    void finish(StepState state, std::string sentence, std::vector<Evidence> evidence, const Clock& clock, const Out& out);
    Evidence evidence(std::string subject, std::string fact, std::string before, std::string after, std::string expected, bool asSet, const Clock& clock) const;
    void close(const Clock& clock, const Out& out);
    void verify(const Clock& clock, const Out& out);
    void inspect(const Clock& clock, const Out& out);
    void reopen(const Clock& clock, const Out& out);
    std::vector<Blocker> blockers(const Clock& clock) const;

    static constexpr std::size_t kMaxKept = 64;

    FleetModel& m_fleet;
    std::uint32_t m_node;
    std::string m_nodeId;
    std::uint64_t m_term = 0;
    std::optional<Current> m_current;
    std::map<std::string, StepReport> m_reports;
    std::vector<std::string> m_order;
};

} // namespace busbar::replay
