// Changes the simulated driver's state; README.md lists the commands.
#include "tests/support/fake_driver/driver_state.h"

#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

using nlohmann::json;

namespace {

int usage() {
    std::cerr << "usage: fake_driverctl add-process GPU PID MIB [KIND] | remove-process PID | set GPU KEY JSON | xid GPU CODE |\n"
                 "       mig-instance GPU SLICES [COMPUTE] | fail GPU CALL WHAT | heal GPU | fail-init CODE | init-takes MS | gpus N MODEL [MIB] | show\n";
    return 2;
}

constexpr std::size_t kKeptXids = 64;

void addXid(json& state, std::size_t gpu, int code) {
    const long long number = state.value("next_xid", 0LL);
    json& events = state["xids"];
    events.push_back({{"number", number}, {"gpu", gpu}, {"xid", code}});
    if (events.size() > kKeptXids) events.erase(0);
    state["next_xid"] = number + 1;
}

/// The command's words; what is asked of them and is not so is thrown as a sentence.
struct Words {
    std::vector<std::string> all;

    std::size_t size() const { return all.size(); }
    const std::string& at(std::size_t index) const {
        if (index >= all.size()) throw std::runtime_error("'" + all[0] + "' needs more words");
        return all[index];
    }
    long long number(std::size_t index) const {
        const std::string& word = at(index);
        if (word.empty() || word.size() > 12 || word.find_first_not_of("0123456789") != std::string::npos) throw std::runtime_error("'" + word + "' is no whole number");
        return std::stoll(word);
    }
    json value(std::size_t index) const {
        json parsed = json::parse(at(index), nullptr, false);
        if (parsed.is_discarded()) throw std::runtime_error("'" + at(index) + "' is no JSON");
        return parsed;
    }
};

json& gpuOf(const Words& words, json& state) {
    const auto index = static_cast<std::size_t>(words.number(1));
    if (index >= state["gpus"].size()) throw std::runtime_error("there is no GPU " + words.at(1));
    return state["gpus"][index];
}

/// As the tenant of a GPU in MIG mode does.
void addInstance(const Words& words, json& gpu) {
    if (gpu.value("mig_mode", 0) == 0) throw std::runtime_error("GPU " + words.at(1) + " is not in MIG mode");
    json& all = gpu["gpu_instances"];
    const int id = all.empty() ? 1 : all.back().value("id", 0) + 1;
    json compute = json::array();
    for (long long i = 1; i <= (words.size() > 3 ? words.number(3) : 1); ++i) compute.push_back(i);
    all.push_back({{"id", id}, {"slices", words.number(2)}, {"compute", compute}});
}

void apply(const Words& words, json& state) {
    const std::string& verb = words.at(0);
    if (verb == "gpus") {
        state = fake_driver::defaultState(static_cast<int>(words.number(1)), words.at(2), words.size() > 3 ? words.number(3) : 0);
        return;
    }
    if (verb == "remove-process") {
        for (json& gpu : state["gpus"])
            for (std::size_t i = gpu["processes"].size(); i-- > 0;)
                if (gpu["processes"][i].value("pid", 0LL) == words.number(1)) gpu["processes"].erase(i);
        return;
    }
    if (verb == "fail-init") {
        state["init_fails"] = static_cast<int>(words.number(1));
        return;
    }
    if (verb == "init-takes") {
        state["init_ms"] = words.number(1);
        return;
    }
    if (verb != "add-process" && verb != "set" && verb != "fail" && verb != "xid" && verb != "heal" && verb != "mig-instance") throw std::runtime_error("'" + verb + "' is no command");
    json& gpu = gpuOf(words, state);
    if (verb == "add-process")
        gpu["processes"].push_back({{"pid", words.number(2)}, {"memory_mib", words.number(3)}, {"kind", words.size() > 4 ? words.at(4) : "compute"}});
    else if (verb == "set")
        gpu[words.at(2)] = words.value(3);
    else if (verb == "fail")
        gpu["failures"][words.at(2)] = words.at(3).find_first_not_of("0123456789") == std::string::npos ? json(static_cast<int>(words.number(3))) : json(words.at(3));
    else if (verb == "mig-instance")
        addInstance(words, gpu);
    else if (verb == "xid")
        addXid(state, static_cast<std::size_t>(words.number(1)), static_cast<int>(words.number(2)));
    else
        gpu["failures"] = json::object();
}

} // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.empty()) return usage();
    fake_driver::DriverState driver;
    if (words[0] == "show") {
        std::cout << driver.shared()->dump(2) << '\n';
        return 0;
    }
    try {
        driver.change([&](json& state) { apply({words}, state); });
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "fake_driverctl: " << error.what() << '\n';
        return usage();
    }
}
