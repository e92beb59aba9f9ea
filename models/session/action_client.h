// Plans, submits, approves, holds, cancels and undoes actions, and follows those of all sites. GUI thread; answers come on it, later, once each.
// Nothing is sent to a device here: what a controller took up is seen in all().
#pragma once

#include "base/status.h"
#include "domain/action.h"
#include "domain/deadline_decision.h"
#include "domain/evidence.h"
#include "store/action_book.h"

#include <QObject>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace busbar::session {

class FleetSession;

struct SubmitOrder {
    std::string site, planId, reason;
    std::string idempotencyKey; ///< made once, at the confirm click, so that a second try cannot act twice
    std::string undoOf;         ///< id of the action this one undoes
};

/// What a person decides about an action under way.
enum class Decision : unsigned char { approve, pause, resume };

/// Evidence whose every signature was checked against the profile's CA, and the export file that holds it: write `text` as it is, byte for
/// byte. Read what to show from `proven` only: it comes from the signed bytes.
struct VerifiedEvidence {
    ProvenEvidence proven;
    std::string text;
};
using EvidencePtr = std::shared_ptr<const VerifiedEvidence>;

/// The plan as a file: byte for byte what `busbarctl -o json … --plan` prints of it.
std::string planText(const Plan& plan);

class ActionClient : public QObject {
    Q_OBJECT
public:
    using PlanReply = std::function<void(StatusOr<Plan>)>;
    using ActionReply = std::function<void(StatusOr<store::ActionPtr>)>;

    /// Ids of one site; `request.site` or their prefix names it.
    void plan(const PlanRequest& request, PlanReply reply);
    void planUndo(const std::string& actionId, PlanReply reply);
    void submit(const SubmitOrder& order, ActionReply reply);
    void cancel(const std::string& actionId, bool keepClosed, const std::string& reason, ActionReply reply);
    /// `deadline`: of a resume, where the action asks at its deadline.
    void decide(Decision decision, const std::string& actionId, const std::string& reason, const DeadlineDecision& deadline, ActionReply reply);
    void get(const std::string& actionId, ActionReply reply);
    static std::string makeIdempotencyKey();

    using EvidenceReply = std::function<void(StatusOr<EvidencePtr>)>;
    /// Fetches and verifies what the nodes signed, off the GUI thread; any viewer may. `nodeId`: that target's only; empty: all, up to
    /// kMaxEvidenceBytes (ResourceExhausted beyond: ask node by node). DataLoss or Unauthenticated names the first signature that does not
    /// hold; a running action gives what has ended so far.
    void evidence(const std::string& actionId, const std::string& nodeId, EvidenceReply reply);
    /// Verifies an export file offline against the profile's CA, off the GUI thread. The error names the first thing that is wrong.
    void verifyExport(const std::string& path, EvidenceReply reply);
    static constexpr std::size_t kMaxEvidenceBytes = std::size_t{64} * 1024 * 1024;

    /// All actions known, newest first.
    std::vector<store::ActionPtr> all() const { return m_actions->actions; }
    store::ActionsPtr snapshot() const { return m_actions; }
    /// True once all actions of the site have come.
    bool synced(const std::string& site) const;

Q_SIGNALS:
    /// all() has changed; at most once per frame.
    void changed();

private:
    friend class FleetSession;
    explicit ActionClient(FleetSession& session);
    ~ActionClient() override;
    void take(std::vector<store::ActionPtr> changed, const std::vector<std::string>& syncedSites, std::vector<store::ActionTrouble> troubles);
    /// Remembers what an answer showed before the stream does.
    ActionReply remembering(ActionReply reply);

    FleetSession& m_session;
    store::ActionBook m_book;
    store::ActionsPtr m_actions;
};

} // namespace busbar::session
