// ActionClient's evidence: a server stream, collected on gRPC's threads, verified on a worker.
#include "busbar/v1/actions.grpc.pb.h"
#include "session/action_client.h"
#include "session/session_impl.h"
#include "transport/evidence_export.h"
#include "transport/x509.h"
#include "wire/codec.h"

namespace busbar::session {
namespace {

constexpr std::chrono::seconds kEvidenceLimit(60);

StatusOr<EvidencePtr> verified(const std::string& actionId, const std::string& nodeId, const EvidencePack& pack, const std::string& rootsPem) {
    auto proven = transport::verifyAnswer(actionId, nodeId, pack, rootsPem);
    if (!proven.ok()) return proven.status();
    auto text = transport::exportText(pack, *proven);
    if (!text.ok()) return text.status();
    return std::make_shared<const VerifiedEvidence>(VerifiedEvidence{*std::move(proven), *std::move(text)});
}

StatusOr<EvidencePtr> verifiedFile(const std::string& path, const std::string& rootsPem) {
    auto text = transport::readFile(path);
    if (!text.ok()) return text.status();
    auto proven = transport::verifyExport(*text, rootsPem);
    if (!proven.ok()) return proven.status();
    return std::make_shared<const VerifiedEvidence>(VerifiedEvidence{*std::move(proven), *std::move(text)});
}

std::function<void()> answered(const ActionClient::EvidenceReply& reply, StatusOr<EvidencePtr> result) {
    return [reply, result = std::move(result)] { reply(result); };
}

/// Collects the parts and hands them to the desk's worker; deletes itself with its call.
class EvidenceCall final : public grpc::ClientReadReactor<v1::EvidencePart> {
public:
    EvidenceCall(Desk& desk, std::string rootFile, ActionClient::EvidenceReply reply) : m_desk(desk), m_rootFile(std::move(rootFile)), m_reply(std::move(reply)) {}

    void begin(const std::shared_ptr<grpc::Channel>& channel, v1::EvidenceRequest request) {
        m_request = std::move(request);
        m_context.set_deadline(std::chrono::system_clock::now() + kEvidenceLimit);
        m_desk.add(&m_context);
        v1::Actions::NewStub(channel)->async()->Evidence(&m_context, &m_request, this);
        StartRead(&m_part);
        StartCall();
    }

    void OnReadDone(bool ok) override {
        if (!ok) return;
        if (m_why.ok()) m_why = take();
        if (m_why.ok()) StartRead(&m_part);
        else m_context.TryCancel();
    }

    void OnDone(const grpc::Status& status) override {
        Status end = m_why.ok() ? transport::fromGrpc(status) : m_why;
        m_desk.work([end = std::move(end), id = m_request.action_id(), nodeId = m_request.node_id(), pack = std::move(m_pack), rootFile = m_rootFile, reply = m_reply] {
            if (!end.ok()) return answered(reply, end);
            const auto roots = transport::readFile(rootFile);
            return answered(reply, roots.ok() ? verified(id, nodeId, pack, *roots) : StatusOr<EvidencePtr>(roots.status()));
        });
        m_desk.remove(&m_context);
        delete this;
    }

private:
    Status take() {
        m_bytes += m_part.ByteSizeLong();
        if (m_bytes > ActionClient::kMaxEvidenceBytes) return absl::ResourceExhaustedError(fmt::format("the evidence of {} is larger than {} MB: ask for it node by node", m_request.action_id(), ActionClient::kMaxEvidenceBytes >> 20U));
        return wire::take(m_part, m_pack);
    }

    Desk& m_desk;
    const std::string m_rootFile;
    const ActionClient::EvidenceReply m_reply;
    grpc::ClientContext m_context;
    v1::EvidenceRequest m_request;
    v1::EvidencePart m_part;
    EvidencePack m_pack;
    std::size_t m_bytes = 0;
    Status m_why;
};

} // namespace

void ActionClient::evidence(const std::string& actionId, const std::string& nodeId, EvidenceReply reply) {
    auto& impl = *m_session.m_impl;
    const auto channel = impl.channelOf(actionId);
    if (!channel.ok()) return impl.desk->post([reply = std::move(reply), why = channel.status()] { reply(why); });
    v1::EvidenceRequest request;
    request.set_action_id(actionId);
    request.set_node_id(nodeId);
    auto* const call = new EvidenceCall(*impl.desk, impl.profile.tls.ca, std::move(reply)); // Deletes itself in OnDone.
    call->begin(*channel, std::move(request));
}

void ActionClient::verifyExport(const std::string& path, EvidenceReply reply) {
    m_session.m_impl->desk->work([path, rootFile = m_session.m_impl->profile.tls.ca, reply = std::move(reply)] {
        const auto roots = transport::readFile(rootFile);
        return answered(reply, roots.ok() ? verifiedFile(path, *roots) : StatusOr<EvidencePtr>(roots.status()));
    });
}

} // namespace busbar::session
