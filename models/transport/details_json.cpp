#include "transport/details_json.h"

#include <nlohmann/json.hpp>

namespace busbar::transport {
namespace {

template <typename Value>
Json orNull(const std::optional<Value>& value) {
    return value ? Json(*value) : Json(nullptr);
}

} // namespace

Json jsonOf(const VerbDetails& details) {
    const GpuSettings& settings = details.settings;
    return {{"tenant", textOrNull(details.tenant)},
            {"lease", textOrNull(details.leaseId)},
            {"until", jsonTime(details.untilWallMs)},
            {"burn_in", textOrNull(details.profile)},
            {"replacement", textOrNull(details.replacement)},
            {"faulty_nodes", details.faultyNodes},
            {"fault_text", textOrNull(details.faultText)},
            {"settings",
             {{"persistence", orNull(settings.persistence)},
              {"mig", orNull(settings.mig)},
              {"ecc", orNull(settings.ecc)},
              {"compute_mode", orNull(settings.computeMode)},
              {"power_limit_w", orNull(settings.powerLimitWatts)},
              {"locked_clock_mhz", orNull(settings.lockedClockMhz)}}}};
}

} // namespace busbar::transport
