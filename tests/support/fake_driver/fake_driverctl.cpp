// Changes the simulated driver's state: fake_driverctl add-process GPU PID MIB [KIND] | remove-process PID | set GPU KEY JSON |
// fail GPU CALL WHAT | heal GPU | gpus N MODEL MIB | show.   WHAT: lost, hang, "not supported", "no permission" or an NVML code; CALL "*": each.
#include "tests/support/fake_driver/driver_state.h"

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

using nlohmann::json;

namespace {

int usage() {
    std::cerr << "usage: fake_driverctl add-process GPU PID MIB [KIND] | remove-process PID | set GPU KEY JSON | fail GPU CALL WHAT | heal GPU | gpus N MODEL MIB | show\n";
    return 2;
}

bool apply(const std::vector<std::string>& words, json& state) {
    const std::string& verb = words.at(0);
    if (verb == "gpus") {
        state = fake_driver::defaultState(std::stoi(words.at(1)), words.at(2), std::stoll(words.at(3)));
        return true;
    }
    if (verb == "remove-process") {
        for (json& gpu : state["gpus"])
            for (std::size_t i = gpu["processes"].size(); i-- > 0;)
                if (gpu["processes"][i].value("pid", 0LL) == std::stoll(words.at(1))) gpu["processes"].erase(i);
        return true;
    }
    json& gpu = state["gpus"].at(std::stoul(words.at(1)));
    if (verb == "add-process")
        gpu["processes"].push_back({{"pid", std::stoll(words.at(2))}, {"memory_mib", std::stoll(words.at(3))}, {"kind", words.size() > 4 ? words[4] : "compute"}});
    else if (verb == "set")
        gpu[words.at(2)] = json::parse(words.at(3));
    else if (verb == "fail")
        gpu["failures"][words.at(2)] = words.at(3).find_first_not_of("0123456789") == std::string::npos ? json(std::stoi(words.at(3))) : json(words.at(3));
    else if (verb == "heal")
        gpu["failures"] = json::object();
    else
        return false;
    return true;
}

} // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.empty()) return usage();
    fake_driver::DriverState driver;
    if (words[0] == "show") {
        std::cout << driver.read().dump(2) << '\n';
        return 0;
    }
    try {
        bool known = true;
        driver.change([&](json& state) { known = apply(words, state); });
        return known ? 0 : usage();
    } catch (const std::exception& error) {
        std::cerr << "fake_driverctl: " << error.what() << '\n';
        return usage();
    }
}
