#include "busbar-controller/services/actions_service.h"

#include "busbar-controller/auth/authorizer.h"
#include "busbar-controller/plan/eligibility.h"
#include "busbar-controller/plan/planner.h"
#include "busbar-controller/services/action_bounds.h"
#include "busbar-controller/services/action_stream.h"
#include "busbar-controller/services/evidence_stream.h"
#include "busbar/v1/actions.grpc.pb.h"
#include "domain/lifecycle.h"
#include "transport/status_map.h"
#include "wire/codec.h"

#include <grpcpp/grpcpp.h>
#include <spdlog/spdlog.h>

namespace busbar::controller {
namespace {

constexpr std::size_t kMaxListed = 1'000;

class ActionsService final : public v1::Actions::CallbackService {
public:
    explicit ActionsService(ActionParts parts) : m_parts(parts) {}

    grpc::ServerUnaryReactor* Plan(grpc::CallbackServerContext* context, const v1::PlanRequest* request, v1::PlanReply* reply) override {
        return answer(context, [&]() -> Status {
            const auto decoded = wire::decode(*request);
            if (!decoded.ok()) return decoded.status();
            return plan(m_parts.engine.plan(*decoded), reply);
        });
    }

    grpc::ServerUnaryReactor* PlanUndo(grpc::CallbackServerContext* context, const v1::UndoRequest* request, v1::PlanReply* reply) override {
        return answer(context, [&] { return plan(m_parts.engine.planUndo(request->action_id()), reply); });
    }

    grpc::ServerUnaryReactor* Submit(grpc::CallbackServerContext* context, const v1::SubmitRequest* request, v1::ActionReply* reply) override {
        const StatusOr<SubmitNeed> need = m_parts.engine.needOfSubmit(request->plan_id(), request->idempotency_key());
        const auto who = m_parts.authorizer.require(*context->auth_context(), need.ok() ? need->right : Right::read);
        grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
        if (!who.ok()) return finish(reactor, who.status());
        const char* const past = need.ok() && need->right == Right::override_ ? " over failed checks" : "";
        const AuditNote note = noteOf(*context, *who, fmt::format("submit {}{} of plan {}", need.ok() ? toString(need->verb) : "?", past, request->plan_id()), request->reason());
        if (!need.ok()) {
            noteRefusal(note, need.status());
            return finish(reactor, need.status());
        }
        m_parts.engine.submit({request->plan_id(), request->reason(), request->idempotency_key(), request->undo_of(), who->name(), note}, replyTo(reactor, note, reply));
        return reactor;
    }

    grpc::ServerUnaryReactor* Cancel(grpc::CallbackServerContext* context, const v1::CancelRequest* request, v1::ActionReply* reply) override {
        const auto who = m_parts.authorizer.require(*context->auth_context(), Right::cancel);
        grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
        if (!who.ok()) return finish(reactor, who.status());
        if (request->reason().size() > kMaxReasonLength) return finish(reactor, invalid("the reason has {} bytes, more than {}", request->reason().size(), kMaxReasonLength));
        const AuditNote note = noteOf(*context, *who, fmt::format("cancel {}{}", request->action_id(), request->keep_closed() ? ", keep closed" : ""), request->reason());
        m_parts.engine.cancel({request->action_id(), request->reason(), who->name(), request->keep_closed(), note}, replyTo(reactor, note, reply));
        return reactor;
    }

    grpc::ServerUnaryReactor* Approve(grpc::CallbackServerContext* context, const v1::DecideRequest* request, v1::ActionReply* reply) override {
        return decide(context, *request, reply, Right::approve, "approve", &Engine::approve);
    }
    // Whoever may stop an action for good may hold it as well.
    grpc::ServerUnaryReactor* Pause(grpc::CallbackServerContext* context, const v1::DecideRequest* request, v1::ActionReply* reply) override {
        return decide(context, *request, reply, Right::cancel, "pause", &Engine::pause);
    }
    grpc::ServerUnaryReactor* Resume(grpc::CallbackServerContext* context, const v1::DecideRequest* request, v1::ActionReply* reply) override {
        const bool forces = request->at_deadline() == static_cast<std::uint32_t>(DeadlinePolicy::force);
        return decide(context, *request, reply, forces ? Right::force : Right::cancel, "resume", &Engine::resume);
    }

    grpc::ServerUnaryReactor* ExtendLease(grpc::CallbackServerContext* context, const v1::ExtendLeaseRequest* request, v1::ExtendLeaseReply* reply) override {
        const auto who = m_parts.authorizer.require(*context->auth_context(), Right::lease);
        grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
        if (!who.ok()) return finish(reactor, who.status());
        if (request->lease_id().empty() || request->lease_id().size() > 96) return finish(reactor, invalid("no lease id is given, or one of more than 96 bytes"));
        if (request->reason().size() > kMaxReasonLength) return finish(reactor, invalid("the reason has {} bytes, more than {}", request->reason().size(), kMaxReasonLength));
        const AuditNote note = noteOf(*context, *who, fmt::format("extend lease {} by {} min", request->lease_id(), request->by_ms() / 60'000), request->reason());
        m_parts.engine.extendLease({request->lease_id(), request->reason(), who->name(), request->by_ms(), note}, [this, reactor, note, reply](const StatusOr<LeaseExtension>& extended) {
            if (extended.ok()) {
                reply->set_lease_id(extended->leaseId);
                reply->set_tenant(extended->tenant);
                reply->set_until_wall_ms(extended->untilWallMs);
                reply->set_nodes(static_cast<std::uint32_t>(extended->nodes));
            } else {
                noteRefusal(note, extended.status());
            }
            finish(reactor, extended.status());
        });
        return reactor;
    }

    grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context, const v1::GetRequest* request, v1::ActionReply* reply) override {
        return answer(context, [&] {
            const auto action = m_parts.engine.action(request->action_id());
            if (action.ok()) encodeWithin(**action, kReplyBytes, reply->mutable_action());
            return action.status();
        });
    }

    grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* context, const v1::ListActionsRequest* request, v1::ListActionsReply* reply) override {
        return answer(context, [&]() -> Status {
            const std::size_t limit = request->limit() == 0 ? kMaxListed : std::min<std::size_t>(request->limit(), kMaxListed);
            encodeWithin(m_parts.engine.actions(limit, request->open_only()), kReplyBytes, reply);
            return absl::OkStatus();
        });
    }

    grpc::ServerWriteReactor<v1::ActionUpdate>* Watch(grpc::CallbackServerContext* context, const v1::WatchActionsRequest*) override {
        return startActionStream(m_parts.engine, m_parts.streams, m_parts.authorizer.require(*context->auth_context(), Right::read));
    }

    grpc::ServerWriteReactor<v1::EvidencePart>* Evidence(grpc::CallbackServerContext* context, const v1::EvidenceRequest* request) override {
        return startEvidenceStream({m_parts.engine, m_parts.store, m_parts.signer, m_parts.clock}, m_parts.authorizer.require(*context->auth_context(), Right::read).status(), request->action_id(), request->node_id());
    }

private:
    grpc::ServerUnaryReactor* decide(grpc::CallbackServerContext* context, const v1::DecideRequest& request, v1::ActionReply* reply, Right right, const char* what,
                                     void (Engine::*apply)(DecideRequest, Engine::Reply)) {
        const auto who = m_parts.authorizer.require(*context->auth_context(), right, right == Right::force ? toString(right) : what);
        grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
        if (!who.ok()) return finish(reactor, who.status());
        if (request.reason().size() > kMaxReasonLength) return finish(reactor, invalid("the reason has {} bytes, more than {}", request.reason().size(), kMaxReasonLength));
        const auto deadline = decisionOf(request, apply == &Engine::resume);
        if (!deadline.ok()) return finish(reactor, deadline.status());
        const AuditNote note = noteOf(*context, *who, fmt::format("{} {}{}", what, request.action_id(), textOf(*deadline)), request.reason());
        (m_parts.engine.*apply)({request.action_id(), request.reason(), who->name(), note, *deadline}, replyTo(reactor, note, reply));
        return reactor;
    }

    static StatusOr<DeadlineDecision> decisionOf(const v1::DecideRequest& request, bool resumes) {
        DeadlineDecision decision{request.more_ms(), DeadlinePolicy::unknown};
        if (!resumes && (decision.moreMs != 0 || request.at_deadline() != 0)) return invalid("only a resume decides about a deadline");
        if (decision.moreMs != 0 && request.at_deadline() != 0) return invalid("more time and another policy at the deadline: decide for one of them");
        if (decision.moreMs < 0 || decision.moreMs > kMaxDeadlineMs) return invalid("{} ms more are not between 1 ms and 30 days", decision.moreMs);
        for (const DeadlinePolicy policy : {DeadlinePolicy::wait, DeadlinePolicy::force})
            if (request.at_deadline() == static_cast<std::uint32_t>(policy)) decision.atDeadline = policy;
        if (request.at_deadline() != 0 && !decision.any()) return invalid("at the deadline is decided for wait or force, nothing else");
        return decision;
    }

    static std::string textOf(const DeadlineDecision& decision) {
        if (decision.moreMs > 0) return fmt::format(", {} more", formatSpan(decision.moreMs));
        return decision.any() ? fmt::format(", at the deadline {}", toString(decision.atDeadline)) : std::string();
    }

    static grpc::ServerUnaryReactor* finish(grpc::ServerUnaryReactor* reactor, const Status& status) {
        reactor->Finish(transport::toGrpc(status));
        return reactor;
    }

    static Status plan(const StatusOr<busbar::Plan>& made, v1::PlanReply* reply) {
        if (made.ok()) wire::encode(*made, reply);
        if (reply->ByteSizeLong() > kReplyBytes) return absl::ResourceExhaustedError(fmt::format("a plan of {} nodes is too large for one answer: split it", made->targets.size()));
        return made.status();
    }

    template <typename Work>
    grpc::ServerUnaryReactor* answer(grpc::CallbackServerContext* context, Work&& work) {
        Status status = m_parts.authorizer.require(*context->auth_context(), Right::read).status();
        if (status.ok()) status = work();
        return finish(context->DefaultReactor(), status);
    }

    static AuditNote noteOf(const grpc::CallbackServerContext& context, const Principal& who, std::string what, const std::string& why) {
        return {who.identity.uri(), std::move(what), why.substr(0, kMaxReasonLength), fmt::format("{}, certificate {}", context.peer(), who.identity.serial), {}, true};
    }

    /// What was accepted is in the audit with its journal entry; what was refused is noted here.
    Engine::Reply replyTo(grpc::ServerUnaryReactor* reactor, AuditNote note, v1::ActionReply* reply) {
        return [this, reactor, note = std::move(note), reply](StatusOr<ActionPtr> result) {
            if (result.ok()) encodeWithin(**result, kReplyBytes, reply->mutable_action());
            else noteRefusal(note, result.status());
            finish(reactor, result.status());
        };
    }

    void noteRefusal(const AuditNote& note, const Status& why) {
        spdlog::warn("{} by {} was refused: {}", note.what, note.who, sentenceOf(why));
        const Status written = m_parts.store.appendAudit(note.who, note.what, note.why, note.from, std::string(sentenceOf(why)), false);
        if (!written.ok()) spdlog::error("the audit could not be written ({}): {} by {}", sentenceOf(written), note.what, note.who);
    }

    const ActionParts m_parts;
};

} // namespace

std::unique_ptr<grpc::Service> makeActionsService(ActionParts parts) { return std::make_unique<ActionsService>(parts); }

} // namespace busbar::controller
