// Evidence that is signed at its origin (design.md §9): signs reports and manifests, and proves an action's whole evidence with nothing but
// the root CA's certificate. What comes out is read from signed bytes only. Pure but for Signer; thread-safe; some 0.3 ms a signature.
#pragma once

#include "domain/evidence.h"
#include "transport/signing.h"

#include <string>
#include <string_view>

namespace busbar::transport {

inline constexpr std::string_view kReportContext = "busbar step report 1";
inline constexpr std::string_view kManifestContext = "busbar evidence manifest 1";

/// Fills report.origin with the report's bytes, signed. A report that has an origin keeps it: none is ever signed twice.
Status signReport(Signer& signer, StepReport& report);

/// Who signed the report of a step of `nodeId`: that node itself, or a gateway whose prefix fits. The certificate has to have been valid at
/// the report's end; evidence of source "controller" is not a node's to give. The error is a sentence about the report.
StatusOr<Identity> verifyReport(const std::string& nodeId, const StepReport& report, const std::string& rootsPem);

/// Over record, steps, signatures and certificates, each with its length in front; 32 bytes.
std::string hashOf(const TargetProof& target);
StatusOr<SignedBytes> signManifest(Signer& signer, const EvidenceManifest& manifest);

/// Checks all of it: the manifest is signed by a controller of the action's site; the targets are those it lists, unchanged, none missing,
/// none added; each step that a report ended has that report, of that command, signed by the target's own node (or its gateway) with a
/// certificate that was valid then; the figures the controller judged are those the node signed; no step is called better than its report is
/// worth (lifecycle.h), no target than its steps, and an ended action than its targets. The error names the first thing that is wrong.
StatusOr<ProvenEvidence> verifyEvidence(const EvidencePack& pack, const std::string& rootsPem);
/// And that it is what a controller was asked for: of that action, and of that node alone (empty: of all targets).
StatusOr<ProvenEvidence> verifyAnswer(const std::string& actionId, const std::string& nodeId, const EvidencePack& pack, const std::string& rootsPem);

} // namespace busbar::transport
