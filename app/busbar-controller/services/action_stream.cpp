#include "busbar-controller/services/action_stream.h"

#include "busbar-controller/services/action_bounds.h"
#include "busbar/v1/actions.grpc.pb.h"
#include "transport/status_map.h"

#include <grpcpp/grpcpp.h>

#include <deque>
#include <map>
#include <mutex>

namespace busbar::controller {
namespace {

class ActionStream final : public grpc::ServerWriteReactor<v1::ActionUpdate> {
public:
    explicit ActionStream(Engine& engine) : m_engine(engine) {}

    void begin(StreamBook& streams, const transport::Identity& identity) {
        m_stream = streams.add(identity, [this](const Status& why) { finish(why); });
        m_watch = m_engine.watch([this](const ActionPtr& action) { add(action); });
    }
    void refuse(const Status& why) { finish(why); }

    void OnWriteDone(bool ok) override {
        if (!ok) {
            finish(absl::CancelledError("the watcher is gone"));
            return;
        }
        const std::scoped_lock lock(m_mutex);
        m_writing = false;
        writeNext();
    }
    void OnCancel() override { finish(absl::CancelledError("cancelled by the watcher")); }
    void OnDone() override {
        m_watch.reset();
        m_stream.reset();
        delete this; // The reactor belongs to the call, which has ended.
    }

private:
    /// nullptr marks the end of what was there at the beginning.
    void add(const ActionPtr& action) {
        const std::scoped_lock lock(m_mutex);
        const std::string id = action == nullptr ? std::string() : action->id;
        if (m_pending.insert_or_assign(id, action).second) m_order.push_back(id);
        writeNext();
    }

    void writeNext() {
        if (m_writing || m_finished || m_order.empty()) return;
        const auto next = m_pending.extract(m_order.front());
        m_order.pop_front();
        m_message.Clear();
        if (next.mapped() == nullptr) m_message.set_synced(true);
        else encodeWithin(*next.mapped(), kWatchedActionBytes, m_message.mutable_action());
        m_writing = true;
        StartWrite(&m_message);
    }

    void finish(const Status& why) {
        {
            const std::scoped_lock lock(m_mutex);
            if (m_finished) return;
            m_finished = true;
        }
        Finish(transport::toGrpc(why));
    }

    Engine& m_engine;
    std::shared_ptr<void> m_watch;  ///< of the engine
    std::shared_ptr<void> m_stream; ///< in the StreamBook
    std::mutex m_mutex; ///< guards all below
    std::map<std::string, ActionPtr> m_pending;
    std::deque<std::string> m_order;
    v1::ActionUpdate m_message;
    bool m_writing = false, m_finished = false;
};

} // namespace

grpc::ServerWriteReactor<v1::ActionUpdate>* startActionStream(Engine& engine, StreamBook& streams, const StatusOr<Principal>& watcher) {
    auto* const stream = new ActionStream(engine); // Deletes itself in OnDone.
    if (watcher.ok()) stream->begin(streams, watcher->identity);
    else stream->refuse(watcher.status());
    return stream;
}

} // namespace busbar::controller
