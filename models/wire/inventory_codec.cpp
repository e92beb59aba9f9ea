#include "busbar/v1/common.pb.h"
#include "wire/bounds.h"
#include "wire/codec.h"

#include <algorithm>

namespace busbar::wire {
namespace {

void encodeDevices(const Inventory& from, v1::Inventory* to) {
    for (const Nic& nic : from.nics) {
        auto* out = to->add_nics();
        out->set_name(cut(nic.name));
        out->set_driver(cut(nic.driver));
        out->set_pci_address(cut(nic.pciAddress));
        out->set_speed_mbps(nic.speedMbps);
        out->set_carrier(nic.carrier);
    }
    for (const Disk& disk : from.disks) {
        auto* out = to->add_disks();
        out->set_name(cut(disk.name));
        out->set_model(cut(disk.model));
        out->set_bytes(disk.bytes);
    }
    for (const PciDevice& device : from.pciDevices) {
        auto* out = to->add_pci_devices();
        out->set_address(cut(device.address));
        out->set_vendor_device(cut(device.vendorDevice));
        out->set_device_class(cut(device.deviceClass));
        out->set_link_gen(device.linkGen);
        out->set_link_width(device.linkWidth);
        out->set_max_gen(device.maxGen);
        out->set_max_width(device.maxWidth);
    }
    for (const GpuIdentity& gpu : from.gpus) {
        auto* out = to->add_gpus();
        out->set_pci_address(cut(gpu.pciAddress));
        out->set_uuid(cut(gpu.uuid));
        out->set_model(cut(gpu.model));
        out->set_serial(cut(gpu.serial));
        out->set_vbios(cut(gpu.vbios));
        out->set_memory_mib(gpu.memoryMib);
        out->set_driver_index(gpu.driverIndex);
    }
}

void decodeDevices(const v1::Inventory& from, Bounds& check, Inventory& to) {
    check.count("nics", static_cast<std::size_t>(from.nics_size()), kMaxItemsPerList);
    check.count("disks", static_cast<std::size_t>(from.disks_size()), kMaxItemsPerList);
    check.count("pci devices", static_cast<std::size_t>(from.pci_devices_size()), kMaxItemsPerList);
    check.count("gpus", static_cast<std::size_t>(from.gpus_size()), kMaxGpusPerNode);
    if (!check.ok()) return;
    for (const auto& nic : from.nics())
        to.nics.push_back({check.text("nic name", nic.name()), check.text("nic driver", nic.driver()), check.text("nic address", nic.pci_address()),
                           check.number("nic speed", nic.speed_mbps(), -1, 100'000'000), static_cast<int>(check.number("nic carrier", nic.carrier(), -1, 1))});
    for (const auto& disk : from.disks())
        to.disks.push_back({check.text("disk name", disk.name()), check.text("disk model", disk.model()), check.number("disk bytes", disk.bytes(), 0, INT64_MAX)});
    for (const auto& device : from.pci_devices())
        to.pciDevices.push_back({check.text("pci address", device.address()), check.text("pci ids", device.vendor_device()), check.text("pci class", device.device_class()),
                                 static_cast<int>(check.number("pci link generation", device.link_gen(), 0, 16)), static_cast<int>(check.number("pci link width", device.link_width(), 0, 64)),
                                 static_cast<int>(check.number("pci maximum generation", device.max_gen(), 0, 16)), static_cast<int>(check.number("pci maximum width", device.max_width(), 0, 64))});
    for (const auto& gpu : from.gpus())
        to.gpus.push_back({check.text("gpu pci address", gpu.pci_address(), 64), check.text("gpu uuid", gpu.uuid(), 96), check.text("gpu model", gpu.model(), 96),
                           check.text("gpu serial", gpu.serial(), 96), check.text("gpu vbios", gpu.vbios(), 96), check.number("gpu memory", gpu.memory_mib(), 0, kMaxMib),
                           static_cast<int>(check.number("gpu driver index", gpu.driver_index(), -1, 1024))});
}

} // namespace

void encode(const Inventory& from, v1::Inventory* to) {
    to->set_vendor(cut(from.vendor));
    to->set_product(cut(from.product));
    to->set_serial(cut(from.serial));
    to->set_machine_id(cut(from.machineId));
    to->set_boot_id(cut(from.bootId));
    to->set_hostname(cut(from.hostname));
    to->set_kernel(cut(from.kernel));
    to->set_os(cut(from.os));
    to->set_bios(cut(from.bios));
    to->set_cpu_model(cut(from.cpuModel));
    to->set_cpu_sockets(from.cpuSockets);
    to->set_cpu_cores(from.cpuCores);
    to->set_cpu_threads(from.cpuThreads);
    to->set_memory_mib(from.memoryMib);
    to->set_driver(cut(from.driver));
    to->set_driver_present(from.driverPresent);
    encodeDevices(from, to);
    for (const auto& [metric, reason] : from.unsupported) {
        auto* out = to->add_unsupported();
        out->set_metric(static_cast<std::uint32_t>(metric));
        out->set_reason(cut(reason));
    }
    for (const std::string& sentence : from.provenance) to->add_provenance(cut(sentence));
    for (const auto& [setting, reason] : from.settingLimits.unsupported) {
        auto* out = to->mutable_setting_limits()->add_unsupported();
        out->set_setting(cut(setting));
        out->set_reason(cut(reason));
    }
    if (from.settingLimits.powerMinWatts > 0) to->mutable_setting_limits()->set_power_min_watts(from.settingLimits.powerMinWatts);
    if (from.settingLimits.powerMaxWatts > 0) to->mutable_setting_limits()->set_power_max_watts(from.settingLimits.powerMaxWatts);
    if (from.settingLimits.clockMinMhz > 0) to->mutable_setting_limits()->set_clock_min_mhz(from.settingLimits.clockMinMhz);
    if (from.settingLimits.clockMaxMhz > 0) to->mutable_setting_limits()->set_clock_max_mhz(from.settingLimits.clockMaxMhz);
}

StatusOr<Inventory> decode(const v1::Inventory& from) {
    Bounds check("inventory");
    Inventory to;
    to.vendor = check.text("vendor", from.vendor());
    to.product = check.text("product", from.product());
    to.serial = check.text("serial", from.serial());
    to.machineId = check.text("machine id", from.machine_id());
    to.bootId = check.text("boot id", from.boot_id());
    to.hostname = check.text("hostname", from.hostname());
    to.kernel = check.text("kernel", from.kernel());
    to.os = check.text("os", from.os());
    to.bios = check.text("bios", from.bios());
    to.cpuModel = check.text("cpu model", from.cpu_model());
    to.cpuSockets = static_cast<int>(check.number("cpu sockets", from.cpu_sockets(), 0, 1024));
    to.cpuCores = static_cast<int>(check.number("cpu cores", from.cpu_cores(), 0, 65'536));
    to.cpuThreads = static_cast<int>(check.number("cpu threads", from.cpu_threads(), 0, 65'536));
    to.memoryMib = check.number("memory", from.memory_mib(), 0, kMaxMib);
    to.driver = check.text("driver", from.driver());
    to.driverPresent = from.driver_present();
    decodeDevices(from, check, to);
    check.count("unsupported", static_cast<std::size_t>(from.unsupported_size()), kMaxItemsPerList);
    check.count("provenance", static_cast<std::size_t>(from.provenance_size()), 32);
    if (!check.ok()) return check.status();
    for (const auto& entry : from.unsupported()) {
        const Metric metric = infoOf(static_cast<Metric>(std::min<std::uint32_t>(entry.metric(), 255))).metric;
        if (metric != Metric::unknown) to.unsupported[metric] = check.text("unsupported reason", entry.reason());
    }
    for (const std::string& sentence : from.provenance()) to.provenance.push_back(check.text("provenance", sentence));
    const auto& limits = from.setting_limits();
    check.count("unsupported settings", static_cast<std::size_t>(limits.unsupported_size()), kMaxItemsPerList);
    if (!check.ok()) return check.status();
    for (const auto& entry : limits.unsupported()) to.settingLimits.unsupported[check.text("unsupported setting", entry.setting(), 64)] = check.text("unsupported setting's reason", entry.reason());
    to.settingLimits.powerMinWatts = check.number("lowest power limit", limits.power_min_watts(), 0, 100'000);
    to.settingLimits.powerMaxWatts = check.number("highest power limit", limits.power_max_watts(), 0, 100'000);
    to.settingLimits.clockMinMhz = check.number("lowest SM clock", limits.clock_min_mhz(), 0, 100'000);
    to.settingLimits.clockMaxMhz = check.number("highest SM clock", limits.clock_max_mhz(), 0, 100'000);
    if (!check.ok()) return check.status();
    return to;
}

} // namespace busbar::wire
