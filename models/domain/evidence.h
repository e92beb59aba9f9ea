// Evidence with its origin (design.md §9): what nodes signed, the controller's manifest over it, and what both prove once verified
// (transport/evidence.h). Pure values.
#pragma once

#include "domain/action.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace busbar {

/// Whether it has come to an end, so that there is a report of it or a reason why there is none.
inline bool hasEnded(const StepRecord& step) { return step.state != StepState::pending && step.state != StepState::running; }

/// The report that ended a step, as its node or gateway signed it.
struct StepProof {
    std::size_t step = 0; ///< place in the target's steps, from 0
    SignedBytes report;
    std::int64_t receivedWallMs = 0; ///< the controller's clock
    bool operator==(const StepProof&) const = default;
};

/// `record`: bytes of the TargetRecord as the controller's books hold it; of evidence only the controller's own, of figures its judgement.
struct TargetProof {
    std::string record;
    std::vector<StepProof> steps;
    bool operator==(const TargetProof&) const = default;
};

/// What the controller signs: the action and a hash of each target.
struct EvidenceManifest {
    Action action; ///< without targets and log
    std::vector<std::string> targetSha256;
    std::int64_t madeWallMs = 0;
    std::string nodeId; ///< evidence of this node only; empty: all targets
    std::size_t targetCount = 0; ///< targets of the action; 0: its controller did not tell yet
};

/// All evidence of an action (or of one of its nodes) as it travels and lies in an export; nothing in it is trusted before it is verified.
struct EvidencePack {
    std::vector<TargetProof> targets;
    SignedBytes manifest;
};

/// A step whose signatures hold.
struct ProvenStep {
    StepRecord record; ///< the controller's books: state, its own evidence (source "controller"), figures with threshold and verdict
    std::optional<StepReport> report; ///< read from the signed bytes; none: the controller ended the step by itself
    std::string signedBy;             ///< identity in the signer's certificate, "busbar://node/pdx1/n1"
    std::int64_t signedWallMs = 0;    ///< end of the step by the signer's clock
    std::int64_t receivedWallMs = 0;  ///< by the controller's
};

struct ProvenTarget {
    TargetRecord record;
    std::vector<ProvenStep> steps; ///< as many as record.steps
};

struct ProvenEvidence {
    Action action; ///< without targets and log
    std::vector<ProvenTarget> targets;
    std::string nodeId;           ///< only this node's; empty: all targets
    std::size_t targetCount = 0;  ///< targets of the whole action; 0: not told, by a controller of before
    std::string madeBy;           ///< the controller that signed the manifest
    std::int64_t madeWallMs = 0;
};

} // namespace busbar
