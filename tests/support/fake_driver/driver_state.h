// State of the simulated driver: a JSON file at $BUSBAR_FAKE_DRIVER that all processes share (agent, tests, fake_driverctl), so that it
// outlives the agent like a real driver's state does. Read again when the file changed; written whole under a lock.
#pragma once

#include <nlohmann/json.hpp>

#include <memory>
#include <mutex>
#include <string>

namespace fake_driver {

class DriverState {
public:
    /// The file's content; made with defaults (8 GPUs) when it is not there. Parsed anew only when the file changed.
    std::shared_ptr<const nlohmann::json> shared();
    nlohmann::json read() { return *shared(); }
    /// Changes the content under an exclusive lock.
    template <typename Change>
    void change(Change&& apply) {
        const Lock lock(path());
        nlohmann::json state = load();
        apply(state);
        store(state);
    }
    static std::string path();

private:
    class Lock {
    public:
        explicit Lock(const std::string& path);
        ~Lock();
        Lock(const Lock&) = delete;
        Lock& operator=(const Lock&) = delete;

    private:
        int m_fd;
    };
    static nlohmann::json load();
    static void store(const nlohmann::json& state);

    std::mutex m_mutex; // Guards the two below.
    long long m_stamp = -1;
    std::shared_ptr<const nlohmann::json> m_cached;
};

/// `count` GPUs named `model` with their own UUIDs, serials and PCI addresses; memoryMib 0: the model's.
nlohmann::json defaultState(int count = 8, const std::string& model = "NVIDIA H100 80GB HBM3", long long memoryMib = 0);

} // namespace fake_driver
