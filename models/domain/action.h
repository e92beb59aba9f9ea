// Actions: an operator's intent, its plan, its targets' steps and the evidence read back (design/lifecycle.md §2, §3).
// Pure values. Numeric values of enums are the wire's and the store's: never renumber.
#pragma once

#include "domain/facts.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace busbar {

inline constexpr std::size_t kMaxTargets = 20'000;
inline constexpr std::size_t kMaxReasonLength = 512;
inline constexpr std::size_t kMaxFaultyNodes = 256; ///< reported in one release

enum class Verb : std::uint8_t { unknown, drain, giveBack /* "return" */, lease, release, provision, reset /* of GPUs */, reboot, identify, swap };
inline constexpr Verb kLastVerb = Verb::swap;
enum class ActionState : std::uint8_t { unknownState, planned, awaitingApproval, queued, running, paused, verifying, succeeded, partlySucceeded, failed, unknown, cancelled, superseded };
enum class TargetState : std::uint8_t { unknownState, waiting, running, verifying, succeeded, failed, refused, skipped, cancelled, unknown };
enum class StepKind : std::uint8_t {
    unknown, close, wait, terminate, verify, inspect, reopen,
    precheck, scrub, configure, canary, openLease /* "open": the site's hooks */, releaseLease /* "release": the site's hooks */, burnIn, resetGpu, reboot, identify,
    mig /* "MIG": the mode that a lease asks for, set when nothing of ours has to compute on the GPU any more */
};
inline constexpr StepKind kLastStepKind = StepKind::mig;
enum class StepState : std::uint8_t { pending, running, succeeded, failed, unknown, skipped, cancelled };
enum class DeadlinePolicy : std::uint8_t { unknown, wait, ask, force };
/// What a read-back says: as set, or not, or it could not be read, or this node has nothing of the kind (one GPU has no peer to copy to):
/// that proves nothing and refutes nothing.
enum class Verdict : std::uint8_t { unknown, asSet, notAsSet, notReadable, notApplicable };
/// What a controller leaves out of an action that is too large for one message, the first one first: facts and figures (the signed evidence has
/// them); all but the newest log lines, and who holds the nodes; all of a step but its kind and state; the steps; what is said of each target.
enum class ActionPart : std::uint8_t { evidence, log, stepDetails, steps, sentences };
inline constexpr ActionPart kLastActionPart = ActionPart::sentences;

std::string_view toString(Verb value); ///< "drain", "return", …
std::string_view toString(ActionState value);
std::string_view toString(TargetState value);
std::string_view toString(StepKind value);
std::string_view toString(StepState value);
std::string_view toString(DeadlinePolicy value);
std::string_view toString(Verdict value);
std::string_view toString(ActionPart value); ///< "evidence", "log", "step details" …
std::optional<Verb> parseVerb(std::string_view text);
std::optional<DeadlinePolicy> parseDeadlinePolicy(std::string_view text);

/// True for states that never change again.
bool isFinal(ActionState state);
bool isFinal(TargetState state);

/// One fact read back. `source`: nvml, cuda, kernel, hook, "simulated nvml", model, observed, controller.
struct Evidence {
    std::string subject; ///< "node" or "GPU-uuid"
    std::string fact;    ///< "processes", "memory used", "compute mode" …
    std::string before, after, expected, unit;
    std::string source;
    Verdict verdict = Verdict::unknown;
    std::int64_t readWallMs = 0;
    bool operator==(const Evidence&) const = default;
};

/// Name of the fact by which a reboot is proven.
inline constexpr const char* kBootIdFact = "boot id";

/// One measured value of a test, with what it is held against. `subject` is "node" or "GPU-uuid", or "GPU-uuid > GPU-uuid" for copies.
struct TestFigure {
    std::string subject, name, unit;
    double value = 0;
    enum class Rule : std::uint8_t { none, atLeast, atMost } rule = Rule::none; ///< none: told, not judged
    double threshold = 0;
    std::string thresholdSource; ///< file and row that decided
    /// Among the newest of the same figure of each GPU of the model (or each node) that the controller has seen, this one among them: their
    /// median, and the place of this one, 1 the best, of how many. 0 of 0: nothing to compare it with.
    double fleetMedian = 0;
    std::int64_t fleetRank = 0, fleetCount = 0;
    bool passed() const { return rule == Rule::none || (rule == Rule::atLeast ? value >= threshold : value <= threshold); }
    bool operator==(const TestFigure&) const = default;
};

/// What a lease asks the GPUs to be set to; unset: left as it is. Each one is set, then read back (lifecycle.md §4).
struct GpuSettings {
    std::optional<bool> persistence, mig, ecc;
    std::optional<std::uint32_t> computeMode;      ///< NVML compute mode
    std::optional<std::int64_t> powerLimitWatts;
    std::optional<std::int64_t> lockedClockMhz;    ///< SM clock, lowest and highest alike
    bool any() const { return persistence || mig || ecc || computeMode || powerLimitWatts || lockedClockMhz; }
    bool operator==(const GpuSettings&) const = default;
};

/// What the verbs beside drain and return need to know.
struct VerbDetails {
    std::string tenant;             ///< lease: who gets the GPUs
    std::string leaseId;            ///< lease: made at submit; release: which one ends
    std::int64_t untilWallMs = 0;   ///< lease: 0 open-ended
    GpuSettings settings;           ///< lease
    std::string profile;            ///< provision: quick, standard or soak
    std::string replacement;        ///< swap: id of the node that comes; empty in a request: the controller chooses
    std::vector<std::string> faultyNodes; ///< release: ids of those that their tenant reports as faulty
    std::string faultText;          ///< release: the tenant's words about them
    bool operator==(const VerbDetails&) const = default;
};

/// Who holds a GPU while a drain waits.
struct Blocker {
    std::int64_t pid = 0;
    std::string user, command, lease, gpuUuid;
    std::int64_t memoryMib = -1, ageMs = -1;
    std::string note; ///< "the driver shows 2 clients, their pids are not visible"
    bool operator==(const Blocker&) const = default;
};

/// Controller → agent. `commandId` is unique per (action, node, step, attempt): the agent's journal key.
struct StepCommand {
    std::string commandId, actionId, nodeId;
    StepKind kind = StepKind::unknown;
    std::uint64_t term = 0;       ///< fencing term of the controller
    int secondsLeft = 0;          ///< longest time from arrival; the agent counts on CLOCK_BOOTTIME
    std::vector<std::string> gpuUuids; ///< scope; empty = whole node
    std::string reason;           ///< for hooks
    /// Steps whose effect this one undoes or checks (reopen after close): their evidence as set.
    std::vector<Evidence> expected;
    bool force = false;
    VerbDetails details;
};

struct StepProgress {
    std::string commandId;
    std::string sentence;
    std::vector<Blocker> blockers; ///< at most 256 are carried
    std::int64_t blockerCount = 0;
    std::int64_t wallMs = 0;
    double share = -1;            ///< how much of the step is done, 0..1; -1 not known
};

/// Bytes as their origin signed them (transport/signing.h), carried as they are: nobody ever serializes them again to check them.
struct SignedBytes {
    std::string bytes, signature;          ///< signature: DER of ECDSA P-256 over SHA-256
    std::vector<std::string> certificates; ///< DER, the signer's first, then its intermediates
    bool empty() const { return bytes.empty(); }
    bool operator==(const SignedBytes&) const = default;
};

/// Agent → controller: how a command ended. Repeating a commandId repeats the report, never the step.
struct StepReport {
    std::string commandId;
    StepKind kind = StepKind::unknown;
    StepState state = StepState::unknown;
    std::string sentence;
    std::vector<Evidence> evidence;
    std::vector<Blocker> blockers;
    std::int64_t startedWallMs = 0, endedWallMs = 0;
    std::vector<TestFigure> figures;
    SignedBytes origin; ///< what the node or its gateway signed; all above is read from its bytes. Empty: not signed
    bool operator==(const StepReport&) const = default;
};

struct StepRecord {
    StepKind kind = StepKind::unknown;
    StepState state = StepState::pending;
    std::string commandId;
    int attempt = 0;
    std::string sentence;
    bool destructive = false;
    std::int64_t startedWallMs = 0, endedWallMs = 0;
    std::vector<Evidence> evidence;
    std::vector<TestFigure> figures;
    double share = -1;                 ///< of the running step, 0..1; -1 not known
    std::string signedBy;              ///< who signed the report that was taken: "busbar://node/pdx1/n1"; empty: none was
};

struct TargetRecord {
    std::string nodeId;
    TargetState state = TargetState::waiting;
    int wave = 1;
    std::string sentence;              ///< why it is where it is; reason for refused and skipped
    std::vector<StepRecord> steps;
    std::vector<Blocker> blockers;     ///< live while waiting
    std::int64_t blockerCount = 0;
    std::int64_t startedWallMs = 0, endedWallMs = 0;
    std::int64_t deadlineWallMs = 0;   ///< absolute; 0 = not started or none
    std::vector<std::string> leases;   ///< that its plan showed on it; a verb that closes starts in no other (controller only)
};

struct PlanRequest {
    Verb verb = Verb::unknown;
    std::vector<std::string> nodeIds;  ///< explicit ids, or
    std::string filter;                ///< a query, resolved once in the controller (busbarctl only)
    std::int64_t deadlineMs = 600'000; ///< per target, from its verified close; 0 = none
    DeadlinePolicy atDeadline = DeadlinePolicy::ask;
    std::string site;                  ///< for filters; ids carry their own
    /// Scope of a drain, return or reset of one node; empty = whole nodes. A request may name GPUs by their slot ("3"), a plan never does.
    std::vector<std::string> gpuUuids;
    VerbDetails details;
    bool queue = false;                ///< a node that another action holds waits for that one's end instead of being refused
    std::int64_t notAfterWallMs = 0;   ///< targets not started by then are cancelled; a date, 0 = none
    bool overrideFailed = false;       ///< return: also a node whose check failed, for the action's reason, which its facts then tell (admin)
    bool allOrNothing = false;         ///< lease: refused whole where one target is refused
};

/// A count with a name: tenants, models, failure domains …
struct Share {
    std::string name;
    std::int64_t part = 0, whole = 0;
    bool operator==(const Share&) const = default;
};

struct BlastRadius {
    std::int64_t nodes = 0, gpus = 0, leases = 0, processes = 0;
    std::vector<Share> tenants;          ///< GPUs of the tenant touched, of all its GPUs at the site
    std::vector<Share> freeByModel;      ///< free GPUs taken away of free ones, per model
    std::vector<Share> failureDomains;   ///< nodes touched of the domain's nodes; name "rack r12", "leaf lf2" …
    double gpuHours = 0;                 ///< leased GPUs × longest wait
    double powerStepKw = 0;              ///< present draw of the targets
    std::int64_t longestWaitMs = 0;
    bool reversible = true;
    bool operator==(const BlastRadius&) const = default;
};

struct PlanTarget {
    std::string nodeId;
    NodeFacts facts;
    Source source = Source::unknown;
    bool eligible = false;
    std::string sentence;               ///< what will be done, or why refused and the way out
    std::vector<StepKind> steps;
    std::vector<std::string> leases;
    std::int64_t processes = 0;
    std::string queuedBehind;           ///< id of the action that holds the node now; empty: nobody, or the node is refused for it
};

/// How far the breakers are from pausing an action (lifecycle.md §2.4), counted by the controller when it tells of the action; a limit of 0:
/// that one does not stand over this action, or was not told.
struct BreakerCounts {
    std::int64_t failures = 0, failureLimit = 0;            ///< targets failed or unknown since a person let it go on; so many pause it
    int wave = 0;                                           ///< the one with the largest share of failures, 0: none failed yet
    std::int64_t waveFailed = 0, waveTargets = 0, wavePercent = 0; ///< of that wave; that share in percent pauses the action
    std::int64_t siteClosed = 0, siteLimit = 0;             ///< nodes of the site closed within siteWindowMs; one more than the limit pauses all closing
    std::int64_t siteNodes = 0, siteWindowMs = 0;
    bool operator==(const BreakerCounts&) const = default;
};

struct Plan {
    std::string id;                     ///< ULID
    std::string site;
    PlanRequest request;
    std::uint64_t revision = 0;         ///< of the state store
    std::int64_t madeWallMs = 0, expiresWallMs = 0;
    std::vector<PlanTarget> targets;
    BlastRadius blast;
    std::int64_t leftOut = 0;           ///< unknowns a filter could not judge
    std::string inverse;                ///< "return of the drained nodes"
    bool needsApproval = false;
    std::string approvalWhy;
    std::vector<std::int64_t> waves;    ///< how many targets each wave would have now, in order; empty: not told
    BreakerCounts breaker;              ///< its own limits alone: nothing has run
};

struct LogLine {
    std::int64_t wallMs = 0;
    std::string nodeId, text;
};

struct Action {
    std::string id;                     ///< "site/ULID"
    Verb verb = Verb::unknown;
    ActionState state = ActionState::planned;
    std::string sentence;               ///< why it waits, paused, failed …
    std::string reason, actor, planId;
    std::uint64_t planRevision = 0;
    std::uint64_t revision = 0;         ///< store revision of the last change of this action
    std::int64_t createdWallMs = 0, startedWallMs = 0, endedWallMs = 0;
    std::int64_t deadlineMs = 0;
    DeadlinePolicy atDeadline = DeadlinePolicy::ask;
    bool queue = false;                 ///< as in PlanRequest
    std::int64_t notAfterWallMs = 0;    ///< as in PlanRequest
    bool overrideFailed = false;        ///< as in PlanRequest
    std::string undoOf;                 ///< id of the action this one undoes
    bool cancelRequested = false;
    VerbDetails details;
    std::vector<std::string> gpuUuids;  ///< scope: only these GPUs of its one node; empty = whole nodes
    std::string approvedBy;             ///< second person, where the plan needed one
    std::int64_t approvedWallMs = 0;
    std::string approvalWhy;            ///< why a second person has to approve; empty: nobody has to
    std::string pausedWhy;              ///< who or what paused it; empty: it is not paused
    BlastRadius blast;
    BreakerCounts breaker;              ///< told while the action is open, not kept
    std::string queuedBehind;           ///< id of an action that holds a node this one waits for; told, not kept; empty: none
    std::vector<TargetRecord> targets;
    std::vector<LogLine> log;           ///< newest last, bounded to 2,000
    std::uint32_t leftOut = 0;          ///< bit n: ActionPart n is left out of this copy; told, not kept
};

constexpr std::uint32_t bitOf(ActionPart part) { return std::uint32_t{1} << static_cast<unsigned>(part); }
inline bool isLeftOut(const Action& action, ActionPart part) { return (action.leftOut & bitOf(part)) != 0; }
std::vector<ActionPart> leftOutOf(const Action& action);

} // namespace busbar
