#include "busbar-agent/steps/hooks.h"

#include <nlohmann/json.hpp>

#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <spawn.h>
#include <unistd.h>

extern char** environ;

namespace busbar::agent {
namespace {

constexpr std::int64_t kHookMs = 60'000;
constexpr std::size_t kMaxOutput = 400;

struct Outcome {
    int exitCode = -1;
    std::string output;
};

// Why a file may not be run; empty when it may.
std::string objection(const std::string& path) {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return "no regular file";
    if (info.st_uid != 0 && info.st_uid != geteuid()) return "not owned by root";
    if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) return "writable by others";
    if ((info.st_mode & S_IXUSR) == 0) return "not executable";
    return {};
}

std::string inputOf(const StepContext& context, const std::string& event) {
    nlohmann::json json{{"event", event}, {"node", context.command.nodeId}, {"action", context.command.actionId}, {"reason", context.command.reason}, {"gpus", nlohmann::json::array()}};
    for (const std::size_t slot : context.slots()) json["gpus"].push_back(context.uuid(slot));
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

void drain(int fd, pid_t child, const Clock& clock, Outcome& outcome) {
    const std::int64_t end = clock.bootMs() + kHookMs;
    std::array<char, 512> buffer{};
    bool ended = false;
    while (!ended) {
        pollfd wait{fd, POLLIN, 0};
        if (poll(&wait, 1, 100) > 0) {
            const ssize_t got = read(fd, buffer.data(), buffer.size());
            if (got > 0 && outcome.output.size() < kMaxOutput) outcome.output.append(buffer.data(), std::min(static_cast<std::size_t>(got), kMaxOutput - outcome.output.size()));
        }
        int status = 0;
        if (waitpid(child, &status, WNOHANG) == child) {
            outcome.exitCode = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            ended = true;
        } else if (clock.bootMs() > end) {
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
            outcome.output = fmt::format("ended after {} s without an answer", kHookMs / 1000);
            ended = true;
        }
    }
}

Outcome run(const StepContext& context, const std::string& path, const std::string& input) {
    Outcome outcome;
    std::array<int, 2> in{}, out{};
    if (pipe2(in.data(), O_CLOEXEC) != 0 || pipe2(out.data(), O_CLOEXEC) != 0) return {-1, std::strerror(errno)};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_adddup2(&actions, out[1], 2);
    std::string program = path;
    std::array<char*, 2> arguments{program.data(), nullptr};
    pid_t child = 0;
    const int error = posix_spawn(&child, path.c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(out[1]);
    if (error == 0) {
        // A hook that does not read its input closes the pipe: that is its business (SIGPIPE is ignored by the agent).
        [[maybe_unused]] const ssize_t written = write(in[1], input.data(), input.size());
    }
    close(in[1]);
    if (error == 0)
        drain(out[0], child, context.clock, outcome);
    else
        outcome.output = std::strerror(error);
    close(out[0]);
    return outcome;
}

Evidence runOne(StepContext& context, const std::string& path, const std::string& event, const std::string& input) {
    const std::string fact = "hook " + event + "/" + std::filesystem::path(path).filename().string();
    const std::string key = "hook/" + context.command.commandId + "/" + path;
    if (const std::string why = objection(path); !why.empty()) return evidenceOf(context, "node", fact, "", "refused: " + why, "exit 0", "hook", Verdict::notAsSet);
    const auto before = context.journal.get(key);
    if (before.ok() && before->has_value() && **before != "started") return evidenceOf(context, "node", fact, "", **before, "exit 0", "hook", **before == "exit 0" ? Verdict::asSet : Verdict::notAsSet);
    if (before.ok() && before->has_value()) return evidenceOf(context, "node", fact, "", "cut off by a restart of the agent; not run again", "exit 0", "hook", Verdict::notReadable);
    if (const Status noted = context.journal.put(key, "started"); !noted.ok()) return evidenceOf(context, "node", fact, "", std::string(sentenceOf(noted)), "exit 0", "hook", Verdict::notAsSet);
    const Outcome outcome = run(context, path, input);
    const std::string after = outcome.exitCode == 0 ? "exit 0" : fmt::format("exit {}: {}", outcome.exitCode, outcome.output);
    const Status noted = context.journal.put(key, after);
    return evidenceOf(context, "node", fact, "", after, "exit 0", "hook", outcome.exitCode == 0 && noted.ok() ? Verdict::asSet : Verdict::notAsSet);
}

} // namespace

std::vector<Evidence> runHooks(StepContext& context, const std::string& event) {
    std::vector<Evidence> evidence;
    if (context.hooksDir.empty()) return evidence;
    std::vector<std::string> paths;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(context.hooksDir + "/" + event, error)) paths.push_back(entry.path().string());
    std::sort(paths.begin(), paths.end());
    const std::string input = inputOf(context, event);
    for (const std::string& path : paths) {
        evidence.push_back(runOne(context, path, event, input));
        if (evidence.back().verdict != Verdict::asSet) break;
    }
    return evidence;
}

} // namespace busbar::agent
