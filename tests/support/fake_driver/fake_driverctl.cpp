// Changes the simulated driver's state; README.md lists the commands.
#include "tests/support/fake_driver/driver_state.h"

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

using nlohmann::json;

namespace {

int usage() {
    std::cerr << "usage: fake_driverctl add-process GPU PID MIB [KIND] | remove-process PID | set GPU KEY JSON | xid GPU CODE |\n"
                 "       fail GPU CALL WHAT | heal GPU | fail-init CODE | gpus N MODEL [MIB] | show\n";
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

bool apply(const std::vector<std::string>& words, json& state) {
    const std::string& verb = words.at(0);
    if (verb == "gpus") {
        state = fake_driver::defaultState(std::stoi(words.at(1)), words.at(2), words.size() > 3 ? std::stoll(words[3]) : 0);
        return true;
    }
    if (verb == "remove-process") {
        for (json& gpu : state["gpus"])
            for (std::size_t i = gpu["processes"].size(); i-- > 0;)
                if (gpu["processes"][i].value("pid", 0LL) == std::stoll(words.at(1))) gpu["processes"].erase(i);
        return true;
    }
    if (verb == "fail-init") {
        state["init_fails"] = std::stoi(words.at(1));
        return true;
    }
    json& gpu = state["gpus"].at(std::stoul(words.at(1)));
    if (verb == "add-process")
        gpu["processes"].push_back({{"pid", std::stoll(words.at(2))}, {"memory_mib", std::stoll(words.at(3))}, {"kind", words.size() > 4 ? words[4] : "compute"}});
    else if (verb == "set")
        gpu[words.at(2)] = json::parse(words.at(3));
    else if (verb == "fail")
        gpu["failures"][words.at(2)] = words.at(3).find_first_not_of("0123456789") == std::string::npos ? json(std::stoi(words.at(3))) : json(words.at(3));
    else if (verb == "xid")
        addXid(state, std::stoul(words.at(1)), std::stoi(words.at(2)));
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
        std::cout << driver.shared()->dump(2) << '\n';
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
