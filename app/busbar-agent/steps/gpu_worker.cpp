#include "busbar-agent/steps/gpu_worker.h"

#include "base/crash_point.h"

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <spawn.h>
#include <unistd.h>

extern char** environ;

namespace busbar::agent {
namespace {

constexpr const char* kProgram = kGpuTestProgram;
constexpr std::int64_t kGraceMs = 5'000;
constexpr std::int64_t kKillMs = 10'000;      // After SIGKILL: a helper that is still there hangs in the driver and is left behind.
constexpr std::int64_t kTellSilentMs = 20'000; // A helper that says nothing for so long is told of, with the time since when.
constexpr std::size_t kMaxLine = 1 << 20;

/// Beside the agent's own program, so that both are of one version.
std::string programPath() {
    std::array<char, 4096> path{};
    const ssize_t length = readlink("/proc/self/exe", path.data(), path.size() - 1);
    const std::string self(path.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
    if (const char* given = std::getenv("BUSBAR_GPU_TEST"); given != nullptr && *given != '\0') return given;
    return self.substr(0, self.rfind('/') + 1) + kProgram;
}

class Child {
public:
    ~Child() {
        if (m_pid > 0) {
            kill(m_pid, SIGKILL);
            waitpid(m_pid, nullptr, 0);
        }
        if (m_out >= 0) close(m_out);
    }
    /// `cache`: folder for what the driver's compiler makes of the kernels, so that it compiles them once, not for each test.
    Status start(const std::string& input, const std::string& cache) {
        std::array<int, 2> in{}, out{};
        if (pipe2(in.data(), O_CLOEXEC) != 0) return internal("no pipe for {}: {}", kProgram, std::strerror(errno));
        if (pipe2(out.data(), O_CLOEXEC) != 0) {
            close(in[0]);
            close(in[1]);
            return internal("no pipe for {}: {}", kProgram, std::strerror(errno));
        }
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, in[0], 0);
        posix_spawn_file_actions_adddup2(&actions, out[1], 1);
        std::string program = programPath();
        std::string self = std::to_string(getpid());
        std::array<char*, 3> arguments{program.data(), self.data(), nullptr};
        std::string cacheSetting = "CUDA_CACHE_PATH=" + cache;
        std::vector<char*> environment;
        for (char** entry = environ; *entry != nullptr; ++entry) environment.push_back(*entry);
        if (std::getenv("CUDA_CACHE_PATH") == nullptr) environment.push_back(cacheSetting.data());
        environment.push_back(nullptr);
        const int error = posix_spawn(&m_pid, program.c_str(), &actions, nullptr, arguments.data(), environment.data());
        posix_spawn_file_actions_destroy(&actions);
        close(in[0]);
        close(out[1]);
        m_out = out[0];
        if (error != 0) m_pid = 0;
        if (error == 0) {
            [[maybe_unused]] const ssize_t written = write(in[1], input.data(), input.size()); // Short: fits the pipe.
        }
        close(in[1]);
        return error == 0 ? absl::OkStatus() : notFound("{} cannot be started: {}", program, std::strerror(error));
    }
    int output() const { return m_out; }
    void tell(int signal) const { kill(m_pid, signal); }
    pid_t pid() const { return m_pid; }
    /// Leaves it alone: a process inside a hanging driver call does not even end by SIGKILL, and whoever waits for it hangs with it.
    void abandon() { m_pid = 0; }
    /// Looks whether it has ended, without waiting; the sentence says how, empty for well.
    std::optional<std::string> reaped() {
        int status = 0;
        if (waitpid(m_pid, &status, WNOHANG) == 0) return std::nullopt;
        m_pid = 0;
        if (WIFSIGNALED(status)) return fmt::format("{} was ended by signal {}", kProgram, WTERMSIG(status));
        return WEXITSTATUS(status) == 0 ? std::string() : fmt::format("{} ended with code {}", kProgram, WEXITSTATUS(status));
    }

private:
    pid_t m_pid = 0;
    int m_out = -1;
};

/// The helper's lines as they come.
class LineReader {
public:
    /// False at the end of the stream.
    bool read(int fd, const std::function<void(const std::string&)>& take) {
        std::array<char, 4096> buffer{};
        const ssize_t got = ::read(fd, buffer.data(), buffer.size());
        if (got <= 0) return got < 0 && errno == EINTR;
        m_text.append(buffer.data(), static_cast<std::size_t>(got));
        for (std::size_t end = m_text.find('\n'); end != std::string::npos; end = m_text.find('\n')) {
            take(m_text.substr(0, end));
            m_text.erase(0, end + 1);
        }
        if (m_text.size() > kMaxLine) m_text.clear();
        return true;
    }

private:
    std::string m_text;
};

/// Listens to the helper, and sees to it that it ends.
class Supervisor {
public:
    Supervisor(StepContext& context, Child& child, GpuRun& run, double from, double to)
        : m_context(context), m_child(child), m_run(run), m_from(from), m_to(to), m_share(from), m_heardBootMs(context.clock.bootMs()) {}

    bool ended() const { return m_ended; }
    /// It does not end even by SIGKILL: nothing is waited for any more.
    bool isLeft() const { return m_left; }

    void take(const std::string& text) {
        m_heardBootMs = m_context.clock.bootMs();
        const auto line = lineFromJson(text);
        if (!line.ok()) {
            m_run.status.Update(line.status());
        } else if (line->kind == GpuLine::Kind::answer) {
            m_run.answers.push_back(line->answer);
        } else if (line->kind == GpuLine::Kind::end) {
            m_ended = true;
            m_run.library = line->library;
            m_run.simulated = line->simulated;
            if (!line->sentence.empty()) m_run.status.Update(unavailable("{}", line->sentence));
        } else {
            m_share = m_from + (m_to - m_from) * line->share;
            tell(line->sentence);
            crashPoint("agent.gpu.progress");
        }
    }
    /// Cancel, time limit and silence: first asks, then kills, and at last goes on without it.
    void watch() {
        const std::int64_t now = m_context.clock.bootMs(), silentMs = now - m_heardBootMs;
        if (m_toldBootMs == 0 && (m_context.cancelled || m_context.timeIsOver() || silentMs > m_context.gpuSilenceMs)) {
            m_run.status.Update(whyEnded(silentMs));
            m_child.tell(SIGTERM);
            m_toldBootMs = now;
        }
        if (m_toldBootMs == 0 && silentMs > std::min(kTellSilentMs, m_context.gpuSilenceMs / 2) && now - m_saidSilentBootMs > 1'000) {
            m_saidSilentBootMs = now;
            tell(fmt::format("{} says nothing since {}: a call into the GPU driver takes long or does not return", kProgram, heard()));
        }
        if (m_toldBootMs == 0 || now - m_toldBootMs <= kGraceMs) return;
        if (!std::exchange(m_killed, true)) m_child.tell(SIGKILL);
        if (now - m_toldBootMs <= kGraceMs + kKillMs) return;
        m_run.status.Update(unavailable("{}; {} (pid {}) does not end even by SIGKILL", silence(), kProgram, m_child.pid()));
        m_left = true;
    }

private:
    Status whyEnded(std::int64_t silentMs) const {
        if (m_context.cancelled) return absl::CancelledError("cancelled");
        if (m_context.timeIsOver()) return absl::DeadlineExceededError("the step's longest time is over" + (silentMs > kTellSilentMs ? "; " + silence() : std::string()));
        return unavailable("{}; it was ended after {} s", silence(), m_context.gpuSilenceMs / 1000);
    }
    std::string heard() const { return formatUtc(m_context.clock.wallMs() - (m_context.clock.bootMs() - m_heardBootMs)); }
    std::string silence() const { return fmt::format("{} is stuck since {}: a call into the GPU driver does not return", kProgram, heard()); }
    void tell(const std::string& sentence) const { tellProgress(m_context, sentence, m_share); }

    StepContext& m_context;
    Child& m_child;
    GpuRun& m_run;
    const double m_from, m_to;
    double m_share;                  ///< as last told
    std::int64_t m_heardBootMs;      ///< its last word
    std::int64_t m_toldBootMs = 0;   ///< when it was told to end; 0 not
    std::int64_t m_saidSilentBootMs = 0;
    bool m_ended = false, m_killed = false, m_left = false;
};

} // namespace

GpuRun runGpuJob(StepContext& context, GpuJob job, double from, double to, const std::function<void()>& tick) {
    GpuRun run;
    job.library = context.cudaLibrary;
    Child child;
    if (Status started = child.start(toJson(job), context.stateDir + "/cuda-cache"); !started.ok()) {
        run.status = std::move(started);
        return run;
    }
    Supervisor supervisor(context, child, run, from, to);
    LineReader reader;
    std::int64_t nextTick = context.clock.bootMs() + 1'000;
    std::optional<std::string> how; // it ended
    for (bool open = true; !supervisor.isLeft();) {
        // Without its stream it has only to end, and is watched in that too: its exit releases the GPUs, which can hang in the driver.
        pollfd wait{open ? child.output() : -1, POLLIN, 0};
        if (poll(&wait, 1, open ? 200 : 20) > 0) open = reader.read(child.output(), [&](const std::string& line) { supervisor.take(line); });
        if (!open && (how = child.reaped())) break;
        supervisor.watch();
        if (tick && context.clock.bootMs() >= nextTick) {
            tick();
            nextTick += 1'000;
        }
    }
    if (!how) {
        child.abandon();
        return run;
    }
    if (!supervisor.ended() || !how->empty()) run.status.Update(internal("{}", how->empty() ? fmt::format("{} ended without a last word", kProgram) : *how));
    return run;
}

} // namespace busbar::agent
