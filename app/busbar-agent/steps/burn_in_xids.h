// XIDs while a burn-in runs (design/lifecycle.md §5), those before a restart of the agent and while it was away among them: what came is
// journaled. Same thread as the step; no call blocks but finish.
#pragma once

#include "busbar-agent/steps/step.h"

#include <map>
#include <set>

namespace busbar::agent {

class BurnInXids {
public:
    /// The run begins now, or began when the journal says so.
    explicit BurnInXids(StepContext& context);
    void look();
    /// Evidence per GPU of what came, and a figure for each XID, which the controller judges by its table. Where neither the kernel's log nor the
    /// driver tells XIDs, that is told and does not count, and so are XIDs of devices that are no GPU of ours. Waits, at most 10 s, until the log has been read up to now.
    void finish(StepReport& report);

private:
    std::string key(const std::string& what) const;
    void keep(const std::string& subject, const std::set<std::string>& names);
    void tell(const std::string& subject, const Status& readable, StepReport& report) const;

    StepContext& m_context;
    std::int64_t m_begunWallMs;
    std::map<std::string, std::set<std::string>> m_found; ///< by UUID, "node" for what names no device, or "elsewhere"
};

} // namespace busbar::agent
