// An action's evidence as one file (resources/schema/evidence.json): for people what was read from the signed bytes, beside it the bytes
// themselves, their signatures and certificates (base64), and the controller's signed manifest over all of it.
//
// A file verifies only when its whole text is what its signed parts give, byte for byte, so nothing can be shown in it that was not
// signed. Version 1 is frozen: whatever later programs can read from the bytes, they print version 1 of it as here. Pure; thread-safe.
#pragma once

#include "transport/evidence.h"

#include <string>

namespace busbar::transport {

/// Largest export that is made or read.
inline constexpr std::size_t kMaxExportBytes = std::size_t{256} * 1024 * 1024;

/// The file's text, ending with a newline. `proven` is what verifyEvidence gave for `pack`.
StatusOr<std::string> exportText(const EvidencePack& pack, const ProvenEvidence& proven);
/// Verifies an export's text offline. The error names the first thing that is wrong.
StatusOr<ProvenEvidence> verifyExport(const std::string& text, const std::string& rootsPem);

} // namespace busbar::transport
