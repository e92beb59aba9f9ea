// The kernel log: lines of /dev/kmsg from where the journal says the agent last was in this boot, else from the ring's start (then marked
// `beforeAgent`). Lines that matter become events: XIDs and SXIDs of the NVIDIA driver, a GPU that fell off the bus, the driver's own
// complaints. A pipe of the kernel never blocks us: poll() reads what is there.
#pragma once

#include "base/clock.h"
#include "busbar-agent/journal/journal.h"
#include "domain/node.h"

#include <optional>
#include <string>
#include <vector>

namespace busbar::agent {

struct KernelLine {
    int priority = 0;
    std::uint64_t sequence = 0;
    std::int64_t bootUs = 0; ///< microseconds since boot
    std::string text;
};

/// "6,1234,5678,-;text" of /dev/kmsg; nullopt for other shapes (also its continuation lines).
std::optional<KernelLine> parseKmsg(const std::string& record);

/// What a line means for the fleet; nullopt for lines that do not concern it. `gpus` give PCI addresses their slots. Time, node and
/// beforeAgent are the caller's.
std::optional<FleetEvent> eventOf(const std::string& text, const std::vector<GpuIdentity>& gpus);

class KmsgCollector {
public:
    /// `supported()` tells why there is none: no such file, no permission.
    KmsgCollector(std::string path, std::string bootId, Journal& journal, const Clock& clock);
    ~KmsgCollector();
    KmsgCollector(const KmsgCollector&) = delete;
    KmsgCollector& operator=(const KmsgCollector&) = delete;

    Status supported() const { return m_supported; }
    /// New events since the last call, at most 256; remembers how far it read. Not thread-safe: one caller.
    std::vector<FleetEvent> poll(const std::vector<GpuIdentity>& gpus);

private:
    std::string m_bootId;
    Journal& m_journal;
    const Clock& m_clock;
    Status m_supported;
    int m_fd = -1;
    std::uint64_t m_next = 0;       ///< first sequence not yet seen
    std::int64_t m_startedBootMs;
};

} // namespace busbar::agent
