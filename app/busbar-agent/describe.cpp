// busbar-agent --inventory: what the agent sees of this machine, for people.
#include "busbar-agent/agent.h"
#include "busbar-agent/collectors/host.h"
#include "busbar-agent/collectors/kernel_log.h"
#include "busbar-agent/config.h"
#include "busbar-agent/driver/gpu_driver.h"

#include <chrono>
#include <thread>

namespace busbar::agent {
namespace {

std::string known(const std::string& text) { return text.empty() ? "?" : text; }

std::string describeHost(const Inventory& host, const HostSample& sample) {
    std::string text = fmt::format("{} {} (serial {}), {}\n{}, kernel {}, machine {}, boot {}\n{} ({} sockets, {} cores, {} threads), {} MiB memory\n", known(host.vendor), known(host.product), known(host.serial),
                                   known(host.hostname), known(host.os), known(host.kernel), known(host.machineId), known(host.bootId), known(host.cpuModel), host.cpuSockets, host.cpuCores, host.cpuThreads,
                                   host.memoryMib);
    text += fmt::format("load {:.2f}, {} MiB memory used\n", sample.load1, sample.memoryUsedMib);
    for (const auto& [sensor, celsius] : sample.temperaturesC) text += fmt::format("{} {:.1f} C\n", sensor, celsius);
    for (const Nic& nic : host.nics)
        text += fmt::format("NIC {}: {}, {}\n", nic.name, nic.speedMbps < 0 ? "speed not reported" : fmt::format("{} Mb/s", nic.speedMbps), nic.carrier == 1 ? "carrier" : nic.carrier == 0 ? "no carrier" : "carrier not reported");
    for (const Disk& disk : host.disks) text += fmt::format("disk {}: {} {} bytes\n", disk.name, disk.model, disk.bytes);
    for (const PciDevice& device : host.pciDevices) {
        const std::string link = device.linkGen > 0 ? fmt::format(", link gen {} x{} of gen {} x{}", device.linkGen, device.linkWidth, device.maxGen, device.maxWidth) : "";
        text += fmt::format("PCI {}: {} class {}{}\n", device.address, device.vendorDevice, device.deviceClass, link);
    }
    for (const std::string& gap : host.provenance) text += gap + "\n";
    return text;
}

std::string describeGpus(const GpuDriver& driver) {
    std::string text;
    for (std::size_t slot = 0; slot < driver.gpus().size(); ++slot) {
        const GpuIdentity& gpu = driver.gpus()[slot];
        text += fmt::format("GPU {} {} {} {} MiB, VBIOS {}\n", slot, gpu.pciAddress, gpu.model, gpu.memoryMib, gpu.vbios);
        driver.read(slot, GpuDriver::Depth::fast); // SM activity is measured between two readings.
        std::this_thread::sleep_for(std::chrono::milliseconds(150));
        for (const auto& [metric, reading] : driver.read(slot, GpuDriver::Depth::all))
            text += fmt::format("  {:<24} {}\n", infoOf(metric).label, reading.value >= 0 ? fmt::format("{} {}", reading.value, infoOf(metric).unit) : reading.why);
    }
    return text;
}

} // namespace

std::string describeMachine(const std::string& nvmlPath) {
    std::string text = describeHost(readHost(), HostLoad().sample());
    const auto log = openKernelLog(kKernelLog);
    text += log.ok() ? "kernel log: readable\n" : std::string(sentenceOf(log.status())) + "\n";
    const auto driver = openNvmlDriver(nvmlPath);
    if (!driver.ok()) return text + std::string(sentenceOf(driver.status())) + "\n";
    return text + (*driver)->description() + "\n" + describeGpus(**driver);
}

} // namespace busbar::agent
