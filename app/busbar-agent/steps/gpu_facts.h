// Facts about GPUs that several steps look at in the same way. Same thread as the step; each reading blocks as long as the driver does.
#pragma once

#include "busbar-agent/steps/step.h"

#include <optional>

namespace busbar::agent {

/// What a GPU may hold beyond what it held before anybody used it (design/lifecycle.md §3).
inline constexpr std::int64_t kMemorySlackMib = 64;

/// The reading of a metric; kNotRead where there is none.
GpuReading readingOf(const GpuReadings& readings, Metric metric);
/// All readings of each slot in scope, in the order of StepContext::slots(). A GPU that gives nothing is asked again, 3 s for all together: a driver
/// that is giving a whole GPU's memory back does not answer for moments.
std::vector<GpuReadings> readEach(const StepContext& context);

/// A counter that must be 0. One that this GPU does not have, or that a sandbox does not let through, cannot fail: it is told with the driver's words.
Evidence zeroEvidence(const StepContext& context, const std::string& uuid, const char* fact, const GpuReadings& readings, Metric counter);

/// NVLinks up of all there are. Where none of these GPUs has a link up nothing is linked (a single GPU handed into a virtual machine, boards without
/// a bridge) and that is told only; nullopt: no NVLinks, or not readable.
std::optional<Evidence> linkEvidence(const StepContext& context, const std::string& uuid, const GpuReadings& readings, const std::vector<GpuReadings>& ofAll);

/// What of a close stands on the GPU, by the journal: what can be shown where its compute mode cannot be read. As set: close set none.
Evidence setByCloseEvidence(const StepContext& context, const std::string& uuid);

/// MiB in use when the GPU was first seen without clients; nullopt: not known.
std::optional<std::int64_t> baselineMib(const StepContext& context, std::size_t slot);

/// MiB that may be in use while nobody holds the GPU: its baseline and kMemorySlackMib. A baseline above 2 GiB was taken while somebody held memory
/// unseen (another container), for a driver keeps less by itself; that limit counts for it, and where no baseline is known.
std::int64_t idleLimitMib(const StepContext& context, std::size_t slot);

/// MiB in use as soon as that is read and at most `limitMib`, else what it is after 3 s: a driver frees the memory of a process that ended within
/// moments, not at once, and may not answer meanwhile.
StatusOr<std::int64_t> memoryOnceFreed(const StepContext& context, std::size_t slot, std::int64_t limitMib);

/// Memory in use, which may be what is in use while nobody holds the GPU: holders that no list shows still hold memory.
Evidence idleMemoryEvidence(const StepContext& context, std::size_t slot);

} // namespace busbar::agent
