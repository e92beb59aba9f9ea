// Names of the facts by which a precheck tells whether a node runs what its site's baseline says.
#pragma once

namespace busbar {

inline constexpr const char* kDriverFact = "driver";
inline constexpr const char* kVbiosFact = "VBIOS";

} // namespace busbar
