// Which XIDs each GPU had, and whether there is a source that would tell: what a step looks at that must not pass when one came meanwhile.
// Filled by XidWatch from both of its sources; keeps the last time of each. Thread-safe; never blocks.
#pragma once

#include "base/status.h"
#include "domain/node.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace busbar::agent {

class XidRecord {
public:
    static constexpr int kNoDevice = -1;  ///< the line names none
    static constexpr int kElsewhere = -2; ///< it names a device that is no GPU of ours

    /// `kernelLog`: why the kernel's log cannot be read, OK when it can. `driverFolder` is there where the driver runs in the kernel whose log that
    /// is; empty: it does in any case.
    explicit XidRecord(Status kernelLog, std::string driverFolder = {}) : m_kernelLog(std::move(kernelLog)), m_driverFolder(std::move(driverFolder)) {}

    void note(const FleetEvent& event);
    /// What the driver said when it was asked for its events.
    void noteDriver(Status answer);
    /// The kernel's log has been read to its end at that moment.
    void noteLook(std::int64_t bootMs);

    /// OK: a source told until now. Else what each of them lacks; Unimplemented when there was none at any time.
    Status readable() const;
    /// False while the kernel's log may still hold lines from before `bootMs`.
    bool isReadUpTo(std::int64_t bootMs) const;
    /// XIDs since then by slot, or one of the two above, as figures name them (domain/xid_figure.h); those elsewhere with their address.
    std::map<int, std::set<std::string>> since(std::int64_t wallMs) const;

private:
    Status kernelLog() const;
    const Status m_kernelLog;
    const std::string m_driverFolder;
    mutable std::mutex m_mutex; ///< guards all below
    std::optional<Status> m_driver; ///< none: not asked yet
    bool m_driverTold = false;  ///< it answered at least once
    std::int64_t m_lookedBootMs = -1;
    std::map<std::pair<int, std::string>, std::int64_t> m_lastWallMs;
};

} // namespace busbar::agent
