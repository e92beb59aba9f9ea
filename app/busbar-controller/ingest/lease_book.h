// Leases that GPUs of the site are under, by id, with the index that Metric::lease carries. Indices are never used twice within
// an epoch; a lease that no GPU holds is forgotten after a minute, so that memory is bounded by the GPUs, not by the jobs that
// ever ran. Not thread-safe: FleetTable guards it.
#pragma once

#include "domain/node.h"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace busbar::controller {

/// How long a lease without a GPU is kept, so that a definition may come before its use.
inline constexpr std::int64_t kLeaseKeepMs = 60'000;

class LeaseBook {
public:
    /// Adds or updates a lease by its id (the index given is ignored); answers its index.
    std::uint32_t define(const LeaseInfo& lease, std::int64_t nowMs, std::uint32_t stamp);
    /// Index of `id`, made with an unknown tenant when nobody defined it; 0 for "".
    std::uint32_t indexOf(const std::string& id, std::int64_t nowMs, std::uint32_t stamp);
    /// nullptr for 0 and for indices that are gone.
    const LeaseInfo* find(std::uint32_t index) const;
    void hold(std::uint32_t index);
    void release(std::uint32_t index, std::int64_t nowMs);
    /// Forgets leases that nobody held for kLeaseKeepMs.
    void sweep(std::int64_t nowMs);
    /// Leases defined or changed after `since`.
    std::vector<LeaseInfo> changedSince(std::uint32_t since) const;
    std::size_t size() const { return m_leases.size(); }

private:
    struct Held {
        LeaseInfo lease;
        std::uint32_t holders = 0, stamp = 0;
        std::int64_t idleSinceMs = 0;
    };
    std::uint32_t m_lastIndex = 0;
    std::unordered_map<std::uint32_t, Held> m_leases;
    std::unordered_map<std::string, std::uint32_t> m_byId;
};

} // namespace busbar::controller
