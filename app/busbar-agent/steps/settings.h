// Settings of GPUs as evidence: what was set is read back here, at configure and again at open. Same thread as the step.
#pragma once

#include "busbar-agent/steps/step.h"
#include "domain/gpu_setting.h"

#include <utility>
#include <vector>

namespace busbar::agent {

/// Journal's key of the value that a setting had before the first lease changed it.
std::string baselineKeyOf(const std::string& uuid, Setting setting);
/// Journals that value, once: before a setting is changed.
Status rememberBaseline(const StepContext& context, std::size_t slot, Setting setting, const StatusOr<std::int64_t>& before);
/// The value as it reads now against `wanted`. Not for locked clocks, which have no getter.
Evidence settingEvidence(const StepContext& context, std::size_t slot, Setting setting, const std::string& before, std::int64_t wanted);
/// Locked clocks, as slot and MHz, observed on the SM clock while the helper loads the GPUs for some seconds.
std::vector<Evidence> observeLockedClocks(StepContext& context, const std::vector<std::pair<std::size_t, std::int64_t>>& locked);
/// All that the command asks for, on each GPU in scope, read back once more.
std::vector<Evidence> readBackSettings(StepContext& context);

} // namespace busbar::agent
