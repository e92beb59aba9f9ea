#include "busbar-controller/services/fleet_service.h"

#include "busbar-controller/auth/authorizer.h"
#include "busbar-controller/auth/stream_book.h"
#include "busbar-controller/fanout/publisher.h"
#include "busbar-controller/history/history_window.h"
#include "busbar-controller/ingest/fleet_table.h"
#include "busbar-controller/services/watch_encoder.h"
#include "busbar/v1/fleet.grpc.pb.h"
#include "store/query/query.h"
#include "transport/status_map.h"
#include "wire/codec.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <deque>
#include <mutex>

namespace busbar::controller {
namespace {

/// One console's stream. Holds at most the frames of one turn.
class WatchReactor final : public grpc::ServerWriteReactor<grpc::ByteBuffer>, public WatchSink, public std::enable_shared_from_this<WatchReactor> {
public:
    explicit WatchReactor(Publisher& publisher) : m_publisher(publisher) {}

    void begin(const WatchInterest& interest, StreamBook& streams, const transport::Identity& identity) {
        m_self = shared_from_this();
        m_stream = streams.add(identity, [this](const Status& why) { finish(why); });
        m_token = m_publisher.add(interest, m_self);
    }
    void refuse(const Status& why) {
        m_self = shared_from_this();
        finish(why);
    }

    // WatchSink
    bool idle() const override {
        const std::lock_guard lock(m_mutex);
        return m_queue.empty() && !m_finished;
    }
    void send(FramesPtr frames) override {
        if (frames->messages.empty()) return;
        const std::lock_guard lock(m_mutex);
        if (m_finished) return;
        m_queue.push_back(std::move(frames));
        if (m_queue.size() == 1) writeNext();
    }

    // ServerWriteReactor
    void OnWriteDone(bool ok) override {
        if (!ok) return finish(absl::CancelledError("the watcher is gone"));
        const std::lock_guard lock(m_mutex);
        if (++m_position == m_queue.front()->messages.size()) {
            m_queue.pop_front();
            m_position = 0;
        }
        if (!m_queue.empty() && !m_finished) writeNext();
    }
    void OnCancel() override { finish(absl::CancelledError("cancelled by the watcher")); }
    void OnDone() override {
        m_publisher.remove(m_token);
        m_stream.reset();
        m_self.reset();
    }

private:
    void writeNext() { StartWrite(&m_queue.front()->messages[m_position]); }
    void finish(const Status& why) {
        {
            const std::lock_guard lock(m_mutex);
            if (m_finished) return;
            m_finished = true;
        }
        Finish(transport::toGrpc(why));
    }

    Publisher& m_publisher;
    Publisher::Token m_token = 0;
    std::shared_ptr<void> m_stream; ///< in the StreamBook
    mutable std::mutex m_mutex;
    std::deque<FramesPtr> m_queue;
    std::size_t m_position = 0;
    bool m_finished = false;
    std::shared_ptr<WatchReactor> m_self;
};

template <typename Base>
using WithUnary = v1::Fleet::WithCallbackMethod_Describe<v1::Fleet::WithCallbackMethod_List<v1::Fleet::WithCallbackMethod_History<Base>>>;

class FleetService final : public v1::Fleet::WithRawCallbackMethod_Watch<WithUnary<v1::Fleet::Service>> {
public:
    explicit FleetService(FleetParts parts) : m_parts(std::move(parts)) {}

    grpc::ServerWriteReactor<grpc::ByteBuffer>* Watch(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) override {
        const auto reactor = std::make_shared<WatchReactor>(m_parts.publisher);
        const StatusOr<Principal> who = m_parts.authorizer.require(*context->auth_context(), Right::read);
        const StatusOr<WatchInterest> interest = who.ok() ? interestOf(*request) : who.status();
        if (interest.ok())
            reactor->begin(*interest, m_parts.streams, who->identity);
        else
            reactor->refuse(interest.status());
        return reactor.get();
    }

    grpc::ServerUnaryReactor* Describe(grpc::CallbackServerContext* context, const v1::DescribeRequest* request, v1::NodeDetail* reply) override {
        return answer(context, [&] {
            const StatusOr<NodeDetail> detail = m_parts.table.describe(request->node_id());
            if (detail.ok()) wire::encode(*detail, reply);
            return detail.status();
        });
    }

    grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* context, const v1::ListRequest* request, v1::ListReply* reply) override {
        return answer(context, [&]() -> Status {
            if (request->filter().size() > query::kMaxQueryBytes) return invalid("the filter has {} bytes, at most {} are taken", request->filter().size(), query::kMaxQueryBytes);
            const auto nodes = m_parts.table.list(request->filter(), request->detail());
            if (!nodes.ok()) return nodes.status();
            for (const NodeDetail& node : nodes->first) wire::encode(node, reply->add_nodes());
            reply->set_as_of_wall_ms(m_parts.table.wallMs());
            reply->set_left_out(nodes->second);
            if (reply->ByteSizeLong() > wire::kMaxMessageBytes)
                return absl::ResourceExhaustedError(fmt::format("{} nodes are too many for one answer: narrow the filter", nodes->first.size()));
            return absl::OkStatus();
        });
    }

    grpc::ServerUnaryReactor* History(grpc::CallbackServerContext* context, const v1::HistoryRequest* request, v1::HistoryReply* reply) override {
        return answer(context, [&]() -> Status {
            std::vector<Metric> metrics;
            for (const std::uint32_t metric : request->metrics())
                if (metric < static_cast<std::uint32_t>(Metric::count_)) metrics.push_back(static_cast<Metric>(metric));
            const auto series = m_parts.history.read(request->node_id(), metrics, request->span_ms(), request->step_ms());
            if (series.ok()) wire::encode(*series, reply);
            return series.status();
        });
    }

private:
    static StatusOr<WatchInterest> interestOf(const grpc::ByteBuffer& request) {
        v1::WatchRequest message;
        grpc::ByteBuffer copy(request);
        if (!grpc::SerializationTraits<v1::WatchRequest>::Deserialize(&copy, &message).ok()) return invalid("Fleet.Watch: the request is not a WatchRequest");
        return wire::decode(message);
    }

    template <typename Work>
    grpc::ServerUnaryReactor* answer(grpc::CallbackServerContext* context, Work&& work) {
        Status status = m_parts.authorizer.require(*context->auth_context(), Right::read).status();
        if (status.ok()) status = work();
        grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
        reactor->Finish(transport::toGrpc(status));
        return reactor;
    }

    const FleetParts m_parts;
};

} // namespace

std::unique_ptr<grpc::Service> makeFleetService(FleetParts parts) { return std::make_unique<FleetService>(std::move(parts)); }

} // namespace busbar::controller
