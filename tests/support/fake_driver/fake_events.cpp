// Simulated NVML: event sets. An XID that fake_driverctl adds to the state is given once to each set that was there before it.
#include "tests/support/fake_driver/fake_gpu.h"

#include <sys/inotify.h>

#include <cerrno>
#include <ctime>
#include <poll.h>
#include <unistd.h>

using namespace fake_driver;
using namespace busbar::agent::nvml;
using nlohmann::json;

namespace {

class Watched {
public:
    Watched() : m_next(driver().shared()->value("next_xid", 0LL)), m_fd(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
        const std::string path = DriverState::path();
        inotify_add_watch(m_fd, path.substr(0, path.rfind('/')).c_str(), IN_MOVED_TO); // The state is replaced by a rename.
    }
    ~Watched() { close(m_fd); }
    Watched(const Watched&) = delete;
    Watched& operator=(const Watched&) = delete;

    bool take(std::size_t* index, unsigned long long* xid) {
        const auto state = driver().shared();
        for (const json& event : state->value("xids", json::array())) {
            if (event.value("number", 0LL) < m_next) continue;
            m_next = event.value("number", 0LL) + 1;
            *index = event.value("gpu", std::size_t{0});
            *xid = event.value("xid", 0ULL);
            return true;
        }
        return false;
    }
    void sleep(int milliseconds) const {
        pollfd wait{m_fd, POLLIN, 0};
        char drained[4096];
        if (poll(&wait, 1, milliseconds) > 0)
            while (read(m_fd, drained, sizeof drained) > 0) {}
    }

private:
    long long m_next;
    int m_fd;
};

long long nowMs() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1'000'000;
}

int waitFor(EventSet set, Device* device, unsigned long long* type, unsigned long long* data, unsigned timeoutMs) {
    // Only where it is named: "*" means the calls on one GPU, and this is for all of them.
    if ((*driver().shared())["gpus"].at(0).value("failures", json::object()).contains("nvmlEventSetWait"))
        if (const int code = failureOf(0, "nvmlEventSetWait"); code != kSuccess) return code;
    auto* watched = static_cast<Watched*>(set);
    const long long end = nowMs() + timeoutMs;
    std::size_t index = 0;
    while (!watched->take(&index, data)) {
        const long long left = end - nowMs();
        if (left <= 0) return kTimeout;
        watched->sleep(static_cast<int>(left));
    }
    *device = handleOf(index);
    *type = kEventXid;
    return kSuccess;
}

} // namespace

FAKE_API int nvmlEventSetCreate(EventSet* set) {
    *set = new Watched;
    return kSuccess;
}
FAKE_API int nvmlEventSetFree(EventSet set) {
    delete static_cast<Watched*>(set);
    return kSuccess;
}
FAKE_API int nvmlDeviceGetSupportedEventTypes(Device device, unsigned long long* types) {
    return withGpu(device, "nvmlDeviceGetSupportedEventTypes", [&](const json&, std::size_t) -> int {
        *types = kEventXid;
        return kSuccess;
    });
}
FAKE_API int nvmlDeviceRegisterEvents(Device device, unsigned long long types, EventSet) {
    return withGpu(device, "nvmlDeviceRegisterEvents", [&](const json&, std::size_t) -> int { return (types & ~kEventXid) == 0 ? kSuccess : kNotSupported; });
}
#ifdef FAKE_NVML_OLD
FAKE_API int nvmlEventSetWait(EventSet set, EventDataV1* event, unsigned timeoutMs) { return waitFor(set, &event->device, &event->type, &event->data, timeoutMs); }
#else
FAKE_API int nvmlEventSetWait_v2(EventSet set, EventData* event, unsigned timeoutMs) {
    event->gpuInstanceId = event->computeInstanceId = ~0U;
    return waitFor(set, &event->device, &event->type, &event->data, timeoutMs);
}
#endif
