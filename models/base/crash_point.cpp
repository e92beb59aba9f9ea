#include "base/crash_point.h"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>

#include <unistd.h>

namespace busbar {
namespace {

std::string environment(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string() : value;
}

} // namespace

void crashPoint(std::string_view name) {
    static const std::string wanted = environment("BUSBAR_CRASH_AT");
    if (wanted.empty() || wanted != name) return;
    static const int after = std::atoi(environment("BUSBAR_CRASH_AFTER").c_str());
    static std::atomic<int> passed{0};
    if (++passed >= after) kill(getpid(), SIGKILL);
}

} // namespace busbar
