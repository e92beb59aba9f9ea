// A refusal for several reasons: one sentence to read, and each reason by itself for who lists them. It is a Status like any other and keeps
// its reasons over the wire (transport/status_map.h). Stateless, thread-safe.
#pragma once

#include "base/status.h"

#include <string>
#include <vector>

namespace busbar {

/// "HEAD: REASON; REASON", with `head` and `reasons` kept apart too. Without reasons the sentence is the head.
Status refusedFor(const std::string& head, const std::vector<std::string>& reasons, absl::StatusCode code = absl::StatusCode::kFailedPrecondition);
/// Empty where the status was not made with reasons.
std::vector<std::string> reasonsOf(const Status& status);
/// The sentence without its reasons.
std::string headOf(const Status& status);

} // namespace busbar
