#include "busbar-agent/steps/gpu_facts.h"

#include <absl/strings/numbers.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace busbar::agent {
namespace {

constexpr std::chrono::milliseconds kPause(100);
constexpr int kTries = 30;
constexpr std::int64_t kMostOfDriverMib = 2'048;

bool givesNothing(const GpuReadings& readings) { return readingOf(readings, Metric::temperature).value == kNotRead && readingOf(readings, Metric::memUsed).value == kNotRead; }

} // namespace

GpuReading readingOf(const GpuReadings& readings, Metric metric) {
    const auto found = readings.find(metric);
    return found == readings.end() ? GpuReading{} : found->second;
}

std::vector<GpuReadings> readEach(const StepContext& context) {
    std::vector<GpuReadings> all;
    int tries = 0;
    for (const std::size_t slot : context.slots()) {
        all.push_back(context.driver->read(slot, GpuDriver::Depth::all));
        for (; givesNothing(all.back()) && tries < kTries; ++tries) {
            std::this_thread::sleep_for(kPause);
            all.back() = context.driver->read(slot, GpuDriver::Depth::all);
        }
    }
    return all;
}

Evidence zeroEvidence(const StepContext& context, const std::string& uuid, const char* fact, const GpuReadings& readings, Metric counter) {
    const GpuReading reading = readingOf(readings, counter);
    if (reading.value == kNotSupported) return evidenceOf(context, uuid, fact, "", "not supported: " + reading.why, "0, where it is counted", context.source(), Verdict::notApplicable);
    const bool read = reading.value >= 0;
    return evidenceOf(context, uuid, fact, "", read ? std::to_string(reading.value) : reading.why, "0", context.source(), !read ? Verdict::notReadable : reading.value == 0 ? Verdict::asSet : Verdict::notAsSet);
}

std::optional<Evidence> linkEvidence(const StepContext& context, const std::string& uuid, const GpuReadings& readings, const std::vector<GpuReadings>& ofAll) {
    const std::int64_t up = readingOf(readings, Metric::nvlinksUp).value, total = readingOf(readings, Metric::nvlinksTotal).value;
    if (up < 0 || total <= 0) return std::nullopt;
    const bool linked = std::any_of(ofAll.begin(), ofAll.end(), [](const GpuReadings& one) { return readingOf(one, Metric::nvlinksUp).value > 0; });
    return evidenceOf(context, uuid, "NVLinks up", "", std::to_string(up), linked ? std::to_string(total) : fmt::format("{}, or 0 where nothing is linked", total), context.source(),
                      up == total || !linked ? Verdict::asSet : Verdict::notAsSet);
}

Evidence setByCloseEvidence(const StepContext& context, const std::string& uuid) {
    const auto set = context.journal.get(setModeKey(uuid));
    const std::string after = !set.ok() ? std::string(sentenceOf(set.status())) : set->has_value() ? "one, and it cannot be read whether it still is" : "none";
    return evidenceOf(context, uuid, "compute mode set by close", "", after, "none", "journal", set.ok() && !set->has_value() ? Verdict::asSet : Verdict::notReadable);
}

std::optional<std::int64_t> baselineMib(const StepContext& context, std::size_t slot) {
    std::int64_t baseline = 0;
    const auto stored = context.journal.get(baselineKey(context.uuid(slot)));
    return stored.ok() && stored->has_value() && absl::SimpleAtoi(**stored, &baseline) ? std::optional(baseline) : std::nullopt;
}

std::int64_t idleLimitMib(const StepContext& context, std::size_t slot) {
    const auto baseline = baselineMib(context, slot);
    return baseline ? std::min(*baseline + kMemorySlackMib, kMostOfDriverMib) : kMostOfDriverMib;
}

StatusOr<std::int64_t> memoryOnceFreed(const StepContext& context, std::size_t slot, std::int64_t limitMib) {
    auto used = context.driver->memoryUsedMib(slot);
    for (int tries = 0; (!used.ok() || *used > limitMib) && tries < kTries; ++tries) {
        std::this_thread::sleep_for(kPause);
        used = context.driver->memoryUsedMib(slot);
    }
    return used;
}

Evidence idleMemoryEvidence(const StepContext& context, std::size_t slot) {
    const std::int64_t limitMib = idleLimitMib(context, slot);
    const auto used = memoryOnceFreed(context, slot, limitMib);
    return evidenceOf(context, context.uuid(slot), "memory in use", "", used.ok() ? fmt::format("{} MiB", *used) : std::string(sentenceOf(used.status())), fmt::format("at most {} MiB while nobody holds it", limitMib),
                      context.source(), !used.ok() ? Verdict::notReadable : *used <= limitMib ? Verdict::asSet : Verdict::notAsSet);
}

} // namespace busbar::agent
