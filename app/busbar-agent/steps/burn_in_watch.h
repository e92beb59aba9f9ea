// What is looked at on the GPUs while a burn-in loads them: power, temperatures, throttling, and the error counters before and after.
// Same thread as the step; each look costs one round of driver reads.
#pragma once

#include "busbar-agent/steps/step.h"

namespace busbar::agent {

class BurnInWatch {
public:
    /// Reads the counters as they are before the first test.
    explicit BurnInWatch(StepContext& context);
    /// One look at power, temperatures and throttle reasons.
    void look();
    /// Counters again, as evidence (must not have grown), and extremes as figures.
    void finish(StepReport& report) const;

private:
    struct Counter {
        Metric metric;
        const char* fact;
    };
    struct Gpu {
        std::size_t slot = 0;
        std::vector<std::int64_t> before; ///< by kCounters
        std::int64_t powerMax = kNotRead, temperatureMax = kNotRead, memoryTemperatureMax = kNotRead, throttled = 0, looks = 0;
        double powerSum = 0;
    };
    static const std::vector<Counter>& counters();
    std::int64_t read(std::size_t slot, Metric metric) const;
    StepContext& m_context;
    std::vector<Gpu> m_gpus;
};

} // namespace busbar::agent
