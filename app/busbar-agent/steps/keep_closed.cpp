#include "busbar-agent/steps/keep_closed.h"

#include "busbar-agent/driver/nvml_abi.h"
#include "busbar-agent/journal/keys.h"

#include <absl/strings/numbers.h>

namespace busbar::agent {
namespace {

/// What came of one GPU; "" where nothing was to do.
std::string keepGpu(GpuDriver& driver, Journal& journal, const AgentPolicy& policy, std::size_t slot) {
    const std::string& uuid = driver.gpus()[slot].uuid;
    const auto set = journal.get(setModeKey(uuid));
    unsigned wanted = 0;
    if (!set.ok()) return fmt::format("{}: whether it is closed cannot be read: {}", uuid, std::string(sentenceOf(set.status())));
    if (!set->has_value() || !absl::SimpleAtoi(**set, &wanted)) return {};
    const auto now = driver.computeMode(slot);
    if (now.ok() && *now == wanted) return {};
    const std::string found = now.ok() ? computeModeName(*now) : std::string(sentenceOf(now.status()));
    if (!policy.settingsAllowed) return fmt::format("{} was closed and has compute mode {} now; this agent's settings are read-only", uuid, found);
    const Status asked = driver.setComputeMode(slot, wanted);
    const auto after = driver.computeMode(slot);
    if (after.ok() && *after == wanted) return fmt::format("{} is closed again: compute mode {} since the driver was loaded anew, {} as before", uuid, found, computeModeName(wanted));
    return fmt::format("{} was closed and cannot be closed again: compute mode {}{}", uuid, after.ok() ? computeModeName(*after) : std::string(sentenceOf(after.status())), asked.ok() ? "" : ": " + std::string(sentenceOf(asked)));
}

} // namespace

std::vector<std::string> keepClosed(GpuDriver& driver, Journal& journal, const AgentPolicy& policy) {
    std::vector<std::string> sentences;
    for (std::size_t slot = 0; slot < driver.gpus().size(); ++slot)
        if (std::string sentence = keepGpu(driver, journal, policy, slot); !sentence.empty()) sentences.push_back(std::move(sentence));
    return sentences;
}

} // namespace busbar::agent
