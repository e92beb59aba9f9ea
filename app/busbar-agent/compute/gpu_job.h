// What the agent asks its helper program busbar-gpu-test to do, and what that answers, line by line as JSON. The tests run in a process of
// their own: a driver call that hangs can be ended, a fault in a kernel leaves the agent alone, and whatever happens the driver frees the
// GPU's memory when the process is gone. Pure values; both sides include this.
#pragma once

#include "base/status.h"
#include "busbar-agent/compute/figures.h"

#include <string>
#include <vector>

namespace busbar::agent {

enum class GpuTest : std::uint8_t { unknown, scrub, canary, patterns, memoryRate, gemm, cublasLt, transfers, peers, hold, fp8 };
std::string_view toString(GpuTest test);

struct GpuJob {
    GpuTest test = GpuTest::unknown;
    std::vector<std::string> uuids;
    std::uint64_t seed = 1;
    int rounds = 1;        ///< of patterns; random patterns of scrub; repeats of gemm
    double seconds = 0;    ///< of hold
    std::string library;   ///< CUDA driver; empty: the system's
};

/// One GPU's answer; for peers `uuid` is "GPU-a > GPU-b".
struct GpuAnswer {
    std::string uuid;
    Status status;                 ///< NotFound: the node cannot do this test (no cuBLASLt, one GPU only)
    std::vector<Figure> figures;
    std::uint64_t faults = 0;
    std::string faultSentence;     ///< "no error", or where and what
    std::string fingerprint;       ///< of gemm and fp8: equal on GPUs that compute alike; else empty
};

/// A line of the helper's output.
struct GpuLine {
    enum class Kind : std::uint8_t { progress, answer, end } kind = Kind::progress;
    double share = 0;
    std::string sentence;  ///< progress; at the end why nothing could be done, empty when it could
    GpuAnswer answer;
    bool simulated = false; ///< at the end
    std::string library;    ///< at the end: what was loaded
};

std::string toJson(const GpuJob& job);
StatusOr<GpuJob> jobFromJson(const std::string& text);
std::string toJson(const GpuLine& line);
/// The error is for a helper of another version or a broken line.
StatusOr<GpuLine> lineFromJson(const std::string& text);

} // namespace busbar::agent
