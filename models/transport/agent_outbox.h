// What an agent has to say and could not yet: bounds are kMaxTelemetry frames (two minutes at 1 Hz; the oldest goes), one progress per
// command (the latest wins), kMaxKept reports and events (the oldest goes: reports are in the agent's journal anyway). Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

namespace busbar::v1 {
class AgentMessage;
}

namespace busbar::transport {

class AgentOutbox {
public:
    enum class Kind : std::uint8_t { telemetry, progress, kept };
    static constexpr std::size_t kMaxTelemetry = 120;
    static constexpr std::size_t kMaxKept = 2'000;

    AgentOutbox();
    ~AgentOutbox();
    void push(v1::AgentMessage message, Kind kind);
    /// False when empty. Reports and events go first, then progress, then telemetry by age.
    bool pop(v1::AgentMessage* message);
    bool empty();

private:
    struct Queues;
    std::mutex m_mutex; ///< guards m_queues
    std::unique_ptr<Queues> m_queues;
};

} // namespace busbar::transport
