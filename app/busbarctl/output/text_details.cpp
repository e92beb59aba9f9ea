#include "busbarctl/output/text_details.h"

#include "busbarctl/output/table.h"

#include <fmt/ranges.h>

#include <vector>

namespace busbar::ctl {
namespace {

constexpr std::uint32_t kExclusiveProcess = 3; ///< NVML's number of that compute mode

std::string computeModeText(std::uint32_t mode) { return mode == 0 ? "default" : mode == kExclusiveProcess ? "exclusive-process" : fmt::format("{}", mode); }

std::string settingsText(const GpuSettings& settings) {
    std::vector<std::string> words;
    const auto add = [&](const char* name, std::optional<bool> on) {
        if (on) words.push_back(fmt::format("{} {}", name, *on ? "on" : "off"));
    };
    add("persistence", settings.persistence);
    add("MIG", settings.mig);
    add("ECC", settings.ecc);
    if (settings.computeMode) words.push_back("compute mode " + computeModeText(*settings.computeMode));
    if (settings.powerLimitWatts) words.push_back(fmt::format("power limit {} W", *settings.powerLimitWatts));
    if (settings.lockedClockMhz) words.push_back(fmt::format("locked clock {} MHz", *settings.lockedClockMhz));
    return words.empty() ? "left as they are" : fmt::format("{}", fmt::join(words, ", "));
}

} // namespace

std::string detailsText(Verb verb, const VerbDetails& details) {
    std::string text;
    if (!details.tenant.empty()) text += fmt::format("Tenant     {}\n", details.tenant);
    if (!details.leaseId.empty()) text += fmt::format("Lease      {}\n", details.leaseId);
    if (verb == Verb::lease) text += fmt::format("Until      {}\nSettings   {}\n", details.untilWallMs == 0 ? "open-ended" : wordTime(details.untilWallMs), settingsText(details.settings));
    if (!details.profile.empty()) text += fmt::format("Burn-in    {}\n", details.profile);
    if (!details.replacement.empty()) text += fmt::format("Comes      {}\n", details.replacement);
    if (!details.faultyNodes.empty()) text += fmt::format("Faulty     {}: {}\n", fmt::join(details.faultyNodes, ", "), details.faultText);
    return text;
}

} // namespace busbar::ctl
