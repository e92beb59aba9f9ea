// The text of resources/xid.toml, rules.toml and thresholds.toml, embedded at build time.
#pragma once

namespace busbar::controller {

extern const char* const kBuiltInXids;
extern const char* const kBuiltInRules;
extern const char* const kBuiltInThresholds;

} // namespace busbar::controller
