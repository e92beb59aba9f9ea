// The text of resources/xid.toml and resources/rules.toml, embedded at build time.
#pragma once

namespace busbar::controller {

extern const char* const kBuiltInXids;
extern const char* const kBuiltInRules;

} // namespace busbar::controller
