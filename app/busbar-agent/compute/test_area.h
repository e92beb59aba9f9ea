// All the memory of a GPU that can be had, for tests that must touch it: plain allocations, as few as the driver grants.
// Same thread rule as CudaDevice.
#pragma once

#include "busbar-agent/compute/cuda_device.h"

namespace busbar::agent {

/// Left free for the driver and what it needs while kernels run (issue's bar: at least 97 % of what is free less 1 GiB is covered).
inline constexpr std::size_t kLeftFreeBytes = std::size_t{1} << 30;

class TestArea {
public:
    /// As much as there is, less `leaveFree`; at least one piece, or ResourceExhausted.
    static StatusOr<TestArea> take(const CudaDevice& device, std::size_t leaveFree = kLeftFreeBytes);

    struct Piece {
        cuda::Address address = 0;
        std::uint64_t offset = 0; ///< in the whole area
        std::uint64_t bytes = 0;
    };
    /// The area cut into pieces of at most `bytes`.
    std::vector<Piece> pieces(std::uint64_t bytes) const;
    std::uint64_t bytes() const { return m_bytes; }
    std::uint64_t freeBefore() const { return m_freeBefore; }
    std::uint64_t totalBytes() const { return m_totalBytes; }
    /// Share of (free − kept free) that is held, 0..1.
    double covered() const;

private:
    std::vector<DeviceBuffer> m_buffers;
    std::uint64_t m_bytes = 0, m_freeBefore = 0, m_totalBytes = 0, m_keptFree = 0;
};

} // namespace busbar::agent
