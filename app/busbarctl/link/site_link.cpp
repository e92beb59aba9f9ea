#include "busbarctl/link/site_link.h"

#include "busbar/v1/access.grpc.pb.h"
#include "busbar/v1/actions.grpc.pb.h"
#include "busbar/v1/fleet.grpc.pb.h"
#include "transport/channel.h"
#include "transport/diagnose.h"
#include "transport/evidence_export.h"
#include "transport/status_map.h"
#include "wire/codec.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <thread>

namespace busbar::ctl {
namespace {

constexpr std::chrono::seconds kShort(10);
constexpr std::chrono::seconds kLong(60); ///< plans and lists of a whole site
constexpr int kSubmitTries = 5;
constexpr std::chrono::milliseconds kSubmitPause(500);
constexpr std::chrono::milliseconds kWatchSlice(100);
constexpr std::chrono::seconds kWatchSilence(15); ///< as a site counts as lost (design.md §6)

template <typename Stub, typename Request, typename Reply>
StatusOr<Reply> call(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Reply*), const Request& request, std::chrono::seconds limit) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + limit);
    Reply reply;
    const grpc::Status status = (stub.*method)(&context, request, &reply);
    if (!status.ok()) return transport::fromGrpc(status);
    return reply;
}

StatusOr<Action> decodeAction(const StatusOr<v1::ActionReply>& reply) {
    if (!reply.ok()) return reply.status();
    return wire::decode(reply->action());
}

StatusOr<NodeList> decodeList(const v1::ListReply& reply) {
    NodeList list;
    list.leftOut = reply.left_out();
    list.asOfWallMs = reply.as_of_wall_ms();
    list.nodes.reserve(static_cast<std::size_t>(reply.nodes_size()));
    for (const v1::NodeDetail& from : reply.nodes()) {
        auto node = wire::decode(from);
        if (!node.ok()) return node.status();
        list.nodes.push_back(*std::move(node));
    }
    return list;
}

v1::DecideRequest decisionOf(const std::string& actionId, const std::string& reason) {
    v1::DecideRequest request;
    request.set_action_id(actionId);
    request.set_reason(reason);
    return request;
}

} // namespace

struct SiteLink::Stubs {
    explicit Stubs(const std::shared_ptr<grpc::Channel>& channel) : access(channel), actions(channel), fleet(channel) {}
    v1::Access::Stub access;
    v1::Actions::Stub actions;
    v1::Fleet::Stub fleet;
};

StatusOr<std::unique_ptr<SiteLink>> SiteLink::open(const transport::TlsFiles& tls, const transport::SiteAddress& site) {
    auto credentials = transport::channelCredentials(tls, site.name);
    if (!credentials.ok()) return credentials.status();
    auto stubs = std::make_unique<Stubs>(transport::makeChannel(site.address, *credentials));
    return std::unique_ptr<SiteLink>(new SiteLink(tls, site, std::move(stubs)));
}

SiteLink::SiteLink(transport::TlsFiles tls, transport::SiteAddress site, std::unique_ptr<Stubs> stubs) : m_tls(std::move(tls)), m_site(std::move(site)), m_stubs(std::move(stubs)) {}

SiteLink::~SiteLink() = default;

Status SiteLink::explain(const Status& failure) const {
    if (failure.ok()) return failure;
    if (absl::IsDeadlineExceeded(failure)) return absl::DeadlineExceededError(fmt::format("{} did not answer in time: the controller is overloaded or the network drops packets", m_site.address));
    return transport::explainFailure(m_site.address, m_site.name, m_tls, failure);
}

StatusOr<WhoAmI> SiteLink::whoAmI() {
    const auto reply = call(m_stubs->access, &v1::Access::Stub::WhoAmI, v1::WhoAmIRequest(), kShort);
    if (!reply.ok()) return explain(reply.status());
    return WhoAmI{reply->site(), reply->identity(), reply->controller_version(), {reply->roles().begin(), reply->roles().end()}, {reply->rights().begin(), reply->rights().end()}, reply->certificate_expires_wall_ms()};
}

StatusOr<MadeToken> SiteLink::makeToken(const std::string& nodeName, const std::string& serial) {
    v1::MakeTokenRequest request;
    request.set_node_name(nodeName);
    request.set_serial(serial);
    const auto reply = call(m_stubs->access, &v1::Access::Stub::MakeToken, request, kShort);
    if (!reply.ok()) return explain(reply.status());
    return MadeToken{reply->token(), reply->expires_wall_ms()};
}

StatusOr<std::uint32_t> SiteLink::revoke(const std::string& serial, const std::string& reason) {
    v1::RevokeRequest request;
    request.set_serial(serial);
    request.set_reason(reason);
    const auto reply = call(m_stubs->access, &v1::Access::Stub::Revoke, request, kShort);
    if (!reply.ok()) return explain(reply.status());
    return reply->ended_streams();
}

StatusOr<std::string> SiteLink::setRoles(const std::string& user, const std::vector<std::string>& roles, const std::string& reason) {
    v1::SetRolesRequest request;
    request.set_user(user);
    for (const std::string& role : roles) request.add_roles(role);
    request.set_reason(reason);
    const auto reply = call(m_stubs->access, &v1::Access::Stub::SetRoles, request, kShort);
    if (!reply.ok()) return explain(reply.status());
    return reply->sentence();
}

StatusOr<SiteLink::Adopted> SiteLink::adopt(std::uint64_t term, const std::string& reason) {
    v1::AdoptRequest request;
    request.set_term(term);
    request.set_reason(reason);
    const auto reply = call(m_stubs->access, &v1::Access::Stub::Adopt, request, kShort);
    if (!reply.ok()) return explain(reply.status());
    return Adopted{reply->term(), reply->sentence()};
}

StatusOr<NodeList> SiteLink::list(const std::string& filter, bool detail) {
    v1::ListRequest request;
    request.set_filter(filter);
    request.set_detail(detail);
    const auto reply = call(m_stubs->fleet, &v1::Fleet::Stub::List, request, kLong);
    return reply.ok() ? decodeList(*reply) : explain(reply.status());
}

StatusOr<NodeDetail> SiteLink::describe(const std::string& nodeId) {
    v1::DescribeRequest request;
    request.set_node_id(nodeId);
    const auto reply = call(m_stubs->fleet, &v1::Fleet::Stub::Describe, request, kShort);
    return reply.ok() ? wire::decode(*reply) : explain(reply.status());
}

Status SiteLink::watch(const WatchInterest& interest, const std::function<void(const WatchBatch&)>& take, const std::function<bool()>& goOn) {
    v1::WatchRequest request;
    wire::encode(interest, &request);
    grpc::ClientContext context;
    const auto stream = m_stubs->fleet.Watch(&context, request);
    std::atomic<std::chrono::steady_clock::time_point> heard{std::chrono::steady_clock::now()};
    std::atomic<bool> wanted{true}, silent{false};
    std::jthread guard([&](const std::stop_token& stop) {
        while (!stop.stop_requested() && wanted && !silent) {
            std::this_thread::sleep_for(kWatchSlice);
            silent = std::chrono::steady_clock::now() - heard.load() > kWatchSilence;
            wanted = goOn();
        }
        if (!stop.stop_requested()) context.TryCancel();
    });
    Status refused;
    v1::WatchEvent event;
    while (refused.ok() && stream->Read(&event)) {
        heard = std::chrono::steady_clock::now();
        const auto batch = wire::decode(event);
        refused = batch.status();
        if (batch.ok()) take(*batch);
    }
    guard.request_stop();
    if (!refused.ok()) context.TryCancel();
    const Status ended = transport::fromGrpc(stream->Finish());
    guard.join();
    if (!refused.ok() || !wanted) return refused;
    return silent ? unavailable("{} sent nothing for {} s", m_site.address, kWatchSilence.count()) : explain(ended.ok() ? absl::UnavailableError("the controller ended the stream") : ended);
}

StatusOr<Plan> SiteLink::plan(const PlanRequest& request) {
    v1::PlanRequest message;
    wire::encode(request, &message);
    const auto reply = call(m_stubs->actions, &v1::Actions::Stub::Plan, message, kLong);
    return reply.ok() ? wire::decode(*reply) : explain(reply.status());
}

StatusOr<Plan> SiteLink::planUndo(const std::string& actionId) {
    v1::UndoRequest request;
    request.set_action_id(actionId);
    const auto reply = call(m_stubs->actions, &v1::Actions::Stub::PlanUndo, request, kLong);
    return reply.ok() ? wire::decode(*reply) : explain(reply.status());
}

StatusOr<Action> SiteLink::submit(const SubmitOptions& options) {
    v1::SubmitRequest request;
    request.set_plan_id(options.planId);
    request.set_reason(options.reason);
    request.set_idempotency_key(options.idempotencyKey);
    request.set_undo_of(options.undoOf);
    auto action = decodeAction(call(m_stubs->actions, &v1::Actions::Stub::Submit, request, kShort));
    for (int tries = 1; tries < kSubmitTries && absl::IsUnavailable(action.status()); ++tries) {
        std::this_thread::sleep_for(kSubmitPause);
        action = decodeAction(call(m_stubs->actions, &v1::Actions::Stub::Submit, request, kShort));
    }
    return action.ok() ? action : explain(action.status());
}

StatusOr<Action> SiteLink::cancel(const std::string& actionId, bool keepClosed, const std::string& reason) {
    v1::CancelRequest request;
    request.set_action_id(actionId);
    request.set_keep_closed(keepClosed);
    request.set_reason(reason);
    auto action = decodeAction(call(m_stubs->actions, &v1::Actions::Stub::Cancel, request, kShort));
    return action.ok() ? action : explain(action.status());
}

StatusOr<Action> SiteLink::approve(const std::string& actionId, const std::string& reason) {
    auto action = decodeAction(call(m_stubs->actions, &v1::Actions::Stub::Approve, decisionOf(actionId, reason), kShort));
    return action.ok() ? action : explain(action.status());
}

StatusOr<Action> SiteLink::pause(const std::string& actionId, const std::string& reason) {
    auto action = decodeAction(call(m_stubs->actions, &v1::Actions::Stub::Pause, decisionOf(actionId, reason), kShort));
    return action.ok() ? action : explain(action.status());
}

StatusOr<Action> SiteLink::resume(const std::string& actionId, const std::string& reason, const DeadlineDecision& deadline) {
    v1::DecideRequest request = decisionOf(actionId, reason);
    request.set_more_ms(deadline.moreMs);
    request.set_at_deadline(static_cast<std::uint32_t>(deadline.atDeadline));
    auto action = decodeAction(call(m_stubs->actions, &v1::Actions::Stub::Resume, request, kShort));
    return action.ok() ? action : explain(action.status());
}

StatusOr<LeaseExtension> SiteLink::extendLease(const std::string& leaseId, std::int64_t byMs, const std::string& reason) {
    v1::ExtendLeaseRequest request;
    request.set_lease_id(leaseId);
    request.set_by_ms(byMs);
    request.set_reason(reason);
    const auto reply = call(m_stubs->actions, &v1::Actions::Stub::ExtendLease, request, kShort);
    if (!reply.ok()) return explain(reply.status());
    return LeaseExtension{reply->lease_id().substr(0, 96), reply->tenant().substr(0, 96), reply->until_wall_ms(), reply->nodes()};
}

StatusOr<Action> SiteLink::action(const std::string& id) {
    v1::GetRequest request;
    request.set_action_id(id);
    auto action = decodeAction(call(m_stubs->actions, &v1::Actions::Stub::Get, request, kShort));
    return action.ok() ? action : explain(action.status());
}

StatusOr<EvidencePack> SiteLink::evidence(const std::string& actionId, const std::string& nodeId) {
    v1::EvidenceRequest request;
    request.set_action_id(actionId);
    request.set_node_id(nodeId);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kLong);
    const auto stream = m_stubs->actions.Evidence(&context, request);
    EvidencePack pack;
    Status taken;
    std::size_t bytes = 0;
    for (v1::EvidencePart part; taken.ok() && stream->Read(&part);) {
        bytes += part.ByteSizeLong();
        taken = wire::take(part, pack);
        if (taken.ok() && bytes > transport::kMaxExportBytes) taken = absl::ResourceExhaustedError(fmt::format("the evidence of {} is too large for one export: ask for it node by node (--node)", actionId));
    }
    if (!taken.ok()) context.TryCancel();
    const Status end = transport::fromGrpc(stream->Finish());
    if (!taken.ok()) return taken;
    if (!end.ok()) return explain(end);
    return pack;
}

StatusOr<ActionList> SiteLink::actions(std::uint32_t limit, bool openOnly) {
    v1::ListActionsRequest request;
    request.set_limit(limit);
    request.set_open_only(openOnly);
    const auto reply = call(m_stubs->actions, &v1::Actions::Stub::List, request, kLong);
    if (!reply.ok()) return explain(reply.status());
    ActionList list{{}, reply->left_out()};
    for (const v1::Action& from : reply->actions()) {
        auto action = wire::decode(from);
        if (!action.ok()) return action.status();
        list.actions.push_back(*std::move(action));
    }
    return list;
}

} // namespace busbar::ctl
