// A server stream as a queue: gRPC's threads put messages in, the site's worker takes them out. Reading pauses while kMaxWaiting messages
// wait, so that a slow worker slows the controller's stream instead of filling memory. Internal to models/session (.cpp files only).
#pragma once

#include "transport/status_map.h"

#include <grpcpp/grpcpp.h>

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

namespace busbar::session {

template <typename Message>
class ReadStream final : public grpc::ClientReadReactor<Message> {
public:
    /// Messages of up to 1 MB each.
    static constexpr std::size_t kMaxWaiting = 8;

    /// `wake` is called from gRPC's threads whenever there is something to take; `start` binds the stream to its call.
    static std::shared_ptr<ReadStream> open(std::function<void()> wake, const std::function<void(grpc::ClientContext*, ReadStream*)>& start) {
        std::shared_ptr<ReadStream> stream(new ReadStream(std::move(wake)));
        stream->m_self = stream;
        start(&stream->m_context, stream.get());
        // The worker starts reads outside of reactions: the hold keeps the call alive for them.
        stream->AddHold();
        stream->StartRead(&stream->m_message);
        stream->StartCall();
        return stream;
    }

    /// What has come; reading goes on.
    std::deque<Message> take() {
        std::deque<Message> messages;
        bool resume = false;
        {
            const std::lock_guard lock(m_mutex);
            messages.swap(m_waiting);
            resume = std::exchange(m_paused, false);
        }
        if (resume) this->StartRead(&m_message);
        return messages;
    }
    /// How it ended, once it has and everything was taken.
    std::optional<Status> ended() const {
        const std::lock_guard lock(m_mutex);
        return m_waiting.empty() ? m_end : std::nullopt;
    }
    bool done() const {
        const std::lock_guard lock(m_mutex);
        return m_end.has_value();
    }
    void cancel() {
        m_context.TryCancel();
        take(); // A paused stream notices its end only by reading.
    }

    void OnReadDone(bool ok) override {
        if (!ok) return this->RemoveHold();
        bool more = false;
        {
            const std::lock_guard lock(m_mutex);
            m_waiting.push_back(std::move(m_message));
            m_message = Message();
            more = m_waiting.size() < kMaxWaiting;
            m_paused = !more;
        }
        if (more) this->StartRead(&m_message);
        m_wake();
    }
    void OnDone(const grpc::Status& status) override {
        // Freed at the end, not under the lock.
        const std::shared_ptr<ReadStream> self = std::move(m_self);
        {
            const std::lock_guard lock(m_mutex);
            m_end = transport::fromGrpc(status);
        }
        m_wake();
    }

private:
    explicit ReadStream(std::function<void()> wake) : m_wake(std::move(wake)) {}

    const std::function<void()> m_wake;
    grpc::ClientContext m_context;
    Message m_message;
    mutable std::mutex m_mutex;
    std::deque<Message> m_waiting;
    bool m_paused = false;
    std::optional<Status> m_end;
    std::shared_ptr<ReadStream> m_self;
};

} // namespace busbar::session
