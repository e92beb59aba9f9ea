// Kernel log → events: lines from where the journal says the agent last was in this boot, else from the ring's start (then marked
// `beforeAgent`). XIDs and SXIDs of the NVIDIA driver, a GPU that fell off the bus, its other complaints; each fault once, however many
// lines tell it. Only the kernel's own lines count: any program may write to /dev/kmsg. Interval 1 s; cost: what was logged since.
#pragma once

#include "base/clock.h"
#include "busbar-agent/collectors/driver_message.h"
#include "busbar-agent/collectors/kernel_log.h"
#include "busbar-agent/collectors/withheld_gpus.h"
#include "busbar-agent/journal/journal.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace busbar::agent {

class KmsgCollector {
public:
    /// `log`: an error says why there is none. `journal` and `clock` outlive the collector. What befell a GPU of `withheld` is told as the
    /// kernel's words and no fault of this node.
    KmsgCollector(StatusOr<std::unique_ptr<KernelLog>> log, std::string bootId, Journal& journal, const Clock& clock, WithheldGpus withheld = {});

    /// Why the log cannot be read: no such file, no permission.
    Status supported() const { return m_supported; }
    /// New events since the last call, at most 256. Not thread-safe: one caller.
    std::vector<FleetEvent> poll(const std::vector<GpuIdentity>& gpus);
    /// What poll() gave has reached the controller: after a restart reading goes on behind it. Until then it would be read again.
    Status keep();

private:
    void take(const std::string& record, const std::vector<GpuIdentity>& gpus, std::vector<FleetEvent>& events);
    std::optional<FleetEvent> eventOf(const KernelLine& line, const std::vector<GpuIdentity>& gpus);
    std::optional<FleetEvent> xidEvent(FleetEvent event, const DriverMessage& message, const std::string& device, std::int64_t bootUs);
    std::optional<FleetEvent> sxidEvent(FleetEvent event, const DriverMessage& message, const std::string& device, std::int64_t bootUs);
    bool toldWithin(const std::string& what, std::int64_t bootUs, std::int64_t withinUs);
    FleetEvent lostLines(std::uint64_t count) const;

    std::unique_ptr<KernelLog> m_log;
    std::string m_bootId;
    Journal& m_journal;
    const Clock& m_clock;
    const WithheldGpus m_withheld;
    Status m_supported;
    std::uint64_t m_next = 0;    ///< first sequence not yet seen
    bool m_resumed = false;      ///< m_next is known: a gap means lost lines
    std::uint64_t m_kept = 0;    ///< what the journal holds
    std::int64_t m_startedBootMs;
    std::string m_startedAddress; ///< of a fault told over several records
    std::map<std::string, std::int64_t> m_seenUs; ///< fault → boot µs it was last told
};

} // namespace busbar::agent
