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

    /// `start` begins the call with (context, request, reply, done); `then` gets the status and the reply, in the owner's thread.
    template <typename Request, typename Answer>
    void ask(Request request, const std::function<void(grpc::ClientContext*, const Request*, Answer*, std::function<void(grpc::Status)>)>& start,
             std::function<void(const Status&, const Answer&)> then) {
        struct Call {
            grpc::ClientContext context;
            Request request;
            Answer answer;
        };
        auto call = std::make_shared<Call>();
        call->request = std::move(request);
        call->context.set_deadline(std::chrono::system_clock::now() + kCallLimit);
        add(&call->context);
        start(&call->context, &call->request, &call->answer, [this, call, then = std::move(then)](const grpc::Status& status) {
            const std::lock_guard lock(m_mutex);
            // Posted under the lock: until it is given back the owner waits in ~Desk.
            QMetaObject::invokeMethod(m_owner, [call, then, end = transport::fromGrpc(status)] { then(end, call->answer); }, Qt::QueuedConnection);
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

} // namespace busbar::session
