// One site as busbarctl uses it: the controller's RPCs with domain values. Blocking, each call with its own time limit; errors are
// sentences that name the site (a refused handshake says why). Thread-safe.
#pragma once

#include "base/status.h"
#include "domain/action.h"
#include "domain/deadline_decision.h"
#include "domain/evidence.h"
#include "domain/fleet_batch.h"
#include "transport/profile.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace busbar::ctl {

struct WhoAmI {
    std::string site, identity, controllerVersion;
    std::vector<std::string> roles, rights;
    std::int64_t certificateExpiresWallMs = 0;
};

struct NodeList {
    std::vector<NodeDetail> nodes;
    std::int64_t leftOut = 0, asOfWallMs = 0;
};

struct LeaseExtension {
    std::string leaseId, tenant;
    std::int64_t untilWallMs = 0;
    std::uint32_t nodes = 0;
};

struct ActionList {
    std::vector<Action> actions; ///< newest first
    std::int64_t leftOut = 0;    ///< older ones that were asked for and did not fit the answer
};

struct SubmitOptions {
    std::string planId, reason, idempotencyKey, undoOf;
};

struct MadeToken {
    std::string token;
    std::int64_t expiresWallMs = 0;
};

class SiteLink {
public:
    /// Checks the profile's files; does not connect yet.
    static StatusOr<std::unique_ptr<SiteLink>> open(const transport::TlsFiles& tls, const transport::SiteAddress& site);
    ~SiteLink();

    const transport::SiteAddress& address() const { return m_site; }

    StatusOr<WhoAmI> whoAmI();
    /// Revokes a certificate at this site; answers how many of its streams were ended.
    StatusOr<std::uint32_t> revoke(const std::string& serial, const std::string& reason);
    /// What the controller says of it.
    struct Adopted {
        std::uint64_t term = 0;
        std::string sentence;
    };
    /// Answers what the controller did, as a sentence.
    StatusOr<std::string> setRoles(const std::string& user, const std::vector<std::string>& roles, const std::string& reason);
    StatusOr<Adopted> adopt(std::uint64_t term, const std::string& reason);
    StatusOr<MadeToken> makeToken(const std::string& nodeName, const std::string& serial);

    StatusOr<NodeList> list(const std::string& filter, bool detail);
    StatusOr<NodeDetail> describe(const std::string& nodeId);
    /// Hands each batch of Fleet.Watch to `take`, on this thread, until `goOn` answers false (asked ten times a second on a thread of its
    /// own) or the stream ends: OK for the former. Unavailable after 15 s without even a heartbeat.
    Status watch(const WatchInterest& interest, const std::function<void(const WatchBatch&)>& take, const std::function<bool()>& goOn);

    StatusOr<Plan> plan(const PlanRequest& request);
    StatusOr<Plan> planUndo(const std::string& actionId);
    /// Repeats the call with the same key when the connection broke before the answer: the controller makes one action of it.
    StatusOr<Action> submit(const SubmitOptions& options);
    StatusOr<Action> cancel(const std::string& actionId, bool keepClosed, const std::string& reason);
    StatusOr<Action> approve(const std::string& actionId, const std::string& reason);
    StatusOr<Action> pause(const std::string& actionId, const std::string& reason);
    /// With a decision where the action asks for one at its deadline.
    StatusOr<Action> resume(const std::string& actionId, const std::string& reason, const DeadlineDecision& deadline);
    StatusOr<LeaseExtension> extendLease(const std::string& leaseId, std::int64_t byMs, const std::string& reason);
    StatusOr<Action> action(const std::string& id);
    /// What was signed of an action; `nodeId`: of that target only. Not verified yet (transport/evidence.h).
    StatusOr<EvidencePack> evidence(const std::string& actionId, const std::string& nodeId);
    StatusOr<ActionList> actions(std::uint32_t limit, bool openOnly);

private:
    struct Stubs;
    SiteLink(transport::TlsFiles tls, transport::SiteAddress site, std::unique_ptr<Stubs> stubs);
    Status explain(const Status& failure) const;

    const transport::TlsFiles m_tls;
    const transport::SiteAddress m_site;
    const std::unique_ptr<Stubs> m_stubs;
};

/// Enrols this machine: token and serial for a certificate of a key made here. Nothing is sent unless the server shows the CA that the
/// token pins.
struct Enrolled {
    std::string nodeId, certificatePem, caPem, keyPem;
};
StatusOr<Enrolled> enrol(const std::string& token, const std::string& serial);

} // namespace busbar::ctl
