// What it means that a file cannot be made or written. Stateless, thread-safe.
#pragma once

#include "base/status.h"

#include <string>

namespace busbar {

/// A status by the errno: InvalidArgument where the name is at fault (it leads nowhere, or is not this user's to write), ResourceExhausted where there
/// is no room, Internal for what else a disk can do.
Status fileError(int error, const std::string& sentence);
/// "'PATH' cannot be written: No space left on device".
Status cannotBeWritten(const std::string& path, int error);
/// "'PATH' cannot be made: Not a directory".
Status cannotBeMade(const std::string& path, int error);

} // namespace busbar
