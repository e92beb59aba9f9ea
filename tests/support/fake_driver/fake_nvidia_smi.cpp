// The simulated driver's reset tool: nvidia-smi --gpu-reset -i PCI[,PCI]. README.md says what it models.
#include "tests/support/fake_driver/driver_state.h"
#include "tests/support/fake_driver/gpu_models.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

using nlohmann::json;

namespace {

constexpr useconds_t kLookEveryUs = 100'000;

bool alive(long long pid) {
    struct stat info {};
    return stat(("/proc/" + std::to_string(pid)).c_str(), &info) == 0;
}

int complain(const std::string& sentence, int code) {
    std::fprintf(stderr, "%s\n", sentence.c_str());
    return code;
}

std::size_t indexAt(const json& state, const std::string& address) {
    std::size_t index = 0;
    while (index < state["gpus"].size() && state["gpus"][index].value("pci", "") != address) ++index;
    return index;
}

std::string failureOf(fake_driver::DriverState& driver, std::size_t index) {
    const json state = driver.read();
    const json& failures = state["gpus"][index]["failures"];
    return failures.contains("reset") && failures["reset"].is_string() ? failures["reset"].get<std::string>() : "";
}

bool isHeld(const json& gpu) {
    for (const json& process : gpu["processes"])
        if (process.value("hidden", false) || alive(process.value("pid", 0LL))) return true;
    return false;
}

/// 0 when the GPU may be reset.
int check(fake_driver::DriverState& driver, const std::string& address) {
    const json state = driver.read();
    const std::size_t index = indexAt(state, address);
    if (index >= state["gpus"].size() || state["gpus"][index].value("draining", false)) return complain("No devices were found", 6);
    while (failureOf(driver, index) == "hang") usleep(kLookEveryUs);
    const json& gpu = state["gpus"][index];
    for (const json& pid : state.value("nvml_clients", json::array()))
        if (alive(pid.get<long long>())) return complain("GPU " + address + " is currently in use by another process (NVML, pid " + std::to_string(pid.get<long long>()) + ").", 19);
    if (isHeld(gpu) || failureOf(driver, index) == "in use") return complain("GPU " + address + " is currently in use by another process.", 19);
    if (gpu["failures"].value("*", json("")) == "lost") return complain("Unable to reset GPU " + address + ": GPU is lost", 15);
    if (failureOf(driver, index) == "fails") return complain("GPU Reset couldn't run because GPU " + address + " is the primary GPU.", 3);
    return 0;
}

void reset(json& gpu) {
    for (const char* key : {"ecc_uncorrected", "ecc_corrected", "remap_pending", "recovery_action", "leaked_mib", "locked_clock_mhz", "compute_mode", "persistence_mode"}) gpu[key] = 0;
    gpu["power_limit_w"] = fake_driver::modelOf(gpu.value("model", std::string())).powerLimitW;
    if (gpu.contains("mig_mode_pending")) gpu["mig_mode"] = gpu["mig_mode_pending"];
    gpu.erase("mig_mode_pending");
    if (gpu.contains("ecc_mode_pending")) gpu["ecc_mode"] = gpu["ecc_mode_pending"];
    gpu["resets"] = gpu.value("resets", 0) + 1; // For tests of steps that must not run twice.
    if (gpu["failures"].value("reset", json("")) == "gone") gpu["failures"] = {{"*", "lost"}};
}

} // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.size() != 3 || words[0] != "--gpu-reset" || words[1] != "-i") return complain("usage: nvidia-smi --gpu-reset -i PCI[,PCI]", 2);
    fake_driver::DriverState driver;
    std::vector<std::string> addresses;
    std::istringstream list(words[2]);
    for (std::string address; std::getline(list, address, ',');) addresses.push_back(address);
    for (const std::string& address : addresses)
        if (const int why = check(driver, address); why != 0) return why;
    driver.change([&](json& state) {
        for (const std::string& address : addresses) reset(state["gpus"][indexAt(state, address)]);
    });
    for (const std::string& address : addresses) std::printf("GPU %s was successfully reset.\n", address.c_str());
    std::printf("All done.\n");
    return 0;
}
