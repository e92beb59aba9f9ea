// What a node's XIDs were before, to tell a program's fault from the hardware's and a cure from a failed one (design/health.md §1): the
// same unit or another tenant again, the same fault again after reboots. Not thread-safe: part of NodeHealth.
#pragma once

#include "busbar-controller/health/health_tables.h"

#include <cstdint>
#include <string>
#include <vector>

namespace busbar::controller {

class GpuXids {
public:
    struct Verdict {
        int responseClass = 0;
        Health health = Health::ok;
        std::string why; ///< "again after 2 reboots"; empty: the row's own class
        bool isNew = true; ///< false: the same line told a second time
    };
    /// Judges an XID of slot `gpu` (-1 host) and remembers it. `tenant` holds the GPU now; empty: nobody, or not known.
    Verdict judge(const XidRow& row, const FleetEvent& event, int gpu, const std::string& tenant);
    void onReboot() { ++m_reboots; }
    void forgetGpus() { m_past.clear(); }

private:
    struct Past {
        int gpu = -1, xid = 0;
        std::int64_t lastWallMs = 0;
        int atReboot = 0;                  ///< m_reboots when it came last
        int afterReboots = 0;              ///< how often it came again after one
        std::vector<std::string> tenants;  ///< that had it, at most kMaxListed
        std::vector<std::string> units;    ///< "GPC 7, TPC 7"
    };
    Past& pastOf(int gpu, int xid, std::int64_t wallMs);

    std::vector<Past> m_past;
    int m_reboots = 0;
};

} // namespace busbar::controller
