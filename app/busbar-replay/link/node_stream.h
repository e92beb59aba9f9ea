// One node of the model and its stream. poll, tick and sample are the replay loop's; the link's handlers only queue.
#pragma once

#include "busbar-replay/model/node_steps.h"
#include "busbar-replay/sources/source.h"
#include "transport/agent_link.h"

#include <atomic>
#include <functional>
#include <mutex>

namespace busbar::replay {

class NodeStream {
public:
    using Dial = std::function<StatusOr<std::shared_ptr<grpc::Channel>>()>;
    using Down = std::function<void(const Status&)>;
    using Sign = std::function<void(StepReport&)>;
    NodeStream(SourceModel& source, std::uint32_t node, const std::string& site, Dial dial, Down down, Sign sign, const Clock& clock);

    /// Dials, takes what came, goes on with steps, and sends a sample when its period is over.
    void turn(std::int64_t nowBootMs, std::int64_t nowWallMs);
    bool connected() const { return m_link.connected(); }
    void send(FleetEvent event);
    void hangUp(std::int64_t nowBootMs, std::int64_t pauseMs) { m_link.hangUp(nowBootMs, pauseMs); }

private:
    AgentHello hello() const;
    transport::AgentLinkHandlers handlers(Dial dial, Down down);
    void sendSample(std::int64_t nowWallMs);
    void takeCommands();

    SourceModel& m_source;
    const std::uint32_t m_node;
    const std::string m_id, m_instance;
    const Clock& m_clock;
    NodeSteps m_steps;
    NodeSteps::Out m_out;
    std::atomic<int> m_periodMs{1000};
    std::atomic<bool> m_fresh{true}; ///< a new session: send everything
    std::int64_t m_nextSample = 0, m_nextTick = 0;
    std::mutex m_mutex; ///< guards the inbox
    std::vector<std::function<void()>> m_inbox; ///< commands and cancels in the order in which they came: what follows a cancel needs it done
    transport::AgentLink m_link; ///< last: its handlers use all above
};

} // namespace busbar::replay
