// What the trace player and the simulator share: each reading is computed from a GpuSample, and most metrics are not modelled.
#pragma once

#include "busbar-replay/sources/source.h"

namespace busbar::replay {

/// Readings of one GPU at one moment.
struct GpuSample {
    std::int64_t util = 0, smActive = 0, memPercent = 0, temperature = 0, memTemperature = 0, power = 0, smClock = kNotSupported;
};

class SampledSource : public SourceModel {
public:
    virtual GpuSample sample(std::uint32_t node, std::size_t slot, std::int64_t wallMs) const = 0;
    std::vector<MetricColumn> columns(std::uint32_t node, std::int64_t wallMs) override;
    std::map<Metric, std::string> unsupported(std::uint32_t node) const override;
};

} // namespace busbar::replay
