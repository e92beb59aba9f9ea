// Keys of the journal's small facts about a GPU.
#pragma once

#include <string>

namespace busbar::agent {

/// Compute mode before our close.
inline std::string priorModeKey(const std::string& uuid) { return "prior/" + uuid + "/compute mode"; }
/// Compute mode our close set and read back.
inline std::string setModeKey(const std::string& uuid) { return "set/" + uuid + "/compute mode"; }
/// MiB in use when the GPU was first seen without clients.
inline std::string baselineKey(const std::string& uuid) { return "baseline/" + uuid + "/memory mib"; }

} // namespace busbar::agent
