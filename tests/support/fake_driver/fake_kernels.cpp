#include "tests/support/fake_driver/fake_kernels.h"

#include "busbar-agent/kernels/gemm.h"
#include "busbar-agent/kernels/memory.h"

#include <cstdint>
#include <utility>

namespace fake_driver {
namespace {

using namespace busbar::kernels;

// Kernels give the same result for any number of threads: one thread runs the whole grid.
template <typename... Args, std::size_t... Index>
void call(void (*kernel)(Args...), void** arguments, std::index_sequence<Index...>) {
    t_hostThread = {0, 1};
    kernel(*static_cast<std::remove_reference_t<Args>*>(arguments[Index])...);
}
template <typename... Args>
void call(void (*kernel)(Args...), void** arguments) {
    call(kernel, arguments, std::index_sequence_for<Args...>());
}
template <typename Value>
Value argument(void** arguments, int index) {
    return *static_cast<Value*>(arguments[index]);
}

} // namespace

bool runKernel(std::string_view name, void** arguments, KernelCost& cost) {
    const auto bytesAt = [&](int index) { return static_cast<double>(argument<std::uint64_t>(arguments, index)); };
    if (name == "busbarFill") {
        call(busbarFill, arguments);
        cost.memoryBytes = bytesAt(1);
    } else if (name == "busbarCheck") {
        call(busbarCheck, arguments);
        cost.memoryBytes = bytesAt(1);
    } else if (name == "busbarCheckInvert") {
        call(busbarCheckInvert, arguments);
        cost.memoryBytes = 2 * bytesAt(1);
    } else if (name == "busbarCopy") {
        call(busbarCopy, arguments);
        cost.memoryBytes = 2 * bytesAt(2);
    } else if (name == "busbarRead") {
        call(busbarRead, arguments);
        cost.memoryBytes = bytesAt(1);
    } else if (name == "busbarGemmInput") {
        call(busbarGemmInput, arguments);
        cost.memoryBytes = 2 * bytesAt(1) * bytesAt(2);
    } else if (name == "busbarGemm") {
        call(busbarGemm, arguments);
        cost.flops = 2 * bytesAt(3) * bytesAt(4) * bytesAt(5) * argument<std::uint32_t>(arguments, 6);
    } else if (name == "busbarGemmInputFp8") {
        call(busbarGemmInputFp8, arguments);
        cost.memoryBytes = bytesAt(1) * bytesAt(2);
    } else if (name == "busbarGemmFp8") {
        call(busbarGemmFp8, arguments);
        cost.flops = 2 * bytesAt(3) * bytesAt(4) * bytesAt(5) * argument<std::uint32_t>(arguments, 6);
        cost.fp8 = true;
    } else if (name == "busbarGemmCheck") {
        call(busbarGemmCheck, arguments);
        cost.memoryBytes = 4 * bytesAt(1) * bytesAt(2);
    } else if (name == "busbarFingerprint") {
        call(busbarFingerprint, arguments);
        cost.memoryBytes = 8 * bytesAt(1);
    } else {
        return false;
    }
    return true;
}

} // namespace fake_driver
