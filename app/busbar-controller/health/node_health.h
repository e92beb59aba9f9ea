// Judges one node: keeps its findings from signs as they come, and says the health of each GPU and of the node (the worst).
// Time is the controller's wall clock, given by the caller. Not thread-safe: FleetTable guards it.
#pragma once

#include "domain/health_rules.h"
#include "domain/node.h"

#include <cstdint>
#include <string>
#include <vector>

namespace busbar::controller {

/// A user's program caused it: forgotten when it did not come again for this long.
inline constexpr std::int64_t kUserXidKeepMs = 10 * 60'000;
/// Other XIDs stay until a reboot or this long.
inline constexpr std::int64_t kXidKeepMs = 24 * 3'600'000;
/// Findings of one node; more are not kept, the worst stay.
inline constexpr std::size_t kMaxFindings = 256;

class NodeHealth {
public:
    /// The GPUs of the node, in slot order; forgets findings of GPUs that are gone.
    void setGpus(const std::vector<GpuIdentity>& gpus, bool driverPresent, const std::string& driver, std::int64_t nowMs);
    /// True when the set of findings changed.
    bool onSample(std::size_t gpu, const GpuSigns& signs, std::int64_t nowMs);
    bool onXid(const FleetEvent& event, std::int64_t nowMs);
    bool onStuck(const std::vector<std::string>& stuck, std::int64_t nowMs);
    /// A node-wide finding that stays until it is cleared by the same rule name; keepMs 0: until then.
    bool raise(const std::string& rule, Health health, int responseClass, const std::string& sentence, std::int64_t nowMs, std::int64_t keepMs = 0);
    bool clear(const std::string& rule);
    /// The node was rebooted: what a reboot cures is cleared.
    bool onReboot();
    /// Forgets what has run out; true when something did.
    bool expire(std::int64_t nowMs);

    Health gpuHealth(std::size_t gpu) const;
    Health nodeHealth() const;
    std::vector<Finding> findings() const;

private:
    static constexpr int kHost = -1;
    struct Kept {
        Finding finding;
        int gpu = kHost;
        std::int64_t lastMs = 0; ///< when it fired last
        std::int64_t keepMs = 0; ///< after that; 0: until cleared
        bool firing = false;     ///< fires now: does not run out
        bool curedByReboot = false;
    };
    Kept* find(int gpu, const std::string& rule);
    bool put(Kept kept);
    bool applyRule(std::size_t gpu, GpuRule rule, bool fires, const GpuSigns& signs, std::int64_t nowMs);
    std::string componentOf(int gpu) const;

    std::vector<std::string> m_uuids;
    std::vector<std::uint32_t> m_lastRules; ///< per GPU, to leave early when nothing moved
    std::vector<Kept> m_kept;
};

} // namespace busbar::controller
