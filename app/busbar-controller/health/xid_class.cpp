#include "busbar-controller/health/xid_class.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace busbar::controller {
namespace {

struct Row {
    int xid, responseClass;
    std::string_view meaning;
};

/// Classes other than "unlisted" of health.md §2, by number.
constexpr std::array kRows{
    Row{8, 1, "idle time-out"}, Row{11, 1, "corrupt push buffer"}, Row{13, 1, "graphics or SM engine exception"},
    Row{25, 1, "illegal channel control"}, Row{31, 1, "GPU MMU page fault"}, Row{32, 1, "corrupt push buffer"},
    Row{39, 1, "copy engine exception"}, Row{40, 1, "copy engine exception"}, Row{41, 1, "copy engine exception"},
    Row{43, 1, "channel reset, the program was stopped"}, Row{44, 3, "fault during context switch"},
    Row{46, 2, "GPU stopped processing"}, Row{48, 2, "double-bit ECC error"}, Row{54, 4, "auxiliary power not connected"},
    Row{62, 2, "PMU halted"}, Row{63, 2, "row remap recorded"}, Row{64, 4, "row remap recording failed"},
    Row{69, 1, "graphics engine class error"}, Row{74, 2, "NVLink error"}, Row{79, 3, "GPU fell off the bus"},
    Row{80, 1, "corrupt data sent to the GPU"}, Row{94, 1, "contained memory error"}, Row{95, 2, "uncontained memory error"},
    Row{109, 2, "context switch time-out"}, Row{110, 2, "security fault"}, Row{119, 2, "GSP RPC time-out"},
    Row{120, 2, "GSP error"}, Row{136, 2, "NVLink training failed"}, Row{140, 2, "unrecovered ECC error"},
    Row{143, 2, "GPU initialisation error"}, Row{151, 3, "key rotation error"}, Row{155, 2, "NVLink error"},
    Row{156, 2, "resource retirement"}, Row{157, 4, "resource retirement failed"}, Row{158, 2, "GPU fatal time-out"},
    Row{161, 4, "channel retirement failed"}, Row{165, 4, "power smoothing worn out"}, Row{167, 3, "PCIe fatal time-out"},
    Row{168, 3, "reduced memory capacity"}, Row{169, 3, "SEC2 halted"}};

} // namespace

XidClass classOfXid(int xid) {
    const auto* found = std::ranges::find(kRows, xid, &Row::xid);
    if (found == kRows.end()) return {0, "not in the table: look it up in NVIDIA's XID catalogue"};
    return {found->responseClass, std::string(found->meaning)};
}

} // namespace busbar::controller
