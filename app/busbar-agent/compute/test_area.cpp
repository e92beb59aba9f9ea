#include "busbar-agent/compute/test_area.h"

#include <algorithm>

namespace busbar::agent {
namespace {

constexpr std::size_t kUnit = std::size_t{2} << 20; // The driver's page for device memory.
constexpr std::size_t kSmallest = std::size_t{16} << 20;

} // namespace

StatusOr<TestArea> TestArea::take(const CudaDevice& device, std::size_t leaveFree) {
    const auto before = device.memory();
    if (!before.ok()) return before.status();
    TestArea area;
    area.m_freeBefore = before->free;
    area.m_totalBytes = before->total;
    area.m_keptFree = leaveFree;
    if (before->free < leaveFree + kSmallest)
        return absl::ResourceExhaustedError(fmt::format("only {} MiB of GPU memory are free, {} MiB are left to the driver: nothing can be tested; end what holds the GPU", before->free >> 20, leaveFree >> 20));
    std::size_t wanted = (before->free - leaveFree) / kUnit * kUnit;
    while (wanted >= kSmallest) {
        auto buffer = device.allocate(wanted);
        if (!buffer.ok() && !absl::IsResourceExhausted(buffer.status())) return buffer.status();
        if (buffer.ok()) {
            area.m_bytes += wanted;
            area.m_buffers.push_back(*std::move(buffer));
        }
        const std::size_t left = before->free - leaveFree - area.m_bytes;
        wanted = std::min(left, buffer.ok() ? left : wanted / 2) / kUnit * kUnit;
    }
    if (area.m_buffers.empty()) return absl::ResourceExhaustedError("the driver grants no memory for a test although it reports some as free");
    return area;
}

std::vector<TestArea::Piece> TestArea::pieces(std::uint64_t bytes) const {
    std::vector<Piece> list;
    std::uint64_t offset = 0;
    for (const DeviceBuffer& buffer : m_buffers)
        for (std::uint64_t at = 0; at < buffer.bytes(); at += bytes) {
            const std::uint64_t length = std::min<std::uint64_t>(bytes, buffer.bytes() - at);
            list.push_back({buffer.address() + at, offset, length});
            offset += length;
        }
    return list;
}

double TestArea::covered() const {
    const std::uint64_t possible = m_freeBefore > m_keptFree ? m_freeBefore - m_keptFree : 0;
    return possible == 0 ? 0 : static_cast<double>(m_bytes) / static_cast<double>(possible);
}

} // namespace busbar::agent
