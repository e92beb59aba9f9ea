// MIG mode of a lease (design/lifecycle.md §4): its tenant divides the GPUs as it likes. CUDA shows no whole GPU in that mode, so it is the last
// thing that a lease sets and the first that its end takes back. Same thread as the step.
#pragma once

#include "busbar-agent/steps/step.h"

namespace busbar::agent {

/// On each GPU in scope that a lease has put into MIG mode (by the journal it was off before) destroys its tenant's instances and turns the mode
/// off; what is read back goes to `evidence`. MIG that no lease turned on is left alone, and under `read-only` all of it. An error says what stays
/// and the way out; other GPUs are then not touched any more.
Status endMig(StepContext& context, std::vector<Evidence>& evidence);

/// What a person does on the node about a GPU in MIG mode.
std::string migWayOut(const StepContext& context, std::size_t slot);

} // namespace busbar::agent
