#include "domain/health_rules.h"

#include <fmt/args.h>
#include <fmt/format.h>

#include <algorithm>

namespace busbar {
namespace {

std::int64_t slotMax(const GpuRule& rule, const GpuSigns& signs) { return rule.belowSlot == GpuRule::Slot::gen ? signs.slotMaxGen : signs.slotMaxWidth; }

std::int64_t otherOf(const GpuRule& rule, const GpuSigns& signs) { return rule.belowSlot != GpuRule::Slot::none ? slotMax(rule, signs) : signs[rule.belowMetric]; }

bool fires(const GpuRule& rule, const GpuSigns& signs) {
    const std::int64_t value = signs[rule.metric];
    if (value < 0 || value < rule.atLeast || value >= rule.below) return false;
    if (rule.anyBits != 0 && (value & rule.anyBits) == 0) return false;
    if (rule.fromUtil > 0 && signs[Metric::gpuUtil] < rule.fromUtil) return false;
    const bool compares = rule.belowMetric != Metric::unknown || rule.belowSlot != GpuRule::Slot::none;
    if (!compares) return true;
    const std::int64_t other = otherOf(rule, signs);
    return other > 0 && value < other;
}

bool judgedFromHealth(Metric metric) { return metric == Metric::unknown || metric >= Metric::count_ || metric == Metric::health || metric == Metric::occupancy || metric == Metric::lease; }

std::string formatted(const GpuRule& rule, std::int64_t value, std::int64_t other) {
    fmt::dynamic_format_arg_store<fmt::format_context> values;
    values.push_back(fmt::arg("value", value));
    values.push_back(fmt::arg("other", other));
    return fmt::vformat(rule.sentence, values);
}

} // namespace

Status checkRule(const GpuRule& rule) {
    if (judgedFromHealth(rule.metric)) return invalid("its metric is none that is measured");
    if (rule.belowMetric != Metric::unknown && judgedFromHealth(rule.belowMetric)) return invalid("below_metric is none that is measured");
    if (rule.belowMetric != Metric::unknown && rule.belowSlot != GpuRule::Slot::none) return invalid("below_metric and below_slot exclude each other");
    if (rule.atLeast >= rule.below) return invalid("at_least {} is not less than below {}: it would never fire", rule.atLeast, rule.below);
    if (rule.atLeast <= 0 && rule.anyBits == 0 && rule.below == std::numeric_limits<std::int64_t>::max() && rule.belowMetric == Metric::unknown && rule.belowSlot == GpuRule::Slot::none)
        return invalid("it has no condition: it would always fire");
    if (rule.sentence.empty()) return invalid("its sentence is empty");
    try {
        formatted(rule, 1, 2);
    } catch (const fmt::format_error& error) {
        return invalid("its sentence cannot be filled in ({}): known are {{value}} and {{other}}", error.what());
    }
    return absl::OkStatus();
}

RuleSet::RuleSet(std::vector<GpuRule> rules) : m_rules(std::move(rules)) {
    const auto use = [this](Metric metric) {
        if (metric != Metric::unknown && std::ranges::find(m_metrics, metric) == m_metrics.end()) m_metrics.push_back(metric);
    };
    use(Metric::gpuUtil);
    for (const GpuRule& rule : m_rules) {
        use(rule.metric);
        use(rule.belowMetric);
        if (rule.belowSlot != GpuRule::Slot::none) m_slotFromUtil = std::min(m_slotFromUtil, rule.fromUtil);
    }
}

std::uint64_t RuleSet::firing(const GpuSigns& signs) const {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < m_rules.size(); ++i) bits |= fires(m_rules[i], signs) ? std::uint64_t{1} << i : 0;
    return bits;
}

std::string sentenceOf(const GpuRule& rule, const GpuSigns& signs) { return formatted(rule, signs[rule.metric], otherOf(rule, signs)); }

Health healthOfClass(int responseClass) {
    if (responseClass <= 0) return Health::ok;
    if (responseClass == 1) return Health::watch;
    return responseClass >= 4 ? Health::failed : Health::degraded;
}

int severityOfClass(int responseClass) {
    if (responseClass <= 1) return std::max(responseClass, 0);
    return responseClass >= 4 ? 3 : 2;
}

} // namespace busbar
