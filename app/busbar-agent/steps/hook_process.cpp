#include "busbar-agent/steps/hook_process.h"

#include "busbar-agent/collectors/safe_text.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <unistd.h>

extern char** environ;

namespace busbar::agent {
namespace {

constexpr std::size_t kMaxOutput = 400;
constexpr int kLookEveryMs = 50;
constexpr int kKillLooks = 40; // two seconds after SIGKILL

class Pipe {
public:
    Pipe() { m_ok = pipe2(m_fds.data(), O_CLOEXEC) == 0; }
    ~Pipe() {
        closeEnd(0);
        closeEnd(1);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    bool ok() const { return m_ok; }
    int end(std::size_t which) const { return m_fds[which]; }
    void closeEnd(std::size_t which) {
        if (m_fds[which] >= 0) close(m_fds[which]);
        m_fds[which] = -1;
    }

private:
    std::array<int, 2> m_fds{-1, -1};
    bool m_ok = false;
};

// 0 or an errno. The child has a group of its own and the signals of a fresh program (the agent ignores SIGPIPE).
int spawn(const std::string& path, const std::vector<std::string>& words, const Pipe& in, const Pipe& out, pid_t* child) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in.end(0), 0);
    posix_spawn_file_actions_adddup2(&actions, out.end(1), 1);
    posix_spawn_file_actions_adddup2(&actions, out.end(1), 2);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none, pipes;
    sigemptyset(&none);
    sigemptyset(&pipes);
    sigaddset(&pipes, SIGPIPE);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &pipes);
    std::vector<std::string> line{path};
    line.insert(line.end(), words.begin(), words.end());
    std::vector<char*> arguments;
    for (std::string& word : line) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const int error = posix_spawn(child, path.c_str(), &actions, &attributes, arguments.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

// Takes what is there; false at the end of the stream. What is over the bound is read and dropped, so that the hook never blocks on it.
bool take(int fd, std::string& output) {
    std::array<char, 4096> buffer{};
    for (;;) {
        const ssize_t got = read(fd, buffer.data(), buffer.size());
        if (got == 0) return false;
        if (got < 0) return errno == EAGAIN || errno == EINTR;
        output.append(buffer.data(), std::min(static_cast<std::size_t>(got), kMaxOutput - std::min(output.size(), kMaxOutput)));
    }
}

HookOutcome watch(pid_t child, int fd, std::int64_t limitMs, const Clock& clock) {
    fcntl(fd, F_SETFL, O_NONBLOCK);
    const std::int64_t end = clock.bootMs() + limitMs;
    HookOutcome outcome;
    bool open = true;
    for (;;) {
        pollfd wait{open ? fd : -1, POLLIN, 0};
        poll(&wait, 1, kLookEveryMs);
        open = open && take(fd, outcome.output);
        int status = 0;
        if (waitpid(child, &status, WNOHANG) == child) {
            if (open) take(fd, outcome.output);
            outcome.exitCode = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            outcome.output = safeText(outcome.output, kMaxOutput);
            return outcome;
        }
        if (clock.bootMs() < end) continue;
        kill(-child, SIGKILL);
        bool gone = false;
        for (int looks = 0; !gone && looks < kKillLooks; ++looks) {
            gone = waitpid(child, &status, WNOHANG) == child;
            if (!gone) poll(nullptr, 0, kLookEveryMs);
        }
        return {-1, true, fmt::format("ended after {} s without an answer{}", limitMs / 1000, gone ? "" : "; it does not even die")};
    }
}

} // namespace

HookOutcome runHookProcess(const std::string& path, const std::string& input, std::int64_t limitMs, const Clock& clock, const std::vector<std::string>& arguments) {
    Pipe in, out;
    pid_t child = 0;
    if (!in.ok() || !out.ok()) return {-1, false, std::strerror(errno)};
    if (const int error = spawn(path, arguments, in, out, &child); error != 0) return {-1, false, std::strerror(error)};
    in.closeEnd(0);
    out.closeEnd(1);
    // A hook that does not read its input closes the pipe: that is its business. The input is smaller than a pipe's buffer.
    [[maybe_unused]] const ssize_t written = write(in.end(1), input.data(), input.size());
    in.closeEnd(1);
    return watch(child, out.end(0), limitMs, clock);
}

} // namespace busbar::agent
