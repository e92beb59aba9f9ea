#include "busbar-agent/collectors/host.h"

#include "busbar-agent/collectors/safe_text.h"
#include "busbar-agent/collectors/sysfs.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <unistd.h>

namespace busbar::agent {
namespace {

void readIdentity(const std::string& root, Inventory& inventory) {
    const std::string dmi = root + "/sys/class/dmi/id/";
    inventory.vendor = firstLine(dmi + "sys_vendor");
    inventory.product = firstLine(dmi + "product_name");
    inventory.serial = firstLine(dmi + "product_serial");
    inventory.bios = firstLine(dmi + "bios_version");
    inventory.machineId = firstLine(root + "/etc/machine-id");
    inventory.bootId = firstLine(root + "/proc/sys/kernel/random/boot_id");
    utsname names{};
    if (uname(&names) == 0) {
        inventory.hostname = names.nodename;
        inventory.kernel = std::string(names.sysname) + " " + names.release;
    }
    std::istringstream release(wholeFile(root + "/etc/os-release"));
    for (std::string line; std::getline(release, line);)
        if (line.starts_with("PRETTY_NAME=")) {
            std::erase(line, '"');
            inventory.os = safeText(line.substr(12), kMaxTextLength);
        }
}

std::string valueOf(const std::string& line) {
    const auto colon = line.find(':');
    return colon == std::string::npos || colon + 2 > line.size() ? std::string() : line.substr(colon + 2);
}

void readCpu(const std::string& root, Inventory& inventory) {
    std::istringstream info(wholeFile(root + "/proc/cpuinfo"));
    std::set<std::string> sockets, cores;
    std::string socket;
    for (std::string line; std::getline(info, line);) {
        if (line.starts_with("processor")) ++inventory.cpuThreads;
        if (line.starts_with("model name")) inventory.cpuModel = valueOf(line);
        if (line.starts_with("physical id")) sockets.insert(socket = valueOf(line));
        if (line.starts_with("core id")) cores.insert(socket + "/" + valueOf(line));
    }
    inventory.cpuSockets = static_cast<int>(std::max<std::size_t>(1, sockets.size()));
    inventory.cpuCores = cores.empty() ? inventory.cpuThreads : static_cast<int>(cores.size());
    inventory.memoryMib = meminfoKib(root, "MemTotal") / 1024;
}

void readNics(const std::string& root, Inventory& inventory) {
    for (const std::string& name : entries(root + "/sys/class/net")) {
        const std::string dir = root + "/sys/class/net/" + name;
        if (name == "lo" || inventory.nics.size() == kMaxItemsPerList) continue;
        Nic nic{name, linkName(dir + "/device/driver"), linkName(dir + "/device"), numberIn(dir + "/speed", -1), static_cast<int>(numberIn(dir + "/carrier", -1))};
        if (nic.speedMbps <= 0) nic.speedMbps = -1; // Virtual devices report 0 or -1: not known.
        inventory.nics.push_back(std::move(nic));
    }
}

void readDisks(const std::string& root, Inventory& inventory) {
    const std::string block = root + "/sys/block";
    for (const std::string& name : entries(block)) {
        const bool virtualDisk = name.starts_with("loop") || name.starts_with("ram") || name.starts_with("zram") || name.starts_with("dm-");
        if (virtualDisk || inventory.disks.size() == kMaxItemsPerList) continue;
        inventory.disks.push_back({name, firstLine(block + "/" + name + "/device/model"), numberIn(block + "/" + name + "/size", 0) * 512});
    }
}

// "16.0 GT/s PCIe" → 4; 0 when unknown (PCI-SIG: 2.5, 5, 8, 16, 32, 64 GT/s for generations 1 to 6).
int generationOf(const std::string& speed) {
    static constexpr std::pair<const char*, int> kSpeeds[] = {{"2.5 ", 1}, {"5.0 ", 2}, {"8.0 ", 3}, {"16.0 ", 4}, {"32.0 ", 5}, {"64.0 ", 6}};
    for (const auto& [text, generation] : kSpeeds)
        if (speed.starts_with(text)) return generation;
    return 0;
}

int widthIn(const std::string& path) {
    const std::int64_t width = numberIn(path, 0);
    return width >= 0 && width <= 64 ? static_cast<int>(width) : 0; // 255: the link is down.
}

void readPci(const std::string& root, Inventory& inventory) {
    const std::string devices = root + "/sys/bus/pci/devices";
    const auto hex = [](const std::string& text) { return text.starts_with("0x") ? text.substr(2) : text; };
    for (const std::string& address : entries(devices)) {
        if (inventory.pciDevices.size() == kMaxItemsPerList) break;
        const std::string dir = devices + "/" + address;
        inventory.pciDevices.push_back({address, hex(firstLine(dir + "/vendor")) + ":" + hex(firstLine(dir + "/device")), hex(firstLine(dir + "/class")),
                                        generationOf(firstLine(dir + "/current_link_speed")), widthIn(dir + "/current_link_width"), generationOf(firstLine(dir + "/max_link_speed")),
                                        widthIn(dir + "/max_link_width")});
    }
}

void readTemperatures(const std::string& root, HostSample& sample) {
    for (const std::string& monitor : entries(root + "/sys/class/hwmon")) {
        const std::string dir = root + "/sys/class/hwmon/" + monitor;
        for (const std::string& file : entries(dir)) {
            if (!file.starts_with("temp") || !file.ends_with("_input") || sample.temperaturesC.size() == kMaxItemsPerList) continue;
            const std::int64_t milli = numberIn(dir + "/" + file, INT64_MIN);
            if (milli > -50'000 && milli < 200'000) sample.temperaturesC[firstLine(dir + "/name") + " " + file.substr(0, file.size() - 6)] = static_cast<double>(milli) / 1000;
        }
    }
    for (const std::string& zone : entries(root + "/sys/class/thermal")) {
        if (!zone.starts_with("thermal_zone") || sample.temperaturesC.size() == kMaxItemsPerList) continue;
        const std::int64_t milli = numberIn(root + "/sys/class/thermal/" + zone + "/temp", INT64_MIN);
        if (milli > -50'000 && milli < 200'000) sample.temperaturesC[firstLine(root + "/sys/class/thermal/" + zone + "/type") + " " + zone] = static_cast<double>(milli) / 1000;
    }
}

// What this machine does not show, and why: nothing of it is fatal, all of it is said.
void addGaps(const std::string& root, Inventory& inventory) {
    const auto gap = [&](bool missing, const std::string& path, const char* what) {
        if (missing) inventory.provenance.push_back(fmt::format("{} cannot be read ({}: {})", what, path, whyUnreadable(root + path)));
    };
    gap(inventory.vendor.empty() && inventory.product.empty(), "/sys/class/dmi/id/product_name", "vendor and product");
    gap(inventory.serial.empty(), "/sys/class/dmi/id/product_serial", "the serial number");
    gap(inventory.machineId.empty(), "/etc/machine-id", "the machine id");
    gap(inventory.bootId.empty(), "/proc/sys/kernel/random/boot_id", "the boot id");
    gap(inventory.cpuThreads == 0, "/proc/cpuinfo", "the CPUs");
    gap(inventory.memoryMib == 0, "/proc/meminfo", "the memory");
    gap(inventory.nics.empty(), "/sys/class/net", "network devices");
    gap(inventory.disks.empty(), "/sys/block", "disks");
    gap(inventory.pciDevices.empty(), "/sys/bus/pci/devices", "PCI devices");
    HostSample sample;
    readTemperatures(root, sample);
    gap(sample.temperaturesC.empty(), "/sys/class/hwmon", "temperatures of the host");
}

} // namespace

Inventory readHost(const std::string& root) {
    Inventory inventory;
    readIdentity(root, inventory);
    readCpu(root, inventory);
    readNics(root, inventory);
    readDisks(root, inventory);
    readPci(root, inventory);
    addGaps(root, inventory);
    return inventory;
}

std::vector<std::string> nvidiaGpusOf(const Inventory& inventory) {
    std::vector<std::string> addresses;
    for (const PciDevice& device : inventory.pciDevices)
        if (device.vendorDevice.starts_with("10de:") && (device.deviceClass.starts_with("0300") || device.deviceClass.starts_with("0302"))) addresses.push_back(device.address);
    return addresses;
}

HostSample HostLoad::sample() {
    HostSample sample;
    std::istringstream(wholeFile(m_root + "/proc/loadavg")) >> sample.load1;
    std::istringstream stat(wholeFile(m_root + "/proc/stat"));
    std::string word;
    stat >> word;
    std::uint64_t total = 0, idle = 0, value = 0;
    for (int field = 0; field < 8 && stat >> value; ++field) {
        total += value;
        if (field == 3 || field == 4) idle += value; // idle and iowait
    }
    if (m_total != 0 && total > m_total) sample.cpuPercent = std::clamp(100.0 * static_cast<double>(total - idle - m_busy) / static_cast<double>(total - m_total), 0.0, 100.0);
    m_busy = total - idle;
    m_total = total;
    const std::int64_t all = meminfoKib(m_root, "MemTotal"), available = meminfoKib(m_root, "MemAvailable");
    if (all > 0 && available > 0) sample.memoryUsedMib = (all - available) / 1024;
    readTemperatures(m_root, sample);
    return sample;
}

} // namespace busbar::agent
