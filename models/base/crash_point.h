// Places where a test ends the process as kill -9 would, to show that nothing is lost or repeated there. Without BUSBAR_CRASH_AT in the
// environment a crash point costs one comparison and does nothing. Thread-safe.
#pragma once

#include <string_view>

namespace busbar {

/// Ends the process by SIGKILL when BUSBAR_CRASH_AT is `name`; with BUSBAR_CRASH_AFTER = n only at the n-th time (1 when unset).
void crashPoint(std::string_view name);

} // namespace busbar
