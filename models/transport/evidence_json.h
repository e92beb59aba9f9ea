// JSON of evidence, the same in an export and in busbarctl's output. Times are ISO 8601 in UTC or null. Pure functions.
#pragma once

#include "domain/action.h"

#include <nlohmann/json_fwd.hpp>

namespace busbar::transport {

using Json = nlohmann::ordered_json;

/// "2026-11-24T01:43:07.123Z"
std::string isoTime(std::int64_t wallMs);
/// ISO time, or null for 0.
Json jsonTime(std::int64_t wallMs);
Json textOrNull(const std::string& text);
Json jsonOf(const Evidence& evidence);
/// Verdict of a figure that is only told: null.
Json jsonOf(const TestFigure& figure);
Json jsonOf(const Blocker& blocker);
Json jsonOf(const std::vector<Evidence>& evidence);
Json jsonOf(const std::vector<TestFigure>& figures);
Json jsonOf(const std::vector<Blocker>& blockers);

} // namespace busbar::transport
