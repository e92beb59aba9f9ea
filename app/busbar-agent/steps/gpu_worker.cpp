#include "busbar-agent/steps/gpu_worker.h"

#include <sys/wait.h>

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

constexpr const char* kProgram = "busbar-gpu-test";
constexpr std::int64_t kGraceMs = 5'000;
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
        std::array<char*, 2> arguments{program.data(), nullptr};
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
    /// Waits for its end; the sentence says how it ended, empty for well.
    std::string reap() {
        int status = 0;
        waitpid(std::exchange(m_pid, 0), &status, 0);
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

struct Supervisor {
    StepContext& context;
    Child& child;
    GpuRun& run;
    double from, to;
    bool ended = false;
    std::int64_t toldBootMs = 0; ///< when it was told to end; 0 not

    void take(const std::string& text) {
        const auto line = lineFromJson(text);
        if (!line.ok()) {
            run.status.Update(line.status());
            return;
        }
        if (line->kind == GpuLine::Kind::answer) {
            run.answers.push_back(line->answer);
        } else if (line->kind == GpuLine::Kind::end) {
            ended = true;
            run.library = line->library;
            run.simulated = line->simulated;
            if (!line->sentence.empty()) run.status.Update(unavailable("{}", line->sentence));
        } else {
            StepProgress progress;
            progress.commandId = context.command.commandId;
            progress.sentence = line->sentence;
            progress.share = from + (to - from) * line->share;
            progress.wallMs = context.clock.wallMs();
            context.progress(progress);
        }
    }
    /// Cancel and time limit: first asks, then kills.
    void watch() {
        const std::int64_t now = context.clock.bootMs();
        if (toldBootMs == 0 && (context.cancelled || context.timeIsOver())) {
            run.status.Update(context.cancelled ? absl::CancelledError("cancelled") : absl::DeadlineExceededError("the step's longest time is over"));
            child.tell(SIGTERM);
            toldBootMs = now;
        }
        if (toldBootMs != 0 && now - toldBootMs > kGraceMs) child.tell(SIGKILL);
    }
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
    Supervisor supervisor{context, child, run, from, to};
    LineReader reader;
    std::int64_t nextTick = context.clock.bootMs() + 1'000;
    for (bool open = true; open;) {
        pollfd wait{child.output(), POLLIN, 0};
        if (poll(&wait, 1, 200) > 0) open = reader.read(child.output(), [&](const std::string& line) { supervisor.take(line); });
        supervisor.watch();
        if (tick && context.clock.bootMs() >= nextTick) {
            tick();
            nextTick += 1'000;
        }
    }
    const std::string how = child.reap();
    if (!supervisor.ended || !how.empty()) run.status.Update(internal("{}", how.empty() ? "busbar-gpu-test ended without a last word" : how));
    return run;
}

} // namespace busbar::agent
