// The fields of the query language: one table for parser, printer, engine and completion. gpu.* fields come from the metric table.
// Pure values, any thread.
#pragma once

#include "domain/metric.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace busbar::query {

enum class FieldId : std::uint8_t {
    site, hall, row, rack, rackHealthy, unit, serial, node, model, driver, fabric, leaf, rail, pdu, fw, image, state, service, occupancy, health, link, source,
    boot, alarm, prio, shelved, stale, lease, tenant, ends, idleHours, age, since, op, approver, step, cable, walk,
    gpuIndex, gpuState, metric ///< gpuState: health or occupancy of a GPU; metric: a number of a GPU
};

/// text: whole value; words: whole words of the value; set: a closed set of words; moment: a time, written as a date or from now.
enum class FieldType : std::uint8_t { text, words, set, number, duration, moment, flag };

/// What a number measures.
enum class Dimension : std::uint8_t { none, percent, power, temperature, memory, bandwidth, frequency, energy, hours };

struct FieldInfo {
    FieldId id;
    std::string name;  ///< canonical, as typed
    std::string label; ///< words for people
    FieldType type;
    Dimension dimension = Dimension::none;
    Metric metric = Metric::unknown;          ///< of gpuState and metric; lease, tenant, ends: Metric::lease
    std::span<const std::string_view> values; ///< of set and flag, by number
    int unknown = -1;                         ///< number of the value "unknown" in a closed set; -1: it has none
    bool perGpu() const { return metric != Metric::unknown || id == FieldId::gpuIndex; }
    bool ordered() const { return type == FieldType::number || type == FieldType::duration || type == FieldType::moment; }
    bool textual() const { return type == FieldType::text || type == FieldType::words; }
};

/// All fields, those of console.md §3 first.
std::span<const FieldInfo> allFields();
/// By name, in any case; nullptr: none.
const FieldInfo* findField(std::string_view name);
/// nullptr only for gpuState and metric, which many fields share.
const FieldInfo* fieldOf(FieldId id);

/// Word of a closed set as queries write it: spaces are "-".
std::string wordOf(std::string_view value);
/// Number of `word` in the field's values, in any case; -1: none.
int valueOf(const FieldInfo& field, std::string_view word);

/// The nearest of `candidates` to `word` by edits, for "did you mean"; empty when none is near. A candidate's last dotted part counts too.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

char lowerOf(char c);
std::string lowered(std::string_view text);
bool equalNoCase(std::string_view a, std::string_view b);

} // namespace busbar::query
