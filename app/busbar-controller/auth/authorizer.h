// Who may do what here (design.md §9): the identity of the verified certificate, its roles in this site's store, one table of rights
// (domain/role.h). Every RPC of every service asks; the GUI never decides. Refusals are sentences and go into the audit table.
// Thread-safe; reads roles from the store on each call, so that a change holds at once.
#pragma once

#include "base/status.h"
#include "busbar-controller/auth/revocations.h"
#include "busbar-controller/state/state_store.h"
#include "domain/facts.h"
#include "domain/role.h"
#include "transport/identity.h"

#include <map>
#include <string>
#include <vector>

namespace grpc {
class AuthContext;
}

namespace busbar::controller {

struct Principal {
    transport::Identity identity;
    std::vector<Role> roles;
    /// As written into actions and the audit: the user's name.
    const std::string& name() const { return identity.name; }
};

class Authorizer {
public:
    /// `store` must outlive the authorizer.
    Authorizer(StateStore& store, std::string site) : m_store(store), m_revocations(store), m_site(std::move(site)) {}

    /// Writes /roles/<user> for users that have no binding yet; logs a warning for each whose binding is another one: the store's counts.
    Status seedRoles(const std::map<std::string, std::vector<std::string>>& roles);
    /// A user's roles from now on, with the audit row; none takes them all. Answers the sentence of the audit's result.
    StatusOr<std::string> setRoles(const std::string& user, const std::vector<std::string>& roles, const AuditNote& note);

    /// The calling user with its roles; refused for certificates of nodes, gateways and controllers, of users whom another site enrolled,
    /// and for revoked ones.
    StatusOr<Principal> user(const grpc::AuthContext& context) const;
    /// Like user(), and one of its roles must allow `right`. A refusal is logged and appended to the audit; it says what was asked for by
    /// `doing`, where the right has another name.
    StatusOr<Principal> require(const grpc::AuthContext& context, Right right, std::string_view doing = {}) const;

    const Revocations& revocations() const { return m_revocations; }
    const std::string& site() const { return m_site; }

private:
    StatusOr<Principal> principalOf(transport::Identity identity) const;
    Status warnOfOtherRoles(const std::map<std::string, std::vector<std::string>>& roles) const;
    Status refuse(const transport::Identity& identity, Right right, Status why) const;

    StateStore& m_store;
    const Revocations m_revocations;
    std::string m_site;
};

/// The rule at an agent's Hello, without TLS: a node's certificate speaks for its own id, a gateway's for ids with its prefix and
/// never as `live`.
Status checkAgent(const transport::Identity& identity, const std::string& site, const std::string& nodeId, Source source);

} // namespace busbar::controller
