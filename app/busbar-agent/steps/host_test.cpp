#include "busbar-agent/steps/host_test.h"

#include "busbar-agent/collectors/host.h"
#include "busbar-agent/compute/cuda_device.h"
#include "busbar-agent/kernels/machine.h"

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

namespace busbar::agent {
namespace {

constexpr std::uint64_t kMixes = 100'000'000;
constexpr std::size_t kMemoryBytes = std::size_t{256} << 20, kDiskBytes = std::size_t{64} << 20, kBlock = std::size_t{1} << 20;

std::uint64_t mixChain(std::uint64_t rounds) {
    std::uint64_t value = 1;
    for (std::uint64_t i = 0; i < rounds; ++i) value = kernels::mixed(value);
    return value;
}

void add(const StepContext& context, StepReport& report, const char* fact, const std::string& after, const char* expected, const char* source, Verdict verdict) {
    report.evidence.push_back(evidenceOf(context, "node", fact, "", after, expected, source, verdict));
}

void testCores(const StepContext& context, StepReport& report) {
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    std::vector<std::uint64_t> values(cores);
    const Stopwatch watch;
    {
        std::vector<std::jthread> threads;
        for (unsigned core = 0; core < cores; ++core) threads.emplace_back([&values, core] { values[core] = mixChain(kMixes / 4); });
    }
    const double milliseconds = watch.milliseconds();
    const auto differing = std::count_if(values.begin(), values.end(), [&](std::uint64_t value) { return value != values.front(); });
    add(context, report, "CPU cores", differing == 0 ? fmt::format("{} threads computed one number", cores) : fmt::format("{} of {} threads computed another number", differing, cores), "one number", "observed",
        differing == 0 ? Verdict::asSet : Verdict::notAsSet);
    report.figures.push_back({.subject = "node", .name = "CPU mixes", .unit = "M/s", .value = static_cast<double>(kMixes / 4) * cores / milliseconds / 1000});
}

void testMemory(const StepContext& context, StepReport& report) {
    std::vector<std::uint64_t> words(kMemoryBytes / 8);
    const Stopwatch watch;
    for (std::size_t i = 0; i < words.size(); ++i) words[i] = i * 0x9E3779B97F4A7C15ULL;
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < words.size(); ++i) wrong += words[i] != i * 0x9E3779B97F4A7C15ULL ? 1 : 0;
    add(context, report, "host memory", wrong == 0 ? "no error" : fmt::format("{} words differ", wrong), "no error", "observed", wrong == 0 ? Verdict::asSet : Verdict::notAsSet);
    report.figures.push_back({.subject = "node", .name = "host memory", .unit = "GB/s", .value = gigabytesPerSecond(2.0 * kMemoryBytes, watch.milliseconds())});
}

/// Empty, or what went wrong; `rate` gets MB/s of writing through to the disk.
std::string writeAndRead(int file, double& rate) {
    std::vector<std::uint64_t> block(kBlock / 8), back(kBlock / 8);
    const Stopwatch watch;
    for (std::size_t at = 0; at < kDiskBytes; at += kBlock) {
        for (std::size_t i = 0; i < block.size(); ++i) block[i] = kernels::mixed(at + i);
        if (pwrite(file, block.data(), kBlock, static_cast<off_t>(at)) != static_cast<ssize_t>(kBlock)) return std::string("not written: ") + std::strerror(errno);
    }
    if (fsync(file) != 0) return std::string("not synced: ") + std::strerror(errno);
    rate = static_cast<double>(kDiskBytes) / 1000 / std::max(watch.milliseconds(), 0.01);
    posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED); // So that it is read from the disk, not from the cache.
    for (std::size_t at = 0; at < kDiskBytes; at += kBlock) {
        if (pread(file, back.data(), kBlock, static_cast<off_t>(at)) != static_cast<ssize_t>(kBlock)) return std::string("not read: ") + std::strerror(errno);
        for (std::size_t i = 0; i < back.size(); ++i)
            if (back[i] != kernels::mixed(at + i)) return fmt::format("byte {} differs", at + i * 8);
    }
    return {};
}

void testDisk(const StepContext& context, StepReport& report) {
    std::string path = context.stateDir + "/burn-in.XXXXXX";
    const int file = mkstemp(path.data());
    if (file < 0) return add(context, report, "disk", fmt::format("no test file in {}: {}", context.stateDir, std::strerror(errno)), "no error", "observed", Verdict::notReadable);
    unlink(path.c_str());
    double rate = 0;
    const std::string wrong = writeAndRead(file, rate);
    close(file);
    add(context, report, "disk", wrong.empty() ? "no error" : wrong, "no error", "observed", wrong.empty() ? Verdict::asSet : Verdict::notAsSet);
    report.figures.push_back({.subject = "node", .name = "disk write", .unit = "MB/s", .value = rate});
}

void testPorts(const StepContext& context, StepReport& report) {
    const auto [up, down] = portsOf(readHost().nics);
    if (up == 0 && down.empty()) return; // No port is visible, as in a container.
    // A port without a cable is for inspect to judge against the build plan; here at least one must be up.
    add(context, report, "network ports", fmt::format("{} with carrier{}", up, down.empty() ? "" : "; without: " + down), "at least one with carrier", "kernel", up > 0 ? Verdict::asSet : Verdict::notAsSet);
}

} // namespace

Ports portsOf(const std::vector<Nic>& nics) {
    Ports ports;
    for (const Nic& nic : nics) {
        if (nic.pciAddress.empty()) continue;
        if (nic.carrier == 1) ++ports.up;
        if (nic.carrier == 0) ports.down += (ports.down.empty() ? "" : ", ") + nic.name;
    }
    return ports;
}

void testHost(StepContext& context, StepReport& report) {
    testCores(context, report);
    testMemory(context, report);
    testDisk(context, report);
    testPorts(context, report);
}

} // namespace busbar::agent
