#include "busbar-agent/steps/hooks.h"

#include "base/crash_point.h"
#include "busbar-agent/collectors/safe_text.h"
#include "busbar-agent/collectors/sysfs.h"
#include "busbar-agent/journal/keys.h"
#include "busbar-agent/steps/hook_process.h"

#include <nlohmann/json.hpp>

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace busbar::agent {
namespace {

constexpr const char* kStarted = "started";
constexpr const char* kGood = "exit 0";

// Why others than root could have made this file or folder what it is; empty when they could not.
std::string foreign(const struct stat& info) {
    if (info.st_uid != 0 && info.st_uid != geteuid()) return "not owned by root";
    return (info.st_mode & (S_IWGRP | S_IWOTH)) != 0 ? "writable by others" : "";
}

// Why a file may not be run; empty when it may.
std::string objection(const std::string& path) {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return "no regular file";
    if (const std::string why = foreign(info); !why.empty()) return why;
    return (info.st_mode & S_IXUSR) == 0 ? "not executable" : "";
}

// Why a folder's hooks may not be run; empty when they may or when there is no such folder. Whoever can write in it can replace files.
std::string folderObjection(const std::string& path) {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0) return errno == ENOENT ? "" : std::strerror(errno);
    if (!S_ISDIR(info.st_mode)) return "no folder";
    return foreign(info);
}

std::string inputOf(const StepContext& context, const std::string& event) {
    nlohmann::json json{{"event", event}, {"node", context.command.nodeId}, {"action", context.command.actionId}, {"reason", context.command.reason}, {"scope", context.wholeNode() ? "node" : "gpus"}, {"gpus", nlohmann::json::array()}};
    for (const std::size_t slot : context.slots()) json["gpus"].push_back(context.uuid(slot));
    if (const VerbDetails& lease = context.command.details; !lease.leaseId.empty())
        json["lease"] = {{"id", lease.leaseId}, {"tenant", lease.tenant}, {"until", lease.untilWallMs > 0 ? nlohmann::json(lease.untilWallMs / 1000) : nlohmann::json(nullptr)}};
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

Evidence hookEvidence(const StepContext& context, const std::string& fact, const std::string& after, Verdict verdict) { return evidenceOf(context, "node", fact, "", after, kGood, "hook", verdict); }

bool isGood(const std::string& after) { return after == kGood || after.starts_with(std::string(kGood) + ": "); }

/// "exit 0: idle"
std::string outcomeOf(const StepContext& context, const std::string& path, const std::string& input) {
    const HookOutcome outcome = runHookProcess(path, input, context.hookLimitMs, context.clock);
    const std::string exit = outcome.exitCode < 0 ? "no exit code" : fmt::format("exit {}", outcome.exitCode);
    return outcome.output.empty() ? exit : exit + ": " + outcome.output;
}

Evidence askOne(StepContext& context, const std::string& path, const std::string& fact, const std::string& input) {
    const std::string after = outcomeOf(context, path, input);
    return hookEvidence(context, fact, after, isGood(after) ? Verdict::asSet : Verdict::notAsSet);
}

Evidence runOne(StepContext& context, const std::string& path, const std::string& fact, const std::string& input) {
    const std::string key = hookPrefix(context.command.commandId) + path;
    const auto before = context.journal.get(key);
    if (!before.ok()) return hookEvidence(context, fact, std::string(sentenceOf(before.status())), Verdict::notReadable);
    if (before->has_value() && **before != kStarted) return hookEvidence(context, fact, **before, isGood(**before) ? Verdict::asSet : Verdict::notAsSet);
    if (before->has_value()) return hookEvidence(context, fact, "cut off by a restart of the agent; not run again", Verdict::notReadable);
    if (const Status noted = context.journal.put(key, kStarted); !noted.ok()) return hookEvidence(context, fact, std::string(sentenceOf(noted)), Verdict::notAsSet);
    const std::string after = outcomeOf(context, path, input);
    crashPoint("agent.hook.ran");
    const Status noted = context.journal.put(key, after);
    return hookEvidence(context, fact, after, isGood(after) && noted.ok() ? Verdict::asSet : Verdict::notAsSet);
}

using RunHook = Evidence (*)(StepContext&, const std::string& path, const std::string& fact, const std::string& input);

std::vector<Evidence> eachHook(StepContext& context, const std::string& event, RunHook run) {
    std::vector<Evidence> evidence;
    if (context.hooksDir.empty()) return evidence;
    const std::string folder = context.hooksDir + "/" + event;
    for (const std::string& path : {context.hooksDir, folder})
        if (const std::string why = folderObjection(path); !why.empty()) return {hookEvidence(context, "hooks of " + event, fmt::format("refused: {}: {}", path, why), Verdict::notAsSet)};
    const std::string input = inputOf(context, event);
    for (const std::string& name : entries(folder)) {
        if (name.starts_with('.') || name.ends_with('~')) continue; // An editor's leavings.
        const std::string path = folder + "/" + name, fact = fmt::format("hook {}/{}", event, safeText(name, 100)), why = objection(path);
        evidence.push_back(why.empty() ? run(context, path, fact, input) : hookEvidence(context, fact, "refused: " + why, Verdict::notAsSet));
        if (evidence.back().verdict != Verdict::asSet) break;
    }
    return evidence;
}

} // namespace

std::vector<Evidence> runHooks(StepContext& context, const std::string& event) { return eachHook(context, event, runOne); }
std::vector<Evidence> askHooks(StepContext& context, const std::string& event) { return eachHook(context, event, askOne); }

} // namespace busbar::agent
