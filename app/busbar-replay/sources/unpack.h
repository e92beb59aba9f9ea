// Whole packed files as text, bounded. Block on disk.
#pragma once

#include "base/status.h"

#include <string>

namespace busbar::replay {

/// gzip; NotFound, DataLoss (damaged), or InvalidArgument when the text would have more than `maxBytes`.
StatusOr<std::string> unpackGzip(const std::string& path, std::size_t maxBytes);
/// zstd; as above, but a file that ends early gives what came before (a recorder that was cut off), less an unfinished last line.
StatusOr<std::string> unpackZstd(const std::string& path, std::size_t maxBytes);

} // namespace busbar::replay
