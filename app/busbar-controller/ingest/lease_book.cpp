#include "busbar-controller/ingest/lease_book.h"

#include <algorithm>

namespace busbar::controller {

std::uint32_t LeaseBook::define(const LeaseInfo& lease, std::int64_t nowMs, std::uint32_t stamp) {
    const std::uint32_t index = indexOf(lease.id, nowMs, stamp);
    if (index == 0) return 0;
    Held& held = m_leases[index];
    if (held.lease.tenant != lease.tenant || held.lease.fromWallMs != lease.fromWallMs || held.lease.untilWallMs != lease.untilWallMs) {
        held.lease = lease;
        held.lease.index = index;
        held.stamp = stamp;
    }
    return index;
}

std::uint32_t LeaseBook::indexOf(const std::string& id, std::int64_t nowMs, std::uint32_t stamp) {
    if (id.empty()) return 0;
    const auto [entry, fresh] = m_byId.try_emplace(id, 0);
    if (!fresh) return entry->second;
    entry->second = ++m_lastIndex;
    Held& held = m_leases[m_lastIndex];
    held.lease.index = m_lastIndex;
    held.lease.id = id;
    held.stamp = stamp;
    held.idleSinceMs = nowMs;
    return m_lastIndex;
}

const LeaseInfo* LeaseBook::find(std::uint32_t index) const {
    const auto found = m_leases.find(index);
    return found == m_leases.end() ? nullptr : &found->second.lease;
}

void LeaseBook::hold(std::uint32_t index) {
    if (const auto found = m_leases.find(index); found != m_leases.end()) ++found->second.holders;
}

void LeaseBook::release(std::uint32_t index, std::int64_t nowMs) {
    const auto found = m_leases.find(index);
    if (found == m_leases.end() || found->second.holders == 0) return;
    if (--found->second.holders == 0) found->second.idleSinceMs = nowMs;
}

void LeaseBook::sweep(std::int64_t nowMs) {
    std::erase_if(m_leases, [&](const auto& entry) {
        const Held& held = entry.second;
        if (held.holders > 0 || nowMs - held.idleSinceMs < kLeaseKeepMs) return false;
        m_byId.erase(held.lease.id);
        return true;
    });
}

std::vector<LeaseInfo> LeaseBook::changedSince(std::uint32_t since) const {
    std::vector<LeaseInfo> leases;
    for (const auto& [index, held] : m_leases)
        if (held.stamp > since) leases.push_back(held.lease);
    std::ranges::sort(leases, {}, &LeaseInfo::index);
    return leases;
}

} // namespace busbar::controller
