// An action's targets by wave, for JSON and text alike. Pure functions.
#pragma once

#include "domain/action.h"

#include <cstdint>
#include <vector>

namespace busbar::ctl {

struct Wave {
    int number = 0;
    std::int64_t targets = 0, ended = 0;
    std::int64_t failed = 0; ///< failed or unknown
};

/// In order; refused and skipped targets were never to run and are in none.
std::vector<Wave> wavesOf(const std::vector<TargetRecord>& targets);

} // namespace busbar::ctl
