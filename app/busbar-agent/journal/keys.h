// Keys of the journal's small facts.
#pragma once

#include <string>

namespace busbar::agent {

/// Compute mode before our close.
inline std::string priorModeKey(const std::string& uuid) { return "prior/" + uuid + "/compute mode"; }
/// Compute mode our close set and read back.
inline std::string setModeKey(const std::string& uuid) { return "set/" + uuid + "/compute mode"; }
/// MiB in use when the GPU was first seen without clients.
inline std::string baselineKey(const std::string& uuid) { return "baseline/" + uuid + "/memory mib"; }

/// Begins the keys of a command's hooks; they are forgotten with the command's end.
inline std::string hookPrefix(const std::string& commandId) { return "hook/" + commandId + "/"; }
/// Begins the keys of what a burn-in found so far; they are forgotten with its end.
inline std::string burnInPrefix(const std::string& actionId) { return "burn-in/" + actionId + "/"; }
/// UUID of the GPU that a PCI address held when the agent looked last.
inline std::string slotKey(const std::string& pciAddress) { return "slot/" + pciAddress; }

} // namespace busbar::agent
