// What is looked at on the GPUs while a burn-in loads them: power, temperatures, throttling, and the error counters before and after.
// Same thread as the step; each look costs one round of driver reads.
#pragma once

#include "busbar-agent/steps/step.h"

namespace busbar::agent {

class BurnInWatch {
public:
    /// Reads the counters as they are before the first test.
    explicit BurnInWatch(StepContext& context);
    /// One look at power, clock, temperatures and throttle reasons; `fullLoad`: while the GPUs hold full load.
    void look(bool fullLoad);
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
        struct {
            std::int64_t looks = 0, capped = 0, clockLooks = 0, clockMin = kNotRead, pcieGenMin = kNotRead, pcieWidthMin = kNotRead;
            double powerSum = 0, clockSum = 0;
        } load; ///< under full load
    };
    static const std::vector<Counter>& counters();
    static void lookAtLoad(Gpu& gpu, std::int64_t power, std::int64_t clock, std::int64_t reasons);
    StepContext& m_context;
    std::vector<Gpu> m_gpus;
};

} // namespace busbar::agent
