// Sole use of the GPUs while a step computes on them: where the agent's policy allows settings, compute mode EXCLUSIVE_PROCESS for the time
// of the step and the former mode after it; under read-only nothing is set and it is only checked that no other process is there.
// Same thread as the step. The mode to go back to is journaled before it is changed, so that a cut-off step can be put right.
#pragma once

#include "busbar-agent/steps/step.h"

namespace busbar::agent {

class GpuAccess {
public:
    explicit GpuAccess(StepContext& context) : m_context(context) {}
    ~GpuAccess();
    GpuAccess(const GpuAccess&) = delete;
    GpuAccess& operator=(const GpuAccess&) = delete;

    /// FailedPrecondition: somebody holds a GPU; the sentence names who, or how much memory is in use although nobody is to be seen; or a GPU
    /// is in MIG mode.
    Status take();
    /// Puts the modes back; evidence per GPU that nobody else was there, of what was set and read back, and that no more of its memory is in use than before.
    std::vector<Evidence> giveBack();

private:
    Status checkWhole() const;
    Status noteMemory();
    void setBack(std::size_t slot);
    Evidence memoryAfter(std::size_t slot, std::int64_t beforeMib) const;
    StepContext& m_context;
    std::vector<std::size_t> m_changed;
    std::vector<std::pair<std::size_t, StatusOr<std::int64_t>>> m_usedMib; ///< slot, memory in use when it was taken
    std::vector<Evidence> m_evidence;
};

/// For a step that goes on after a restart of the agent: waits, at most 30 s, until it is read that the helper that ended with the agent holds
/// nothing any more and the memory in use is as when nobody holds the GPU; the driver needs a moment to free a whole GPU. By no name or pid, since containers hide them.
void awaitRemains(const StepContext& context);

} // namespace busbar::agent
