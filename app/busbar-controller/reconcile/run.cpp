#include "busbar-controller/reconcile/run.h"

#include "domain/lifecycle.h"

#include <algorithm>

namespace busbar::controller {

Verb TargetRef::verb() const { return verbOf(action(), index); }

StepRecord* openStep(TargetRecord& target) {
    const auto step = std::find_if(target.steps.begin(), target.steps.end(), [](const StepRecord& s) { return s.state == StepState::running; });
    return step == target.steps.end() ? nullptr : &*step;
}

StepRecord* stepOf(TargetRecord& target, StepKind kind) {
    const auto step = std::find_if(target.steps.begin(), target.steps.end(), [kind](const StepRecord& s) { return s.kind == kind; });
    return step == target.steps.end() ? nullptr : &*step;
}

void RecentCloses::add(const std::string& nodeId, std::int64_t bootMs) {
    m_order.emplace_back(bootMs, nodeId);
    m_nodes[nodeId] = bootMs;
}

void RecentCloses::forgetBefore(std::int64_t bootMs) {
    while (!m_order.empty() && m_order.front().first < bootMs) {
        const auto node = m_nodes.find(m_order.front().second);
        if (node != m_nodes.end() && node->second == m_order.front().first) m_nodes.erase(node);
        m_order.pop_front();
    }
}

void RecentCloses::clear() {
    m_order.clear();
    m_nodes.clear();
}

void Holders::set(const TargetRef& target) {
    const std::scoped_lock lock(m_mutex);
    m_targets[target.node()] = {target, target.action().id};
}

void Holders::release(const std::string& nodeId, const ActionRun& run) {
    const std::scoped_lock lock(m_mutex);
    const auto holder = m_targets.find(nodeId);
    if (holder != m_targets.end() && holder->second.target.run == &run) m_targets.erase(holder);
}

TargetRef Holders::find(const std::string& nodeId) const {
    const std::scoped_lock lock(m_mutex);
    const auto holder = m_targets.find(nodeId);
    return holder == m_targets.end() ? TargetRef{} : holder->second.target;
}

std::string Holders::actionOf(const std::string& nodeId) const {
    const std::scoped_lock lock(m_mutex);
    const auto holder = m_targets.find(nodeId);
    return holder == m_targets.end() ? std::string() : holder->second.actionId;
}

} // namespace busbar::controller
