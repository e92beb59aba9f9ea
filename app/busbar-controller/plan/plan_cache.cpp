#include "busbar-controller/plan/plan_cache.h"

namespace busbar::controller {

void PlanCache::add(PlanPtr plan) {
    const std::scoped_lock lock(m_mutex);
    m_targets += plan->targets.size();
    const std::int64_t now = plan->madeWallMs;
    m_plans.push_back(std::move(plan));
    trim(now);
}

PlanCache::PlanPtr PlanCache::find(const std::string& id, std::int64_t nowWallMs) {
    const std::scoped_lock lock(m_mutex);
    trim(nowWallMs);
    for (const PlanPtr& plan : m_plans)
        if (plan->id == id && plan->expiresWallMs > nowWallMs) return plan;
    return nullptr;
}

void PlanCache::trim(std::int64_t nowWallMs) {
    const auto leaves = [&] {
        return m_plans.front()->expiresWallMs <= nowWallMs || (m_plans.size() > 1 && (m_plans.size() > kMaxPlans || m_targets > kMaxPlannedTargets));
    };
    while (!m_plans.empty() && leaves()) {
        m_targets -= m_plans.front()->targets.size();
        m_plans.pop_front();
    }
}

} // namespace busbar::controller
