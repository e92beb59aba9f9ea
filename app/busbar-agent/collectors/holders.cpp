#include "busbar-agent/collectors/holders.h"

#include "base/clock.h"
#include "busbar-agent/collectors/safe_text.h"
#include "busbar-agent/collectors/sysfs.h"

#include <dirent.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <string_view>
#include <unistd.h>

namespace busbar::agent {
namespace {

// The driver's own, where distributions and driver containers put them (packaging/prove_verbs.sh has the same places): they live as long as it is
// loaded. Monitors of others count as holders.
constexpr std::array<std::string_view, 3> kDaemons{"nvidia-persistenced", "nv-fabricmanager", "nvidia-imex"};
constexpr std::array<std::string_view, 6> kDaemonFolders{"/usr/bin/", "/usr/sbin/", "/usr/local/bin/", "/usr/local/sbin/", "/usr/local/nvidia/bin/", "/usr/local/nvidia/sbin/"};
constexpr const char* kDriverContainer = "/run/nvidia/driver"; // Where NVIDIA's driver container shows its files on the host.
constexpr int kMaxGenerations = 64;
constexpr unsigned long long kKernelThread = 0x00200000; // PF_KTHREAD of the kernel's sched.h

std::string userName(unsigned uid) {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 4096> buffer{};
    if (getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) return found->pw_name;
    return std::to_string(uid);
}

std::string commandOf(const std::string& dir, const std::string& shortName) {
    const std::string line = safeText(wholeFile(dir + "/cmdline"), kMaxTextLength);
    return line.empty() ? safeText(shortName, kMaxTextLength) : line;
}

std::int64_t bootWallMs() {
    static const std::int64_t value = systemClock().wallMs() - systemClock().bootMs();
    return value;
}

std::string linkOf(const std::string& path) {
    std::array<char, 512> target{};
    return readlink(path.c_str(), target.data(), target.size() - 1) > 0 ? std::string(target.data()) : std::string();
}

struct Look {
    bool holds = false; ///< has a GPU open
    bool opens = false; ///< has any file of the driver open, as far as it was looked
    int forbidden = 0; ///< errno of what may not be looked at
};

Look lookAt(const std::string& dir, const std::string& devices) {
    DIR* files = opendir((dir + "/fd").c_str());
    if (files == nullptr) return {false, false, errno == ENOENT || errno == ESRCH ? 0 : errno};
    Look look;
    while (const dirent* entry = readdir(files)) {
        errno = 0;
        const std::string path = linkOf(dir + "/fd/" + entry->d_name);
        // Without CAP_SYS_PTRACE root may list the files of others, but not read what they are.
        if (path.empty() && (errno == EACCES || errno == EPERM)) look.forbidden = errno;
        look.opens = look.opens || path.starts_with(devices);
        // The control file alone is opened by mere queries of the driver; the numbered devices and uvm mean a GPU in use.
        if (!path.starts_with(devices) || path == devices + "ctl") continue;
        look.holds = true;
        break;
    }
    closedir(files);
    return look;
}

bool isSameFile(const std::string& one, const std::string& other) {
    struct stat a {}, b {};
    return stat(one.c_str(), &a) == 0 && stat(other.c_str(), &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

bool seesTheHostsFiles(const std::string& dir, const std::string& program) {
    if (program.empty()) return false;
    const std::string mounts = linkOf(dir + "/ns/mnt");
    if (!mounts.empty() && (mounts == linkOf("/proc/self/ns/mnt") || mounts == linkOf("/proc/1/ns/mnt"))) return true;
    return isSameFile(dir + "/exe", program) || isSameFile(dir + "/exe", kDriverContainer + program);
}

bool isOurs(std::int64_t pid) {
    for (int generation = 0; generation < kMaxGenerations; ++generation) {
        if (pid == getpid()) return true;
        if (pid <= 1) return false;
        pid = factsOf(pid).parent;
    }
    return false;
}

/// Of a process whose files may not be looked at. Where not even its state may, it counts as long as it is there.
bool mayHold(std::int64_t pid, const ProcessFacts& facts) {
    if (!facts.visible) return access(("/proc/" + std::to_string(pid)).c_str(), F_OK) == 0;
    return !facts.zombie && !facts.ofKernel && !isExempt(pid, facts);
}

/// Is it this thread's right to look at the processes of others.
bool mayTrace() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> may{};
    return syscall(SYS_capget, &header, may.data()) == 0 && (may[CAP_TO_INDEX(CAP_SYS_PTRACE)].effective & CAP_TO_MASK(CAP_SYS_PTRACE)) != 0;
}

std::string gapOf(std::size_t unseen, int error) {
    // A sandbox keeps its first program even from root.
    const std::string way = mayTrace() ? fmt::format("the system does not let it, also not root with CAP_SYS_PTRACE ({})", std::strerror(error)) : "run the agent as root, with CAP_SYS_PTRACE";
    return fmt::format("{} process{} may not be looked at: {}", unseen, unseen == 1 ? "" : "es", way);
}

} // namespace

ProcessFacts factsOf(std::int64_t pid) {
    ProcessFacts facts;
    const std::string dir = "/proc/" + std::to_string(pid);
    const std::string stat = wholeFile(dir + "/stat");
    const auto open = stat.find('(');
    const auto close = stat.rfind(')');
    if (open == std::string::npos || close == std::string::npos) return facts;
    facts.visible = true;
    std::istringstream rest(stat.substr(close + 2)); // Field 3 (state) onwards; the name before may hold anything.
    std::string field;
    for (int number = 3; number <= 22 && rest >> field; ++number) {
        if (number == 9) facts.ofKernel = (std::stoull(field) & kKernelThread) != 0;
        if (number == 3) facts.zombie = field == "Z" || field == "X";
        if (number == 4) facts.parent = std::stoll(field);
        if (number == 22) facts.startTicks = std::stoll(field);
    }
    facts.startedWallMs = bootWallMs() + facts.startTicks * 1000 / sysconf(_SC_CLK_TCK);
    facts.command = commandOf(dir, stat.substr(open + 1, close - open - 1));
    facts.program = linkOf(dir + "/exe");
    facts.isHosts = seesTheHostsFiles(dir, facts.program);
    struct stat info {};
    if (::stat(dir.c_str(), &info) == 0) facts.user = userName(info.st_uid);
    return facts;
}

bool isExempt(std::int64_t pid, const ProcessFacts& facts) {
    if (isOurs(pid)) return true;
    // By the program's file, not by its name or arguments, which a tenant's process can choose, nor by a path within a tenant's container.
    if (!facts.isHosts) return false;
    const std::string_view program = facts.program;
    const std::size_t name = program.rfind('/') + 1; // 0 for none.
    return std::find(kDaemonFolders.begin(), kDaemonFolders.end(), program.substr(0, name)) != kDaemonFolders.end() && std::find(kDaemons.begin(), kDaemons.end(), program.substr(name)) != kDaemons.end();
}

std::optional<bool> opensDriver(std::int64_t pid, const std::string& devices) {
    struct stat info {};
    if (stat((devices + "ctl").c_str(), &info) != 0) return std::nullopt;
    const Look look = lookAt("/proc/" + std::to_string(pid), devices);
    return look.opens || look.forbidden == 0 ? std::optional(look.opens) : std::nullopt;
}

bool isForeign(std::int64_t pid, const ProcessFacts& facts, const std::string& devices, bool simulated) {
    // Simulated GPUs have device files only where a test makes some. One that has ended has none open any more.
    if (!facts.visible || facts.zombie || (simulated && devices == kDevices)) return false;
    return opensDriver(pid, devices) == false;
}

DeviceHolders deviceHolders(const std::string& devices) {
    DeviceHolders holders;
    struct stat info {};
    if (stat((devices + "ctl").c_str(), &info) != 0) return holders; // No driver is loaded: nobody can hold its devices.
    DIR* proc = opendir("/proc");
    if (proc == nullptr || stat("/proc/1", &info) != 0) holders.gap = "/proc shows only some processes: mount it without hidepid, or run the agent as root";
    std::size_t unseen = 0;
    int error = 0;
    for (const dirent* entry = nullptr; proc != nullptr && (entry = readdir(proc)) != nullptr;) {
        const std::string name = entry->d_name;
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        const Look look = lookAt("/proc/" + name, devices);
        if (!look.holds && look.forbidden == 0) continue;
        const std::int64_t pid = std::stoll(name);
        const ProcessFacts facts = factsOf(pid);
        if (!look.holds) {
            unseen += mayHold(pid, facts) ? 1 : 0;
            error = look.forbidden;
            continue;
        }
        if (!facts.visible || isExempt(pid, facts)) continue;
        if (holders.processes.size() == kMaxProcessesPerNode) break;
        holders.processes.push_back({pid, facts.startTicks, -1, facts.user, facts.command, "holder", kNotRead, facts.startedWallMs});
    }
    if (proc != nullptr) closedir(proc);
    if (unseen > 0 && holders.gap.empty()) holders.gap = gapOf(unseen, error);
    return holders;
}

} // namespace busbar::agent
