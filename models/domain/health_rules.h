// Rules that turn a GPU's values into findings (design/health.md §1, §4). The rules themselves are data (resources/rules.toml and a site's
// own file); this is what they mean. Pure functions; a RuleSet is immutable once made and read by any thread.
#pragma once

#include "base/status.h"
#include "domain/node.h"

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace busbar {

/// Values of one GPU that rules look at; kNotSupported and kNotRead never fire a rule.
class GpuSigns {
public:
    GpuSigns() { m_values.fill(kNotRead); }
    std::int64_t operator[](Metric metric) const { return m_values[static_cast<std::size_t>(metric)]; }
    void set(Metric metric, std::int64_t value) { m_values[static_cast<std::size_t>(metric)] = value; }

    int slotMaxGen = 0, slotMaxWidth = 0; ///< what the PCIe slot can do; 0 unknown

private:
    std::array<std::int64_t, static_cast<std::size_t>(Metric::count_)> m_values{};
};

/// One rule: fires when every condition that is given holds.
struct GpuRule {
    enum class Slot : std::uint8_t { none, gen, width };

    std::string name; ///< "temp-watch"
    Metric metric = Metric::unknown;
    std::int64_t atLeast = 0;
    std::int64_t below = std::numeric_limits<std::int64_t>::max();
    std::int64_t anyBits = 0;               ///< 0: not asked
    Metric belowMetric = Metric::unknown;   ///< below another metric's value
    Slot belowSlot = Slot::none;            ///< below what the slot can do
    std::int64_t fromUtil = 0;              ///< only from this GPU utilisation in % on
    Health health = Health::watch;
    int responseClass = 0;                  ///< 0 log, 1 tell the tenant, 2 reset GPU, 3 reboot, 4 drain and triage
    std::int64_t keepMs = 0;                ///< a finding stays this long after it fired last; 0: it goes with the value
    std::string sentence;                   ///< {value}, {other}: see sentenceOf
    std::string file;                       ///< that decided: "rules.toml"
};

/// Why a rule cannot be used (its sentence does not format, its metric is judged from health itself …).
Status checkRule(const GpuRule& rule);

class RuleSet {
public:
    static constexpr std::size_t kMaxRules = 64; ///< a bit each

    RuleSet() = default;
    /// At most kMaxRules rules that passed checkRule.
    explicit RuleSet(std::vector<GpuRule> rules);

    const std::vector<GpuRule>& rules() const { return m_rules; }
    /// The metrics any rule looks at: what a caller has to set in GpuSigns.
    const std::vector<Metric>& metrics() const { return m_metrics; }
    /// Lowest utilisation from which a rule looks at the slot; above 100: none does.
    std::int64_t slotFromUtil() const { return m_slotFromUtil; }
    /// Bit 1 << i for each rule i that fires.
    std::uint64_t firing(const GpuSigns& signs) const;

private:
    std::vector<GpuRule> m_rules;
    std::vector<Metric> m_metrics;
    std::int64_t m_slotFromUtil = 101;
};

/// The sentence of a finding, with the values that fired the rule.
std::string sentenceOf(const GpuRule& rule, const GpuSigns& signs);

/// The worse of two: a known fault counts more than unknown, unknown more than ok.
constexpr Health worse(Health a, Health b) { return a < b ? b : a; }

/// Health of what a response class stands for: 0 ok, 1 watch, 2 and 3 degraded, 4 failed (health.md §1).
Health healthOfClass(int responseClass);

/// Severity of an event of that class: 0 info, 1 notice, 2 warning, 3 critical.
int severityOfClass(int responseClass);

} // namespace busbar
