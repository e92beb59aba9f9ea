// What tests on a GPU found, as values with units, and the wrong places. Pure values.
#pragma once

#include "busbar-agent/compute/cuda_device.h"
#include "busbar-agent/kernels/faults.h"

#include <string>
#include <vector>

namespace busbar::agent {

struct Figure {
    std::string name;  ///< "scrub rate", "HBM copy" …
    double value = 0;
    std::string unit;  ///< "GB/s", "%", "errors", "TFLOPS", "bytes"
};

/// Words that were not as written.
struct FaultReport {
    std::uint64_t count = 0;
    std::vector<kernels::Faults::Place> places; ///< the first few
    /// "3 words differ; first at byte 0x1000: expected 0x…, got 0x…"; "no error" for none. `where`: what the places count.
    std::string sentence(const char* where) const;
};

struct TestOutcome {
    std::vector<Figure> figures;
    FaultReport faults;
    std::string note; ///< beside "no error": which way a copy went, say
    double valueOf(const std::string& name) const; ///< -1 when it is not there
};

/// Faults in device memory, counted over many kernels.
class FaultCounter {
public:
    static StatusOr<FaultCounter> make(const CudaDevice& device);
    kernels::Faults* address() const;
    /// Waits for the GPU.
    StatusOr<FaultReport> read(const CudaDevice& device, const StopCheck& stop) const;

private:
    explicit FaultCounter(DeviceBuffer buffer) : m_buffer(std::move(buffer)) {}
    DeviceBuffer m_buffer;
};

} // namespace busbar::agent
