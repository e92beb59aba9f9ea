// One stream of AgentLink.Session as a gRPC reactor, and the outbox it empties. For the link folder only.
#pragma once

#include "base/status.h"

#include <deque>
#include <memory>
#include <mutex>

namespace busbar::v1 {
class AgentMessage;
class ControllerMessage;
} // namespace busbar::v1

namespace grpc {
class ClientContext;
}

namespace busbar::agent {

/// What waits to be sent. Bounds: kMaxTelemetry frames (two minutes at 1 Hz; the oldest goes), one progress per command in effect (the
/// latest wins), kMaxKept reports and events (the oldest goes: reports are in the journal anyway). Thread-safe.
class Outbox {
public:
    enum class Kind : std::uint8_t { telemetry, progress, kept };
    static constexpr std::size_t kMaxTelemetry = 120;
    static constexpr std::size_t kMaxKept = 2'000;

    Outbox();
    ~Outbox();
    void push(v1::AgentMessage message, Kind kind);
    /// False when empty. Reports and events go first.
    bool pop(v1::AgentMessage* message);

private:
    std::mutex m_mutex;
    struct Queues;
    std::unique_ptr<Queues> m_queues;
};

class Session;

class SessionOwner {
public:
    virtual ~SessionOwner() = default;
    virtual Outbox& outbox() = 0;
    virtual void onMessage(const v1::ControllerMessage& message, Session& session) = 0;
    virtual void onEnded(const Status& why) = 0;
};

} // namespace busbar::agent


