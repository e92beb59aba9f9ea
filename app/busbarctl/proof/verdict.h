// What a proof of a verb has to show, check by check, judged from what was read back (parts.h). A check without its data is "could not be
// shown", never passed. Pure functions.
#pragma once

#include "busbarctl/proof/parts.h"

#include <optional>
#include <string>
#include <vector>

namespace busbar::ctl {

enum class ProofVerdict { pass, fail, notShown };
std::string_view toString(ProofVerdict verdict);

struct ProofCheck {
    std::string what;           ///< "the drain waits for the process"
    std::optional<bool> passed; ///< none: could not be shown
    std::string said;           ///< what was read, or why nothing was
    bool isAbsence = false;     ///< it failed because something was not seen: in a verb that was cut off that refutes nothing
};

struct ProofOfVerb {
    std::string verb;
    ProofVerdict verdict = ProofVerdict::notShown;
    std::string why; ///< of the first check that is not passed; empty for pass
    std::vector<ProofCheck> checks;
};

/// The verbs a proof knows, in their order.
const std::vector<std::string>& proofVerbs();

/// `simulated`: the proof was asked for on the simulated libraries.
ProofOfVerb judgeVerb(const std::string& verb, const ProofPart& part, bool simulated);

/// Why GPUs cannot be said to have passed: none was read, or others than `wanted` answered ("nvml", "simulated"). Empty: they can.
std::string whyNotRead(const std::string& source, const std::string& wanted);

/// Any failure fails; else anything not shown leaves it not shown.
ProofVerdict worstOf(const std::vector<ProofOfVerb>& verbs);

} // namespace busbar::ctl
