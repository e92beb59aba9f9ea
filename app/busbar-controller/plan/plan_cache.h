// Plans between Plan and Submit: in memory only, for their 10 minutes, bounded; the oldest leave first. Thread-safe.
#pragma once

#include "domain/action.h"

#include <deque>
#include <memory>
#include <mutex>

namespace busbar::controller {

class PlanCache {
public:
    using PlanPtr = std::shared_ptr<const Plan>;
    void add(PlanPtr plan);
    /// nullptr when it is unknown or its time is over.
    PlanPtr find(const std::string& id, std::int64_t nowWallMs);

private:
    void trim(std::int64_t nowWallMs);
    std::mutex m_mutex; ///< guards all below
    std::deque<PlanPtr> m_plans; ///< oldest first
    std::size_t m_targets = 0;
};

/// Targets of all plans kept together; a plan has about 300 bytes a target.
inline constexpr std::size_t kMaxPlannedTargets = 200'000;
inline constexpr std::size_t kMaxPlans = 2'000;

} // namespace busbar::controller
