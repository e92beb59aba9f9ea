#include "busbar-controller/services/access_service.h"

#include "busbar/v1/access.grpc.pb.h"
#include "transport/pki.h"
#include "transport/status_map.h"

#include <grpcpp/server_context.h>

namespace busbar::controller {
namespace {

class AccessService final : public v1::Access::Service {
public:
    AccessService(const Authorizer& authorizer, TokenBook& tokens, StateStore& store, std::string enrolAddress, std::string rootPem)
        : m_authorizer(authorizer), m_tokens(tokens), m_store(store), m_enrolAddress(std::move(enrolAddress)), m_rootPem(std::move(rootPem)) {}

    grpc::Status WhoAmI(grpc::ServerContext* context, const v1::WhoAmIRequest*, v1::WhoAmIReply* reply) override {
        const auto who = m_authorizer.user(*context->auth_context());
        if (!who.ok()) return transport::toGrpc(who.status());
        reply->set_identity(who->identity.uri());
        reply->set_site(m_authorizer.site());
        reply->set_certificate_expires_wall_ms(who->identity.notAfterWallMs);
        reply->set_controller_version(BUSBAR_VERSION);
        for (const Role role : who->roles) reply->add_roles(std::string(toString(role)));
        for (const Right right : {Right::read, Right::drain, Right::giveBack, Right::release, Right::cancel, Right::approve, Right::lease, Right::provision, Right::force,
                                  Right::override_, Right::pki, Right::policy})
            if (allows(who->roles, right)) reply->add_rights(std::string(toString(right)));
        return grpc::Status::OK;
    }

    grpc::Status MakeToken(grpc::ServerContext* context, const v1::MakeTokenRequest* request, v1::MakeTokenReply* reply) override {
        const auto who = m_authorizer.require(*context->auth_context(), Right::pki);
        if (!who.ok()) return transport::toGrpc(who.status());
        if (m_enrolAddress.empty()) return transport::toGrpc(refused("this controller has no enrolment port: set enrol_listen in its configuration"));
        const auto hash = transport::fingerprint(m_rootPem);
        if (!hash.ok()) return transport::toGrpc(hash.status());
        const auto made = m_tokens.make(request->node_name(), request->serial());
        const Status audited = m_store.appendAudit(who->identity.uri(), fmt::format("token for node {}", request->node_name().substr(0, 80)), "", "certificate " + who->identity.serial,
                                                   made.ok() ? "made" : std::string(sentenceOf(made.status())), made.ok());
        if (!made.ok()) return transport::toGrpc(made.status());
        if (!audited.ok()) return transport::toGrpc(audited);
        reply->set_token(fmt::format("{}|{}|{}|{}|{}", m_enrolAddress, m_authorizer.site(), request->node_name(), *hash, made->secret));
        reply->set_expires_wall_ms(made->expiresWallMs);
        return grpc::Status::OK;
    }

private:
    const Authorizer& m_authorizer;
    TokenBook& m_tokens;
    StateStore& m_store;
    std::string m_enrolAddress, m_rootPem;
};

} // namespace

std::unique_ptr<grpc::Service> makeAccessService(const Authorizer& authorizer, TokenBook& tokens, StateStore& store, std::string enrolAddress, std::string rootPem) {
    return std::make_unique<AccessService>(authorizer, tokens, store, std::move(enrolAddress), std::move(rootPem));
}

} // namespace busbar::controller
