#include "tests/support/fake_driver/driver_state.h"

#include "tests/support/fake_driver/gpu_models.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <unistd.h>

namespace fake_driver {

using nlohmann::json;

std::string DriverState::path() {
    const char* value = std::getenv("BUSBAR_FAKE_DRIVER");
    return value != nullptr && *value != '\0' ? value : "/tmp/busbar-fake-driver.json";
}

DriverState::Lock::Lock(const std::string& path) : m_fd(open((path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (m_fd >= 0) flock(m_fd, LOCK_EX);
}

DriverState::Lock::~Lock() {
    if (m_fd >= 0) close(m_fd);
}

json DriverState::load() {
    std::ifstream file(path());
    json state = file ? json::parse(file, nullptr, false) : json();
    return state.is_object() && state.contains("gpus") ? state : defaultState();
}

void DriverState::store(const json& state) {
    const std::string temporary = path() + ".new";
    std::ofstream(temporary, std::ios::trunc) << state.dump(1);
    std::rename(temporary.c_str(), path().c_str());
}

std::shared_ptr<const json> DriverState::shared() {
    struct stat info {};
    const std::lock_guard guard(m_mutex);
    if (stat(path().c_str(), &info) != 0) {
        const Lock lock(path());
        if (stat(path().c_str(), &info) != 0) store(defaultState());
        stat(path().c_str(), &info);
    }
    // A rename gives a new inode, so two changes within one tick of the file system's clock are told apart.
    const long long stamp = static_cast<long long>(info.st_ino) * 1'000'000'007LL + info.st_mtim.tv_nsec + info.st_mtim.tv_sec * 1'000'000'000LL;
    if (stamp != m_stamp) {
        m_cached = std::make_shared<const json>(load());
        m_stamp = stamp;
    }
    return m_cached;
}

json defaultState(int count, const std::string& model, long long memoryMib) {
    // UUIDs follow from the file's path, so that two simulated nodes never share one.
    const std::size_t seed = std::hash<std::string>()(DriverState::path());
    const GpuModel& numbers = modelOf(model);
    json state{{"driver_version", "580.95.05"}, {"gpus", json::array()}, {"xids", json::array()}, {"next_xid", 0}};
    for (int i = 0; i < count; ++i) {
        char uuid[64], pci[32], serial[32];
        std::snprintf(uuid, sizeof uuid, "GPU-%08zx-0000-4000-8000-%012x", seed & 0xffffffffU, static_cast<unsigned>(i + 1));
        std::snprintf(pci, sizeof pci, "00000000:%02X:00.0", 0x1b + 0x10 * i);
        std::snprintf(serial, sizeof serial, "SIM%08zx%02d", seed & 0xffffffffU, i);
        state["gpus"].push_back({{"uuid", uuid}, {"pci", pci}, {"serial", serial}, {"model", model}, {"memory_mib", memoryMib > 0 ? memoryMib : numbers.memoryMib}, {"vbios", numbers.vbios},
                                 {"power_limit_w", numbers.powerLimitW}, {"compute_mode", 0}, {"persistence_mode", 1}, {"processes", json::array()}, {"failures", json::object()}});
    }
    return state;
}

} // namespace fake_driver
