// What an XID means and what it asks for (design/health.md §2). Pure.
#pragma once

#include <string>

namespace busbar::controller {

struct XidClass {
    int responseClass = 0; ///< 0 log, 1 tell the tenant, 2 reset GPU, 3 reboot, 4 drain and triage
    std::string meaning;   ///< "GPU fell off the bus"
};
XidClass classOfXid(int xid);

} // namespace busbar::controller
