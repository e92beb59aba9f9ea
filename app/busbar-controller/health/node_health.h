// Judges one node: keeps its findings from signs as they come, and says the health of each GPU and of the node (the worst). What a sign
// means stands in HealthTables; a finding's sentence ends with the file and row that decided. Time is the controller's wall clock, given
// by the caller. Not thread-safe: FleetTable guards it.
#pragma once

#include "busbar-controller/health/gpu_xids.h"
#include "busbar-controller/health/health_tables.h"
#include "domain/node.h"

#include <cstdint>
#include <memory>
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
    explicit NodeHealth(std::shared_ptr<const HealthTables> tables = HealthTables::builtIn()) : m_tables(std::move(tables)) {}

    /// The GPUs of the node, in slot order; forgets findings of GPUs that are gone.
    void setGpus(const std::vector<GpuIdentity>& gpus, bool driverPresent, const std::string& driver, std::int64_t nowMs);
    /// What the rules need to be told of a GPU.
    const RuleSet& rules() const { return m_tables->rules(); }
    /// True when the set of findings changed.
    bool onSample(std::size_t gpu, const GpuSigns& signs, std::int64_t nowMs);
    /// XIDs, SXIDs and the driver's words in the kernel log; gives the event the severity of its class. `tenant` holds the GPU now.
    bool onEvent(FleetEvent& event, const std::string& tenant, std::int64_t nowMs);
    bool onStuck(const std::vector<std::string>& stuck, std::int64_t nowMs);
    /// A sign of the tables, on the whole node; stays as long as its row says, or until it is cleared.
    bool raise(const std::string& sign, const std::string& sentence, std::int64_t nowMs);
    bool clear(const std::string& sign);
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
        bool ofXid = false;
    };
    Kept* find(const std::string& component, const std::string& rule);
    bool put(Kept kept);
    bool applyRule(std::size_t gpu, const GpuRule& rule, bool fires, const GpuSigns& signs, std::int64_t nowMs);
    bool onXid(FleetEvent& event, const std::string& tenant, std::int64_t nowMs);
    bool onSxid(FleetEvent& event, std::int64_t nowMs);
    bool onRecoveryAction(const FleetEvent& event, std::int64_t nowMs);
    bool calm(int gpu, std::int64_t nowMs);
    bool raiseAt(int gpu, const std::string& sign, const std::string& sentence, std::int64_t nowMs);
    std::string componentOf(int gpu) const;
    int slotOf(const FleetEvent& event) const;

    std::shared_ptr<const HealthTables> m_tables;
    std::vector<std::string> m_uuids;
    std::vector<std::uint64_t> m_lastRules; ///< per GPU, to leave early when nothing moved
    std::vector<Kept> m_kept;
    GpuXids m_xids;
};

} // namespace busbar::controller
