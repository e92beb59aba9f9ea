// The signed exports beside a proof's parts: do they verify, and do they say what the parts say. Reads files; keeps nothing.
#pragma once

#include "busbarctl/proof/parts.h"

namespace busbar::ctl {

/// The first export of `part` that does not verify against DIR/evidence/root.pem, or that tells another thing than the action beside it: its
/// name and why. OK when none is noted as exported.
Status checkExports(const std::string& folder, const ProofPart& part);

} // namespace busbar::ctl
