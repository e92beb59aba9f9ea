#include "busbar-agent/compute/figures.h"

#include <algorithm>

namespace busbar::agent {

std::string FaultReport::sentence(const char* where) const {
    if (count == 0) return "no error";
    std::string text = fmt::format("{} {} not as expected", count, count == 1 ? "word is" : "words are");
    if (!places.empty()) text += fmt::format("; first at {} {:#x}: expected {:#018x}, got {:#018x}", where, places.front().address, places.front().expected, places.front().got);
    return text;
}

double TestOutcome::valueOf(const std::string& name) const {
    const auto found = std::find_if(figures.begin(), figures.end(), [&](const Figure& figure) { return figure.name == name; });
    return found == figures.end() ? -1 : found->value;
}

StatusOr<FaultCounter> FaultCounter::make(const CudaDevice& device) {
    auto buffer = device.allocate(sizeof(kernels::Faults));
    if (!buffer.ok()) return buffer.status();
    if (const Status cleared = device.zero(buffer->address(), buffer->bytes()); !cleared.ok()) return cleared;
    return FaultCounter(*std::move(buffer));
}

kernels::Faults* FaultCounter::address() const { return reinterpret_cast<kernels::Faults*>(m_buffer.address()); }

StatusOr<FaultReport> FaultCounter::read(const CudaDevice& device, const StopCheck& stop) const {
    kernels::Faults faults{};
    if (const Status copied = device.copyToHost(&faults, m_buffer.address(), sizeof faults); !copied.ok()) return copied;
    if (const Status done = device.wait(stop); !done.ok()) return done;
    FaultReport report;
    report.count = faults.count;
    const auto kept = std::min<std::uint64_t>(faults.count, kernels::kFaultsKept);
    report.places.assign(std::begin(faults.first), std::begin(faults.first) + kept);
    return report;
}

} // namespace busbar::agent
