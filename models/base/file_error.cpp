#include "base/file_error.h"

#include <cerrno>
#include <cstring>

namespace busbar {

Status fileError(int error, const std::string& sentence) {
    switch (error) {
    case EACCES:
    case EEXIST:
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG:
    case ENOENT:
    case ENOTDIR:
    case EPERM:
    case EROFS: return absl::InvalidArgumentError(sentence);
    case EDQUOT:
    case EFBIG:
    case ENOSPC: return absl::ResourceExhaustedError(sentence);
    default: return absl::InternalError(sentence);
    }
}

Status cannotBeWritten(const std::string& path, int error) { return fileError(error, fmt::format("'{}' cannot be written: {}", path, std::strerror(error))); }
Status cannotBeMade(const std::string& path, int error) { return fileError(error, fmt::format("'{}' cannot be made: {}", path, std::strerror(error))); }

} // namespace busbar
