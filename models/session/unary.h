// One answer for one question, off the GUI thread: the call's end is handed to a Desk, which passes the answer on in its own thread and
// waits for calls that are still out when it ends. Internal to models/session (.cpp files only).
#pragma once

#include "transport/status_map.h"

#include <grpcpp/grpcpp.h>

#include <QMetaObject>
#include <QObject>
#include <QThreadPool>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <set>

namespace busbar::session {

/// Longest a call may take.
inline constexpr std::chrono::seconds kCallLimit(10);

class Desk {
public:
    /// `owner`: in whose thread answers are passed on.
    explicit Desk(QObject* owner) : m_owner(owner) {}
    /// Ends all calls; their answers are dropped.
    ~Desk() {
        std::unique_lock lock(m_mutex);
        for (grpc::ClientContext* context : m_out) context->TryCancel();
        m_empty.wait(lock, [this] { return m_out.empty() && m_jobs == 0; });
    }

    /// `start` begins the call with (context, request, reply, done). `read` gets the status and the reply in a thread of gRPC, where a large one
    /// is decoded without anybody waiting; what it returns is called in the owner's.
    template <typename Request, typename Answer>
    void ask(Request request, const std::function<void(grpc::ClientContext*, const Request*, Answer*, std::function<void(grpc::Status)>)>& start,
             std::function<std::function<void()>(const Status&, const Answer&)> read) {
        struct Call {
            grpc::ClientContext context;
            Request request;
            Answer answer;
        };
        auto call = std::make_shared<Call>();
        call->request = std::move(request);
        call->context.set_deadline(std::chrono::system_clock::now() + kCallLimit);
        add(&call->context);
        start(&call->context, &call->request, &call->answer, [this, call, read = std::move(read)](const grpc::Status& status) {
            std::function<void()> answer = read(transport::fromGrpc(status), call->answer);
            const std::lock_guard lock(m_mutex);
            // Posted under the lock: until it is given back the owner waits in ~Desk.
            QMetaObject::invokeMethod(m_owner, std::move(answer), Qt::QueuedConnection);
            m_out.erase(&call->context);
            m_empty.notify_all();
        });
    }
    /// A call of its own kind: cancelled at the end, and waited for until `remove`.
    void add(grpc::ClientContext* context) {
        const std::lock_guard lock(m_mutex);
        m_out.insert(context);
    }
    void remove(grpc::ClientContext* context) {
        const std::lock_guard lock(m_mutex);
        m_out.erase(context);
        m_empty.notify_all();
    }
    /// Runs `job` on a worker thread; what it returns is called in the owner's.
    void work(std::function<std::function<void()>()> job) {
        {
            const std::lock_guard lock(m_mutex);
            ++m_jobs;
        }
        QThreadPool::globalInstance()->start([this, job = std::move(job)] {
            std::function<void()> answer = job();
            const std::lock_guard lock(m_mutex);
            QMetaObject::invokeMethod(m_owner, std::move(answer), Qt::QueuedConnection);
            --m_jobs;
            m_empty.notify_all();
        });
    }
    /// An answer without a call.
    void post(std::function<void()> answer) { QMetaObject::invokeMethod(m_owner, std::move(answer), Qt::QueuedConnection); }

private:
    QObject* const m_owner;
    std::mutex m_mutex;
    std::condition_variable m_empty;
    std::set<grpc::ClientContext*> m_out;
    int m_jobs = 0;
};

/// For Desk::ask: `decode` makes a value of the reply where that came; `reply` gets it, or why there is none, in the owner's thread.
template <typename Value, typename Decode>
auto decodedBy(Decode decode, std::function<void(StatusOr<Value>)> reply) {
    return [decode = std::move(decode), reply = std::move(reply)](const Status& status, const auto& answer) -> std::function<void()> {
        // Held by reference: a std::function copies what it captures, and a plan may have thousands of nodes.
        auto value = std::make_shared<StatusOr<Value>>(status.ok() ? StatusOr<Value>(decode(answer)) : StatusOr<Value>(status));
        return [reply, value] { reply(std::move(*value)); };
    };
}

} // namespace busbar::session
