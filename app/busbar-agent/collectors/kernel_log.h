// The kernel's ring buffer, record by record. Not thread-safe; never blocks: read() takes what is there.
#pragma once

#include "base/status.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace busbar::agent {

struct KernelLine {
    int level = 0;           ///< 0 emergency … 7 debug
    bool fromKernel = false; ///< false: a program wrote it to /dev/kmsg, and could write anything
    std::uint64_t sequence = 0;
    std::int64_t bootUs = 0; ///< microseconds since boot
    std::string text;        ///< with the kernel's \xNN escapes undone, so a message of several lines has them
};

/// "6,1234,5678,-;text" of /dev/kmsg (Documentation/ABI/testing/dev-kmsg); nullopt for other shapes.
std::optional<KernelLine> parseKmsg(const std::string& record);

class KernelLog {
public:
    enum class Read : std::uint8_t { record, overrun, nothing };
    virtual ~KernelLog() = default;
    /// One record; `overrun`: some were overwritten before they were read, go on reading.
    virtual Read read(std::string& record) = 0;
};

/// /dev/kmsg, which gives a record a read, or a file that holds such records as lines (for tests and simulated nodes).
StatusOr<std::unique_ptr<KernelLog>> openKernelLog(const std::string& path);

} // namespace busbar::agent
