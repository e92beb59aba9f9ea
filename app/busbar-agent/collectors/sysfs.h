// Small files of /sys and /proc. Missing or unreadable ones are empty or the fallback. Stateless.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace busbar::agent {

std::string wholeFile(const std::string& path);
/// Without white space at the ends, at most 512 bytes, printable characters only.
std::string firstLine(const std::string& path);
std::int64_t numberIn(const std::string& path, std::int64_t fallback);
/// Names in a folder, sorted.
std::vector<std::string> entries(const std::string& dir);
/// Last part of where a symbolic link points to.
std::string linkName(const std::string& path);
/// A row of <root>/proc/meminfo in KiB; 0 when absent.
std::int64_t meminfoKib(const std::string& root, const std::string& name);
/// Why a file or folder gives nothing: "No such file or directory", "Permission denied", or "empty".
std::string whyUnreadable(const std::string& path);

} // namespace busbar::agent
