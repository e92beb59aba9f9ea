#include "busbar-controller/auth/authorizer.h"

#include "base/ids.h"

#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>
#include <spdlog/spdlog.h>

namespace busbar::controller {
namespace {

using transport::Identity;
using transport::PeerKind;

// "operator or admin": who could have done it.
std::string rolesThatAllow(Right right) {
    std::vector<std::string> names;
    for (const Role role : {Role::viewer, Role::operator_, Role::planner, Role::technician, Role::admin})
        if (allows(role, right)) names.emplace_back(toString(role));
    return absl::StrJoin(names, " or ");
}

std::string namesOf(const std::vector<Role>& roles) {
    std::vector<std::string> names;
    for (const Role role : roles) names.emplace_back(toString(role));
    return absl::StrJoin(names, ", ");
}

Status checkBinding(const std::string& user, const std::vector<std::string>& roles) {
    if (!isValidName(user)) return invalid("'{}' is no valid user name", user);
    for (const std::string& name : roles)
        if (!parseRole(name)) return invalid("user {} has the unknown role '{}': viewer, operator, planner, technician or admin", user, name);
    return absl::OkStatus();
}

} // namespace

Status Authorizer::seedRoles(const std::map<std::string, std::vector<std::string>>& roles) {
    for (const auto& [user, names] : roles) {
        if (const Status good = checkBinding(user, names); !good.ok()) return invalid("[roles]: {}", sentenceOf(good));
        Transaction seed;
        seed.compares.push_back({"/roles/" + user, 0});
        seed.puts.push_back({"/roles/" + user, absl::StrJoin(names, ","), 0});
        const auto done = m_store.commit(seed);
        if (!done.ok() && done.status().code() != absl::StatusCode::kAborted) return done.status(); // Aborted: it has a binding.
    }
    return warnOfOtherRoles(roles);
}

StatusOr<std::string> Authorizer::setRoles(const std::string& user, const std::vector<std::string>& roles, const AuditNote& note) {
    if (Status good = checkBinding(user, roles); !good.ok()) return good;
    const std::string key = "/roles/" + user;
    const auto before = m_store.get(key);
    if (!before.ok() && !absl::IsNotFound(before.status())) return before.status();
    Transaction change;
    change.compares.push_back({key, before.ok() ? before->changedRevision : 0});
    if (roles.empty()) change.deletes.push_back(key);
    else change.puts.push_back({key, absl::StrJoin(roles, ","), 0});
    change.audits.push_back(note);
    change.audits.back().result = fmt::format("user {} has the roles [{}] at site {}, before [{}]", user, absl::StrJoin(roles, ", "), m_site, before.ok() ? before->value : "");
    if (const auto done = m_store.commit(change); !done.ok()) return done.status();
    return change.audits.back().result;
}

/// The store's binding counts; a file that says otherwise would be believed by whoever edits it.
Status Authorizer::warnOfOtherRoles(const std::map<std::string, std::vector<std::string>>& roles) const {
    const auto entries = m_store.list("/roles/");
    if (!entries.ok()) return entries.status();
    for (const Entry& entry : *entries) {
        const std::string user = entry.key.substr(std::string_view("/roles/").size());
        const auto file = roles.find(user);
        const std::string wanted = file == roles.end() ? "" : absl::StrJoin(file->second, ",");
        if (wanted == entry.value) continue;
        spdlog::warn("user '{}' has the roles [{}] of the state store, not [{}] of the configuration's [roles]: that table fills an empty store only; `busbarctl access set {} --site {} --roles {}` changes them (admin)",
                     user, entry.value, wanted, user, m_site, wanted.empty() ? "none" : wanted);
    }
    return absl::OkStatus();
}

StatusOr<Principal> Authorizer::principalOf(Identity identity) const {
    if (identity.kind != PeerKind::user)
        return denied("{} is a {}'s certificate: only users may call this", identity.uri(), toString(identity.kind));
    if (!identity.issuerSite.empty() && transport::siteCaName(identity.issuerSite) != transport::siteCaName(m_site))
        return denied("{} was enrolled by site {}, this is {}: its certificate counts only there", identity.uri(), identity.issuerSite, m_site);
    if (Status revoked = m_revocations.check(identity); !revoked.ok()) return revoked;
    Principal principal{std::move(identity), {}};
    const auto entry = m_store.get("/roles/" + principal.name());
    if (absl::IsNotFound(entry.status())) return principal;
    if (!entry.ok()) return entry.status();
    for (const auto name : absl::StrSplit(entry->value, ',', absl::SkipEmpty()))
        if (const auto role = parseRole({name.data(), name.size()})) principal.roles.push_back(*role);
    return principal;
}

StatusOr<Principal> Authorizer::user(const grpc::AuthContext& context) const {
    auto identity = transport::peerIdentity(context);
    return identity.ok() ? principalOf(*std::move(identity)) : identity.status();
}

StatusOr<Principal> Authorizer::require(const grpc::AuthContext& context, Right right, std::string_view doing) const {
    auto identity = transport::peerIdentity(context);
    if (!identity.ok()) return identity.status();
    auto principal = principalOf(*identity);
    if (!principal.ok()) return refuse(*identity, right, principal.status());
    if (allows(principal->roles, right)) return principal;
    const std::string has = principal->roles.empty() ? "no role" : fmt::format("role {}", namesOf(principal->roles));
    return refuse(principal->identity, right,
                  denied("user '{}' has {} at site {}; {} needs {}", principal->name(), has, m_site, doing.empty() ? toString(right) : doing, rolesThatAllow(right)));
}

Status Authorizer::refuse(const Identity& identity, Right right, Status why) const {
    spdlog::warn("{} refused to {}: {}", toString(right), identity.uri(), sentenceOf(why));
    const Status written = m_store.appendAudit(identity.uri(), std::string(toString(right)), "", "certificate " + identity.serial, std::string(sentenceOf(why)), false);
    if (!written.ok()) return internal("{} (and the audit could not be written: {})", sentenceOf(why), sentenceOf(written));
    return why;
}

Status checkAgent(const Identity& identity, const std::string& site, const std::string& nodeId, Source source) {
    const auto id = NodeId::parse(nodeId);
    if (!id.ok()) return id.status();
    if (identity.kind != PeerKind::node && identity.kind != PeerKind::gateway)
        return denied("{} is a {}'s certificate: an agent needs one of a node or a gateway", identity.uri(), toString(identity.kind));
    if (identity.site != site) return denied("{} belongs to site {}, this is {}", identity.uri(), identity.site, site);
    if (id->site != site) return denied("node {} does not belong to site {}", nodeId, site);
    if (identity.kind == PeerKind::node) {
        if (identity.name != id->name) return denied("{} may not speak for node {}", identity.uri(), nodeId);
        return absl::OkStatus();
    }
    if (!id->name.starts_with(identity.name)) return denied("{} may speak only for nodes whose name starts with '{}', not for {}", identity.uri(), identity.name, nodeId);
    if (source != Source::replayed && source != Source::simulated)
        return denied("{} is a gateway and may declare nodes replayed or simulated only; node {} was declared {}: a live node needs its own certificate", identity.uri(), nodeId, toString(source));
    return absl::OkStatus();
}

} // namespace busbar::controller
