#include "transport/evidence.h"

#include "base/ids.h"
#include "domain/lifecycle.h"
#include "wire/codec.h"

#include <algorithm>
#include <set>

namespace busbar::transport {
namespace {

constexpr std::string_view kControllerSource = "controller";

Status wrong(std::string sentence) { return absl::DataLossError(std::move(sentence)); }

/// What stands behind "site/" of a node's or an action's id.
std::string_view nameOf(std::string_view id) { return id.substr(id.find('/') + 1); }

bool isControllers(const Evidence& evidence) { return evidence.source == kControllerSource; }

/// A node signs for itself, a gateway for what its prefix names.
Status checkSigner(const Identity& signer, const std::string& nodeId) {
    const auto node = NodeId::parse(nodeId);
    if (!node.ok()) return node.status();
    const bool own = signer.kind == PeerKind::node && signer.name == node->name;
    const bool gateway = signer.kind == PeerKind::gateway && node->name.starts_with(signer.name);
    if (signer.site == node->site && (own || gateway)) return absl::OkStatus();
    return absl::UnauthenticatedError(fmt::format("it is signed by {}, which does not speak for {}", signer.uri(), nodeId));
}

void addPart(std::string& all, std::string_view part) {
    all += fmt::format("{} ", part.size());
    all += part;
}

/// The same measurements, whatever threshold they are held against and wherever they stand in the fleet.
bool sameFigures(const std::vector<TestFigure>& judged, const std::vector<TestFigure>& measured) {
    return std::equal(judged.begin(), judged.end(), measured.begin(), measured.end(), [](const TestFigure& a, const TestFigure& b) {
        return a.subject == b.subject && a.name == b.name && a.unit == b.unit && a.value == b.value;
    });
}

Status checkFigures(const ProvenStep& step) {
    if (sameFigures(step.record.figures, step.report->figures)) return absl::OkStatus();
    return wrong("the figures that the controller judged are not those that the node signed");
}

bool isWell(const StepRecord& step) { return step.state == StepState::succeeded || step.state == StepState::skipped; }

/// The controller may think worse of a step than what its node signed is worth (its time was over, it was cancelled meanwhile), never better.
/// The figures are judged by the thresholds that its books name.
Status checkJudgement(const ProvenStep& step) {
    if (!isWell(step.record)) return absl::OkStatus();
    StepReport judged = *step.report;
    judged.figures = step.record.figures;
    const StepJudgement worth = judge(step.record.kind, judged);
    if (worth.state == step.record.state) return absl::OkStatus();
    return wrong(fmt::format("the controller's books call it {}, the report that was signed is worth {}: {}", toString(step.record.state), toString(worth.state), worth.sentence));
}

/// What all reports of a target are held against.
struct Scope {
    std::string nodeId, commandPrefix; ///< "ULID/name/": commands of this action for this node
    const std::string& rootsPem;
};

/// A step with the report that ended it.
Status proveReport(const Scope& scope, const StepProof& proof, ProvenStep& to) {
    auto report = wire::reportOf(proof.report.bytes);
    if (!report.ok()) return wrong(std::string(sentenceOf(report.status())));
    report->origin = proof.report;
    const auto signer = verifyReport(scope.nodeId, *report, scope.rootsPem);
    if (!signer.ok()) return signer.status();
    if (to.record.signedBy.empty()) return wrong("a signed report was added: the controller's books know of none");
    if (signer->uri() != to.record.signedBy) return wrong(fmt::format("it is signed by {}, the controller's books say {}", signer->uri(), to.record.signedBy));
    if (report->commandId != to.record.commandId || report->kind != to.record.kind || !report->commandId.starts_with(scope.commandPrefix))
        return wrong(fmt::format("the report is of command {}, the step's is {}", report->commandId, to.record.commandId));
    to.report = *std::move(report);
    to.signedBy = signer->uri();
    to.signedWallMs = to.report->endedWallMs;
    to.receivedWallMs = proof.receivedWallMs;
    if (const Status same = checkFigures(to); !same.ok()) return same;
    return checkJudgement(to);
}

Status proveStep(const Scope& scope, const TargetProof& target, std::size_t place, ProvenStep& to) {
    if (!std::all_of(to.record.evidence.begin(), to.record.evidence.end(), isControllers)) return wrong("the controller's books hold evidence that is not the controller's own");
    const StepProof* found = nullptr;
    for (const StepProof& proof : target.steps) {
        if (proof.step != place) continue;
        if (found != nullptr) return wrong("it has two signed reports");
        found = &proof;
    }
    if (found != nullptr) return proveReport(scope, *found, to);
    if (!to.record.signedBy.empty()) return wrong(fmt::format("the report that {} signed is missing", to.record.signedBy));
    // Without a command it was never sent: the controller itself left it out.
    if (isWell(to.record) && !(to.record.state == StepState::skipped && to.record.commandId.empty())) return wrong(fmt::format("it counts as {} without a signed report", toString(to.record.state)));
    return absl::OkStatus();
}

Status proveTarget(const TargetProof& target, const Action& action, const std::string& rootsPem, ProvenTarget& to) {
    auto record = wire::recordOf(target.record);
    if (!record.ok()) return record.status();
    to.record = *std::move(record);
    for (const StepProof& proof : target.steps)
        if (proof.step >= to.record.steps.size()) return wrong(fmt::format("{}: a signed report was added for step {} of {}", to.record.nodeId, proof.step + 1, to.record.steps.size()));
    const Scope scope{to.record.nodeId, fmt::format("{}/{}/", nameOf(action.id), nameOf(to.record.nodeId)), rootsPem};
    for (std::size_t i = 0; i < to.record.steps.size(); ++i) {
        ProvenStep& step = to.steps.emplace_back();
        step.record = to.record.steps[i];
        if (const Status proven = proveStep(scope, target, i, step); !proven.ok())
            return Status(proven.code(), fmt::format("{}, step {} ({}): {}", to.record.nodeId, i + 1, toString(step.record.kind), sentenceOf(proven)));
    }
    if (const Status earned = checkSuccess(action.verb, to.record, action.overrideFailed); !earned.ok()) return wrong(fmt::format("{}: {}", to.record.nodeId, sentenceOf(earned)));
    return absl::OkStatus();
}

/// As the books have it: its end, and whether the targets at hand are all of them.
Status proveOutcome(const EvidenceManifest& manifest, const std::vector<ProvenTarget>& targets) {
    std::vector<TargetRecord> ends(targets.size());
    for (std::size_t i = 0; i < targets.size(); ++i) {
        ends[i].nodeId = targets[i].record.nodeId;
        ends[i].state = targets[i].record.state;
    }
    const Status fits = checkOutcome(manifest.action.state, ends, manifest.nodeId.empty());
    return fits.ok() ? fits : wrong(std::string(sentenceOf(fits)));
}

/// How many targets are there, against what the manifest says of itself.
Status checkCount(const EvidencePack& pack, const EvidenceManifest& manifest) {
    const std::size_t listed = manifest.targetSha256.size(), there = pack.targets.size();
    if (there != listed) return wrong(fmt::format("the manifest lists {} targets, there are {}: some were {}", listed, there, there < listed ? "removed" : "added"));
    if (!manifest.nodeId.empty() && listed != 1) return wrong(fmt::format("the manifest is for {} only and lists {} targets", manifest.nodeId, listed));
    if (manifest.nodeId.empty() && manifest.targetCount != 0 && manifest.targetCount != listed) return wrong(fmt::format("the manifest lists {} targets, its action has {}", listed, manifest.targetCount));
    return absl::OkStatus();
}

StatusOr<EvidenceManifest> proveManifest(const EvidencePack& pack, const std::string& rootsPem, std::string& madeBy) {
    if (pack.manifest.empty()) return wrong("there is no manifest");
    auto manifest = wire::manifestOf(pack.manifest.bytes);
    if (!manifest.ok()) return manifest.status();
    const auto signer = verifySigned(kManifestContext, pack.manifest, rootsPem, manifest->madeWallMs);
    if (!signer.ok()) return Status(signer.status().code(), fmt::format("the manifest: {}", sentenceOf(signer.status())));
    const auto id = NodeId::parse(manifest->action.id); // site/ULID has its shape.
    if (signer->kind != PeerKind::controller || !id.ok() || signer->site != id->site)
        return wrong(fmt::format("the manifest of {} is signed by {}, which is no controller of that site", manifest->action.id, signer->uri()));
    madeBy = signer->uri();
    return manifest;
}

} // namespace

Status signReport(Signer& signer, StepReport& report) {
    if (!report.origin.empty()) return absl::OkStatus();
    auto origin = signer.sign(kReportContext, wire::reportBytes(report));
    if (origin.ok()) report.origin = *std::move(origin);
    return origin.status();
}

StatusOr<Identity> verifyReport(const std::string& nodeId, const StepReport& report, const std::string& rootsPem) {
    auto signer = verifySigned(kReportContext, report.origin, rootsPem, report.endedWallMs);
    if (!signer.ok()) return signer;
    if (const Status fits = checkSigner(*signer, nodeId); !fits.ok()) return fits;
    if (std::any_of(report.evidence.begin(), report.evidence.end(), isControllers)) return absl::UnauthenticatedError("it claims evidence of the controller's own");
    return signer;
}

std::string hashOf(const TargetProof& target) {
    std::string all;
    addPart(all, target.record);
    for (const StepProof& step : target.steps) {
        addPart(all, std::to_string(step.step));
        addPart(all, std::to_string(step.receivedWallMs));
        addPart(all, step.report.bytes);
        addPart(all, step.report.signature);
        addPart(all, std::to_string(step.report.certificates.size()));
        for (const std::string& certificate : step.report.certificates) addPart(all, certificate);
    }
    return sha256(all);
}

StatusOr<SignedBytes> signManifest(Signer& signer, const EvidenceManifest& manifest) { return signer.sign(kManifestContext, wire::manifestBytes(manifest)); }

StatusOr<ProvenEvidence> verifyEvidence(const EvidencePack& pack, const std::string& rootsPem) {
    ProvenEvidence proven;
    auto manifest = proveManifest(pack, rootsPem, proven.madeBy);
    if (!manifest.ok()) return manifest.status();
    if (const Status count = checkCount(pack, *manifest); !count.ok()) return count;
    std::set<std::string> nodes;
    for (std::size_t i = 0; i < pack.targets.size(); ++i) {
        ProvenTarget& target = proven.targets.emplace_back();
        if (const Status status = proveTarget(pack.targets[i], manifest->action, rootsPem, target); !status.ok()) return status;
        if (hashOf(pack.targets[i]) != manifest->targetSha256[i]) return wrong(fmt::format("{}: the controller's books, its signed reports or their order are not those of the manifest", target.record.nodeId));
        if (!nodes.insert(target.record.nodeId).second) return wrong(fmt::format("{} is there twice", target.record.nodeId));
        if (!manifest->nodeId.empty() && manifest->nodeId != target.record.nodeId) return wrong(fmt::format("{} is there, the manifest is for {} only", target.record.nodeId, manifest->nodeId));
    }
    if (const Status outcome = proveOutcome(*manifest, proven.targets); !outcome.ok()) return outcome;
    proven.action = std::move(manifest->action);
    proven.nodeId = std::move(manifest->nodeId);
    proven.targetCount = proven.nodeId.empty() ? proven.targets.size() : manifest->targetCount;
    proven.madeWallMs = manifest->madeWallMs;
    return proven;
}

StatusOr<ProvenEvidence> verifyAnswer(const std::string& actionId, const std::string& nodeId, const EvidencePack& pack, const std::string& rootsPem) {
    auto proven = verifyEvidence(pack, rootsPem);
    if (!proven.ok()) return proven;
    if (proven->action.id != actionId) return wrong(fmt::format("the controller gave that of {}", proven->action.id));
    if (proven->nodeId == nodeId) return proven;
    return wrong(fmt::format("of {} was asked, the controller gave that of {}", nodeId.empty() ? "all targets" : nodeId, proven->nodeId.empty() ? "all targets" : proven->nodeId));
}

} // namespace busbar::transport
