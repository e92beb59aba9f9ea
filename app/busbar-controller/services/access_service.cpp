#include "busbar-controller/services/access_service.h"

#include "busbar-controller/auth/revocations.h"
#include "busbar/v1/access.grpc.pb.h"
#include "domain/action.h"
#include "transport/pki.h"
#include "transport/status_map.h"

#include <grpcpp/server_context.h>

namespace busbar::controller {
namespace {

class AccessService final : public v1::Access::Service {
public:
    explicit AccessService(AccessParts parts) : m_parts(std::move(parts)) {}

    grpc::Status WhoAmI(grpc::ServerContext* context, const v1::WhoAmIRequest*, v1::WhoAmIReply* reply) override {
        const auto who = m_parts.authorizer.user(*context->auth_context());
        if (!who.ok()) return transport::toGrpc(who.status());
        reply->set_identity(who->identity.uri());
        reply->set_site(m_parts.authorizer.site());
        reply->set_certificate_expires_wall_ms(who->identity.notAfterWallMs);
        reply->set_controller_version(BUSBAR_VERSION);
        for (const Role role : who->roles) reply->add_roles(std::string(toString(role)));
        for (const Right right : {Right::read, Right::drain, Right::giveBack, Right::release, Right::cancel, Right::approve, Right::lease, Right::provision, Right::reset, Right::reboot, Right::identify, Right::swap, Right::force,
                                  Right::override_, Right::pki, Right::policy})
            if (allows(who->roles, right)) reply->add_rights(std::string(toString(right)));
        return grpc::Status::OK;
    }

    grpc::Status MakeToken(grpc::ServerContext* context, const v1::MakeTokenRequest* request, v1::MakeTokenReply* reply) override {
        const auto who = m_parts.authorizer.require(*context->auth_context(), Right::pki);
        if (!who.ok()) return transport::toGrpc(who.status());
        if (m_parts.enrolAddress.empty()) return transport::toGrpc(refused("this controller has no enrolment port: set enrol_listen in its configuration"));
        const auto hash = transport::fingerprint(m_parts.rootPem);
        if (!hash.ok()) return transport::toGrpc(hash.status());
        const auto made = m_parts.tokens.make(request->node_name(), request->serial());
        const Status audited = m_parts.store.appendAudit(who->identity.uri(), fmt::format("token for node {}", request->node_name().substr(0, 80)), "", "certificate " + who->identity.serial,
                                                   made.ok() ? "made" : std::string(sentenceOf(made.status())), made.ok());
        if (!made.ok()) return transport::toGrpc(made.status());
        if (!audited.ok()) return transport::toGrpc(audited);
        reply->set_token(fmt::format("{}|{}|{}|{}|{}", m_parts.enrolAddress, m_parts.authorizer.site(), request->node_name(), *hash, made->secret));
        reply->set_expires_wall_ms(made->expiresWallMs);
        return grpc::Status::OK;
    }

    grpc::Status Revoke(grpc::ServerContext* context, const v1::RevokeRequest* request, v1::RevokeReply* reply) override {
        const auto who = m_parts.authorizer.require(*context->auth_context(), Right::pki);
        if (!who.ok()) return transport::toGrpc(who.status());
        const auto revoked = revoke(*who, *request);
        const Status audited = m_parts.store.appendAudit(who->identity.uri(), fmt::format("revoke certificate {}", request->serial().substr(0, 80)), request->reason().substr(0, kMaxReasonLength),
                                                         fmt::format("{}, certificate {}", context->peer(), who->identity.serial), revoked.ok() ? *revoked : std::string(sentenceOf(revoked.status())), revoked.ok());
        if (!revoked.ok()) return transport::toGrpc(revoked.status());
        const auto serial = Revocations::normalSerial(request->serial());
        reply->set_ended_streams(static_cast<std::uint32_t>(m_parts.endStreams(*serial, absl::UnauthenticatedError(*revoked))));
        reply->set_sentence(*revoked);
        return transport::toGrpc(audited);
    }

    grpc::Status Adopt(grpc::ServerContext* context, const v1::AdoptRequest* request, v1::AdoptReply* reply) override {
        const auto who = m_parts.authorizer.require(*context->auth_context(), Right::pki);
        if (!who.ok()) return transport::toGrpc(who.status());
        AuditNote note = noteOf(*who, *context, fmt::format("adopt term {}", request->term()), request->reason());
        const Status may = note.why.empty() ? invalid("the adoption has no reason: say why, it goes to the audit") : m_parts.checkAdopt(request->term());
        if (!may.ok()) return refuse(note, may);
        note.result = "this controller rules from now on";
        const auto adopted = m_parts.adopt(request->term(), note);
        if (!adopted.ok()) return transport::toGrpc(adopted.status());
        reply->set_term(adopted->first);
        reply->set_ended_streams(static_cast<std::uint32_t>(adopted->second));
        reply->set_sentence(fmt::format("this controller rules with term {} from now on; its {} agents connect again", adopted->first, adopted->second));
        return grpc::Status::OK;
    }

    grpc::Status SetRoles(grpc::ServerContext* context, const v1::SetRolesRequest* request, v1::SetRolesReply* reply) override {
        const auto who = m_parts.authorizer.require(*context->auth_context(), Right::policy);
        if (!who.ok()) return transport::toGrpc(who.status());
        const std::vector<std::string> roles(request->roles().begin(), request->roles().end());
        const AuditNote note = noteOf(*who, *context, fmt::format("set the roles of user {}", request->user().substr(0, 80)), request->reason());
        if (note.why.empty()) return refuse(note, invalid("the change has no reason: say why, it goes to the audit"));
        if (request->user() == who->name()) return refuse(note, refused("{} may not change the own roles: let another admin do it", who->name()));
        const auto done = m_parts.authorizer.setRoles(request->user(), roles, note);
        if (!done.ok()) return refuse(note, done.status());
        reply->set_sentence(*done);
        return grpc::Status::OK;
    }

private:
    static AuditNote noteOf(const Principal& who, const grpc::ServerContext& context, std::string what, const std::string& reason) {
        return {who.identity.uri(), std::move(what), reason.substr(0, kMaxReasonLength), fmt::format("{}, certificate {}", context.peer(), who.identity.serial), "", true};
    }
    /// A refused change is in the audit too.
    grpc::Status refuse(const AuditNote& note, const Status& why) const {
        const Status audited = m_parts.store.appendAudit(note.who, note.what, note.why, note.from, std::string(sentenceOf(why)), false);
        return transport::toGrpc(audited.ok() ? why : audited);
    }
    StatusOr<std::string> revoke(const Principal& who, const v1::RevokeRequest& request) {
        const auto serial = Revocations::normalSerial(request.serial());
        if (!serial.ok()) return serial.status();
        if (*serial == who.identity.serial) return refused("{} is the certificate of this very call: revoke it with another admin's", *serial);
        return Revocations(m_parts.store).add(*serial, who.name(), request.reason(), m_parts.clock.wallMs());
    }

    const AccessParts m_parts;
};

} // namespace

std::unique_ptr<grpc::Service> makeAccessService(AccessParts parts) { return std::make_unique<AccessService>(std::move(parts)); }

} // namespace busbar::controller
