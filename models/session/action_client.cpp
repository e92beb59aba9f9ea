#include "session/action_client.h"

#include "base/ids.h"
#include "busbar/v1/actions.grpc.pb.h"
#include "session/session_impl.h"
#include "transport/plan_json.h"
#include "wire/codec.h"

#include <QPointer>

#include <algorithm>

namespace busbar::session {
namespace {

/// Bytes of randomness of an idempotency key.
constexpr std::size_t kKeyBytes = 16;

/// The one site that a request is for.
StatusOr<std::string> siteOf(const PlanRequest& request) {
    std::string site = request.site;
    for (const std::string& id : request.nodeIds) {
        const StatusOr<NodeId> node = NodeId::parse(id);
        if (!node.ok()) return node.status();
        if (site.empty()) site = node->site;
        if (site != node->site) return invalid("a plan is for one site: {} is not at {}", id, site);
    }
    if (site.empty()) return invalid("the plan names no node and no site");
    return site;
}

auto decoded(ActionClient::PlanReply reply) {
    return decodedBy<Plan>([](const v1::PlanReply& answer) { return wire::decode(answer); }, std::move(reply));
}

auto decoded(ActionClient::ActionReply reply) {
    return decodedBy<store::ActionPtr>(
        [](const v1::ActionReply& answer) -> StatusOr<store::ActionPtr> {
            StatusOr<Action> action = wire::decode(answer.action());
            if (!action.ok()) return action.status();
            return std::make_shared<const Action>(*std::move(action));
        },
        std::move(reply));
}

} // namespace

ActionClient::ActionClient(FleetSession& session) : m_session(session), m_actions(m_book.snapshot()) {}
ActionClient::~ActionClient() = default;

std::string planText(const Plan& plan) { return transport::planText(plan); }

std::string ActionClient::makeIdempotencyKey() { return randomHex(kKeyBytes); }

bool ActionClient::synced(const std::string& site) const { return std::ranges::find(m_actions->loadedSites, site) != m_actions->loadedSites.end(); }

void ActionClient::take(std::vector<store::ActionPtr> changedActions, const std::vector<std::string>& syncedSites, std::vector<store::ActionTrouble> troubles) {
    for (store::ActionPtr& action : changedActions) m_book.put(std::move(action));
    for (const std::string& site : syncedSites) m_book.setLoaded(site);
    for (store::ActionTrouble& trouble : troubles) m_book.setTrouble(std::move(trouble));
    m_actions = m_book.snapshot();
    Q_EMIT changed();
}

ActionClient::ActionReply ActionClient::remembering(ActionReply reply) {
    return [self = QPointer<ActionClient>(this), reply = std::move(reply)](StatusOr<store::ActionPtr> action) {
        if (self && action.ok()) self->take({*action}, {}, {});
        reply(std::move(action));
    };
}

void ActionClient::plan(const PlanRequest& request, PlanReply reply) {
    auto& impl = *m_session.m_impl;
    const StatusOr<std::string> site = siteOf(request);
    const auto channel = site.ok() ? impl.channelOf(*site) : StatusOr<std::shared_ptr<grpc::Channel>>(site.status());
    if (!channel.ok()) return impl.desk->post([reply = std::move(reply), why = channel.status()] { reply(why); });
    v1::PlanRequest message;
    wire::encode(request, &message);
    impl.desk->ask<v1::PlanRequest, v1::PlanReply>(
        std::move(message), [&](auto* context, const auto* asked, auto* answer, auto done) { v1::Actions::NewStub(*channel)->async()->Plan(context, asked, answer, std::move(done)); },
        decoded(std::move(reply)));
}

void ActionClient::planUndo(const std::string& actionId, PlanReply reply) {
    auto& impl = *m_session.m_impl;
    const auto channel = impl.channelOf(actionId);
    if (!channel.ok()) return impl.desk->post([reply = std::move(reply), why = channel.status()] { reply(why); });
    v1::UndoRequest message;
    message.set_action_id(actionId);
    impl.desk->ask<v1::UndoRequest, v1::PlanReply>(
        std::move(message), [&](auto* context, const auto* asked, auto* answer, auto done) { v1::Actions::NewStub(*channel)->async()->PlanUndo(context, asked, answer, std::move(done)); },
        decoded(std::move(reply)));
}

void ActionClient::submit(const SubmitOrder& order, ActionReply reply) {
    auto& impl = *m_session.m_impl;
    const auto channel = impl.channelOf(order.site);
    if (!channel.ok()) return impl.desk->post([reply = std::move(reply), why = channel.status()] { reply(why); });
    v1::SubmitRequest message;
    message.set_plan_id(order.planId);
    message.set_reason(order.reason);
    message.set_idempotency_key(order.idempotencyKey);
    message.set_undo_of(order.undoOf);
    impl.desk->ask<v1::SubmitRequest, v1::ActionReply>(
        std::move(message), [&](auto* context, const auto* asked, auto* answer, auto done) { v1::Actions::NewStub(*channel)->async()->Submit(context, asked, answer, std::move(done)); },
        decoded(remembering(std::move(reply))));
}

void ActionClient::cancel(const std::string& actionId, bool keepClosed, const std::string& reason, ActionReply reply) {
    auto& impl = *m_session.m_impl;
    const auto channel = impl.channelOf(actionId);
    if (!channel.ok()) return impl.desk->post([reply = std::move(reply), why = channel.status()] { reply(why); });
    v1::CancelRequest message;
    message.set_action_id(actionId);
    message.set_keep_closed(keepClosed);
    message.set_reason(reason);
    impl.desk->ask<v1::CancelRequest, v1::ActionReply>(
        std::move(message), [&](auto* context, const auto* asked, auto* answer, auto done) { v1::Actions::NewStub(*channel)->async()->Cancel(context, asked, answer, std::move(done)); },
        decoded(remembering(std::move(reply))));
}

void ActionClient::decide(Decision decision, const std::string& actionId, const std::string& reason, const DeadlineDecision& deadline, ActionReply reply) {
    auto& impl = *m_session.m_impl;
    const auto channel = impl.channelOf(actionId);
    if (!channel.ok()) return impl.desk->post([reply = std::move(reply), why = channel.status()] { reply(why); });
    v1::DecideRequest message;
    message.set_action_id(actionId);
    message.set_reason(reason);
    message.set_more_ms(deadline.moreMs);
    message.set_at_deadline(static_cast<std::uint32_t>(deadline.atDeadline));
    impl.desk->ask<v1::DecideRequest, v1::ActionReply>(
        std::move(message),
        [&](auto* context, const auto* asked, auto* answer, auto done) {
            const auto stub = v1::Actions::NewStub(*channel);
            switch (decision) {
            case Decision::approve: return stub->async()->Approve(context, asked, answer, std::move(done));
            case Decision::pause: return stub->async()->Pause(context, asked, answer, std::move(done));
            case Decision::resume: return stub->async()->Resume(context, asked, answer, std::move(done));
            }
        },
        decoded(remembering(std::move(reply))));
}

void ActionClient::get(const std::string& actionId, ActionReply reply) {
    auto& impl = *m_session.m_impl;
    const auto channel = impl.channelOf(actionId);
    if (!channel.ok()) return impl.desk->post([reply = std::move(reply), why = channel.status()] { reply(why); });
    v1::GetRequest message;
    message.set_action_id(actionId);
    impl.desk->ask<v1::GetRequest, v1::ActionReply>(
        std::move(message), [&](auto* context, const auto* asked, auto* answer, auto done) { v1::Actions::NewStub(*channel)->async()->Get(context, asked, answer, std::move(done)); },
        decoded(remembering(std::move(reply))));
}

} // namespace busbar::session
