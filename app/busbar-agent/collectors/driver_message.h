// What the NVIDIA driver says in the kernel log, as values (formats: NVIDIA's XID guide, docs.nvidia.com/deploy/xid-errors, and the recorded
// logs in tests/fixtures). Pure functions, thread-safe; whatever they are given, they answer or say nothing.
#pragma once

#include "domain/node.h"

#include <optional>
#include <string>
#include <vector>

namespace busbar::agent {

struct DriverMessage {
    enum class Kind : std::uint8_t {
        xid,          ///< a fault of its own
        consequence,  ///< an XID "caused by previous Xid N": attached to N, never a fault of its own (design/health.md §1)
        sxid,         ///< of an NVSwitch: the line that says fatal or not
        sxidDetail,   ///< its register and severity lines
        busLost,      ///< "fallen off the bus", with or without an XID 79 beside it
        busLostStart, ///< first of several lines: "The NVIDIA GPU <address>"
        complaint,    ///< an error of driver, peer memory or NCCL that has no number
    };
    Kind kind = Kind::complaint;
    int code = 0;        ///< XID or SXID
    int cause = 0;       ///< of a consequence
    bool fatal = false;  ///< of an sxid
    std::string address; ///< "0000:9b:00" as written; empty when the line names no device
};

/// nullopt for lines that do not concern the fleet.
std::optional<DriverMessage> parseDriverMessage(const std::string& text);

/// "0000:9b:00" of a PCI address in any of the driver's and kernel's spellings: lower case, a four-digit domain, no function.
std::string pciPlace(std::string address);
/// The GPU at a PCI address in any of the driver's and kernel's spellings; -1 when it is none of `gpus`.
int slotAt(const std::string& address, const std::vector<GpuIdentity>& gpus);

} // namespace busbar::agent
