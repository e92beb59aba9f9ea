#include "busbarctl/proof/verdict.h"

#include "busbarctl/proof/action_checks.h"

#include <fmt/format.h>

#include <algorithm>

namespace busbar::ctl {
namespace {

using Checks = std::vector<ProofCheck>;
constexpr const char* kRan = "all parts could be run";

void checkGpu(const Json& gpu, Checks& checks) {
    const Json metrics = gpu.value("metrics", Json::object());
    std::string said = fmt::format("{} {}", textOf(gpu, "model"), textOf(gpu, "pci_address"));
    bool reads = false;
    for (const auto& [key, value] : metrics.items()) {
        if (!value.contains("value")) continue;
        if (key != "temp" && key != "power" && key != "mem_used" && key != "mem_total") continue;
        reads = reads || key == "temp";
        said += fmt::format(", {} {} {}", key, value["value"].dump(), textOf(value, "unit"));
    }
    checks.push_back({textOf(gpu, "uuid") + " answers", reads, said, true});
}

Checks judgeInventory(const ProofPart& part, bool simulated) {
    Checks checks;
    const Json* node = part.file("node");
    if (node == nullptr) return {{"the node is shown", std::nullopt, part.note("could_not")}};
    checks.push_back({"the agent is connected", textOf(*node, "link") == "connected", textOf(*node, "link")});
    const std::string source = textOf(*node, "source"), wanted = simulated ? "simulated" : "live";
    checks.push_back({"the source is what was asked for", source == wanted, fmt::format("{}, {}", source, textOf(*node, "driver"))});
    const Json gpus = node->value("gpus", Json::array());
    checks.push_back({"the driver lists GPUs", gpus.empty() ? std::nullopt : std::optional(true), gpus.empty() ? fmt::format("none, {}", textOf(*node, "driver")) : fmt::format("{}", gpus.size()), true});
    for (const Json& gpu : gpus) checkGpu(gpu, checks);
    const Json policy = node->value("policy", Json::object());
    const std::string settings = textOf(policy, "settings"), terminate = textOf(policy, "terminate"), reboot = textOf(policy, "reboot");
    checks.push_back({"the agent changes no setting, ends no process and reboots nothing", settings == "read-only" && terminate == "never" && reboot == "never", fmt::format("settings {}, terminate {}, reboot {}", settings, terminate, reboot)});
    return checks;
}

/// The bundle starts its programs by its loader: on the page the program is what counts. The action has the whole command.
std::string withoutLoader(const std::string& command) {
    constexpr std::string_view kPath = " --library-path ";
    const std::size_t path = command.find(kPath), program = path == std::string::npos ? path : command.find(' ', path + kPath.size());
    return program == std::string::npos ? command : command.substr(program + 1);
}

/// Is the process of ours listed by its pid, or, where pids are hidden, at least counted.
ProofCheck blockerCheck(const Json& blocked, std::int64_t pid) {
    ProofCheck check{"the drain waits and lists the process by its pid", false, "no blocker was listed while the process computed", true};
    for (const Json& target : blocked.value("targets", Json::array()))
        for (const Json& blocker : target.value("blockers", Json::array())) {
            if (blocker.value("pid", Json()).is_number_integer() && blocker["pid"] == pid) return {check.what, true, fmt::format("pid {}: {}", pid, withoutLoader(textOf(blocker, "command")))};
            if (textOf(blocker, "note").find("not visible") != std::string::npos) check = {"the drain waits and tells of the process", true, textOf(blocker, "note")};
        }
    return check;
}

Checks judgeDrain(const ProofPart& part) {
    Checks checks;
    const Json* blocked = part.file("blocked");
    if (blocked == nullptr) checks.push_back({"the drain waits for a process that computes", std::nullopt, part.note("could_not")});
    else checks.push_back(blockerCheck(*blocked, part.number("load_pid")));
    if (blocked != nullptr) checks.push_back({"the drain is not done while it computes", textOf(*blocked, "state") != "succeeded", textOf(*blocked, "state")});
    const std::string exit = part.note("load_exit");
    if (blocked != nullptr) checks.push_back({"the process ended well when it was asked to", exit.empty() ? std::nullopt : std::optional(exit == "0"), exit.empty() ? "its end was not seen" : "exit code " + exit});
    checkAction(part, {"drained", "drained", {"close", "wait", "verify"}}, checks);
    checkAction(part, {"returned", "returned", {"inspect", "reopen"}}, checks);
    return checks;
}

ProofCheck figuresCheck(const std::string& name, const Json& action) {
    std::size_t judged = 0;
    for (const Json& figure : figuresOf(name, action)) judged += figure.value("passed", Json()).is_boolean() ? 1 : 0;
    return {"figures were held against thresholds", judged > 0, fmt::format("{} figures", judged), true};
}

Checks judgeLease(const ProofPart& part) {
    Checks checks;
    const Json* plan = part.file("plan");
    std::string said;
    if (plan != nullptr)
        for (const Json& target : plan->value("targets", Json::array())) said = textOf(target, "sentence");
    checks.push_back({"the plan says that settings stay, and why", said.empty() ? std::nullopt : std::optional(said.find("read-only") != std::string::npos), said.empty() ? "there is no plan" : said});
    checkAction(part, {"leased", "leased", {"precheck", "scrub", "canary"}}, checks);
    if (const Json* leased = part.file("leased"); leased != nullptr && textOf(*leased, "state") == "succeeded") checks.push_back(figuresCheck("leased", *leased));
    checkAction(part, {"released", "released", {"close", "wait", "scrub", "verify"}}, checks);
    return checks;
}

Checks judgeProvision(const ProofPart& part) {
    Checks checks;
    checkAction(part, {"provisioned", "provisioned", {"inspect", "burn-in"}}, checks);
    const Json* action = part.file("provisioned");
    if (action == nullptr) return checks;
    checks.push_back(figuresCheck("provisioned", *action));
    const std::string telemetry = part.note("telemetry"), lacking = part.note("no_telemetry");
    checks.push_back({"telemetry was recorded meanwhile", telemetry.empty() ? std::nullopt : std::optional(true), !telemetry.empty() ? telemetry : lacking.empty() ? "nothing was recorded" : lacking});
    return checks;
}

Checks judgeKill(const ProofPart& part) {
    Checks checks;
    const Json* before = part.file("before");
    const bool wasKilled = before != nullptr && !part.note("agent_exit").empty();
    if (!wasKilled) checks.push_back({"the agent is killed in the middle of a scrub", std::nullopt, part.note("could_not")});
    else checks.push_back({"the agent is killed in the middle of a scrub", part.note("agent_exit") == "137", fmt::format("agent {} ended by SIGKILL at {} while {}; pid of its helper: {}", part.note("agent_pid"), part.note("killed"), progressOf(*before, "scrub"), part.note("helper_pid"))});
    checkAction(part, {"after", "leased after the kill", {"precheck", "scrub", "canary"}}, checks);
    if (const Json* after = part.file("after"); after != nullptr && wasKilled) {
        const std::string told = evidenceOf(*after, "run that was cut off by the agent's end");
        checks.push_back({"the evidence tells that a run was cut off", !told.empty(), told.empty() ? "nothing of it is told" : told, true});
    }
    checkAction(part, {"released", "released", {"close", "wait", "scrub", "verify"}}, checks);
    return checks;
}

/// A verb that was cut off by the limit or by a person refutes nothing by what it did not come to; what it did read still counts.
void allowForCutOff(Checks& checks, const std::string& why) {
    for (ProofCheck& check : checks)
        if (check.passed == false && check.isAbsence) check.passed = std::nullopt;
    const bool isWhole = !checks.empty() && std::all_of(checks.begin(), checks.end(), [](const ProofCheck& check) { return check.passed == true; });
    if (!isWhole) checks.insert(checks.begin(), {kRan, std::nullopt, why});
}

void conclude(ProofOfVerb& proof, const ProofPart& part) {
    // What the script could not do leaves checks without data; if none were left, the words still count.
    if (const std::string why = part.note("could_not"); !why.empty()) proof.checks.push_back({kRan, std::nullopt, why});
    if (const std::string why = part.note("cut_off"); !why.empty()) allowForCutOff(proof.checks, why);
    proof.verdict = proof.checks.empty() ? ProofVerdict::notShown : ProofVerdict::pass;
    for (const ProofCheck& check : proof.checks) {
        if (check.passed.value_or(false)) continue;
        const ProofVerdict verdict = check.passed ? ProofVerdict::fail : ProofVerdict::notShown;
        const bool isWorse = proof.verdict == ProofVerdict::pass || (verdict == ProofVerdict::fail && proof.verdict == ProofVerdict::notShown);
        if (!isWorse) continue;
        proof.verdict = verdict;
        proof.why = check.what == kRan ? check.said : fmt::format("{}: {}", check.what, check.said);
    }
}

} // namespace

std::string_view toString(ProofVerdict verdict) {
    return verdict == ProofVerdict::pass ? "pass" : verdict == ProofVerdict::fail ? "fail" : "could not be shown";
}

const std::vector<std::string>& proofVerbs() {
    static const std::vector<std::string> kVerbs{"inventory", "drain", "lease", "provision", "kill"};
    return kVerbs;
}

ProofOfVerb judgeVerb(const std::string& verb, const ProofPart& part, bool simulated) {
    ProofOfVerb proof;
    proof.verb = verb;
    const bool wasRun = !part.files.empty();
    if (!wasRun) proof.checks = {};
    else if (verb == "inventory") proof.checks = judgeInventory(part, simulated);
    else if (verb == "drain") proof.checks = judgeDrain(part);
    else if (verb == "lease") proof.checks = judgeLease(part);
    else if (verb == "provision") proof.checks = judgeProvision(part);
    else if (verb == "kill") proof.checks = judgeKill(part);
    checkExport(part, proof.checks);
    conclude(proof, part);
    return proof;
}

std::string whyNotRead(const std::string& source, const std::string& wanted) {
    if (source == "none") return "no GPU of this node was read";
    return source == wanted ? std::string() : fmt::format("the GPUs were read from {}, not from {} as asked for", source, wanted);
}

ProofVerdict worstOf(const std::vector<ProofOfVerb>& verbs) {
    ProofVerdict worst = verbs.empty() ? ProofVerdict::notShown : ProofVerdict::pass;
    for (const ProofOfVerb& verb : verbs)
        if (verb.verdict == ProofVerdict::fail || worst == ProofVerdict::pass) worst = verb.verdict;
    return worst;
}

} // namespace busbar::ctl
