#include "busbarctl/proof/action_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace busbar::ctl {
namespace {

void forSteps(const Json& action, const std::function<void(const Json&)>& look) {
    for (const Json& target : action.value("targets", Json::array()))
        for (const Json& step : target.value("steps", Json::array())) look(step);
}

std::string sentenceOf(const Json& fact) { return fmt::format("{} of {}: {} ({})", textOf(fact, "fact"), textOf(fact, "subject"), textOf(fact, "after"), textOf(fact, "verdict")); }

/// Has a step or an action gone another way than it should; one that has not ended is refuted by nothing.
bool wentWrong(const std::string& state) { return state == "failed" || state == "partly succeeded" || state == "skipped" || state == "cancelled" || state == "superseded"; }
/// Did it go so because it was ended, not because of what was found.
bool wasEnded(const std::string& state) { return state == "skipped" || state == "cancelled" || state == "superseded"; }

std::string stateAndSentence(const Json& step) {
    const std::string sentence = textOf(step, "sentence");
    return fmt::format("is {}{}{}", textOf(step, "state"), sentence.empty() ? "" : ": ", sentence);
}

/// A step that ended in something else than it should, a fact that is not as set, a figure past its threshold; empty: nothing.
std::string faultOf(const Json& step) {
    const std::string state = textOf(step, "state");
    for (const Json& fact : step.value("evidence", Json::array()))
        if (textOf(fact, "verdict") == "not as set") return sentenceOf(fact);
    for (const Json& figure : step.value("figures", Json::array()))
        if (figure.value("passed", Json()) == false)
            return fmt::format("{} of {} is {:.1f} {}, {} {:.1f}", textOf(figure, "name"), textOf(figure, "subject"), figure.value("value", 0.0), textOf(figure, "unit"), textOf(figure, "rule"), figure.value("threshold", 0.0));
    return wentWrong(state) ? stateAndSentence(step) : std::string();
}

/// What the kernel does not let be seen of who holds the GPUs (hidden pids, a sandbox's first program) is told only, where the driver's own list
/// of each GPU in the same step shows nobody.
bool isToldOnly(const Json& fact, const Json& evidence) {
    if (textOf(fact, "source") != "kernel" || textOf(fact, "verdict") != "not readable") return false;
    bool isListed = false;
    for (const Json& other : evidence) {
        if (textOf(other, "fact") != "processes") continue;
        if (textOf(other, "source") == "kernel" || textOf(other, "verdict") != "as set") return false;
        isListed = true;
    }
    return isListed;
}

/// What of a step is not known; empty: nothing.
std::string gapOf(const Json& step) {
    if (textOf(step, "state") != "succeeded") return stateAndSentence(step);
    const Json evidence = step.value("evidence", Json::array());
    for (const Json& fact : evidence)
        if (const std::string verdict = textOf(fact, "verdict"); verdict != "as set" && verdict != "does not apply" && !isToldOnly(fact, evidence)) return sentenceOf(fact);
    return evidence.empty() ? "has no evidence" : std::string();
}

/// Most sentences of a proven step count its facts themselves.
std::string provenBy(const Json& step) {
    const std::string sentence = textOf(step, "sentence");
    const Json& evidence = step["evidence"];
    const auto asSet = std::count_if(evidence.begin(), evidence.end(), [](const Json& fact) { return textOf(fact, "verdict") == "as set"; });
    std::string said = sentence.find(" read back as set") != std::string::npos ? sentence : fmt::format("{} ({} fact{} as set)", sentence, asSet, asSet == 1 ? "" : "s");
    for (const Json& fact : evidence)
        if (isToldOnly(fact, evidence)) said += "; told only: " + sentenceOf(fact);
    return said;
}

/// A step that was left out because one before it could not be shown: that refutes nothing.
bool wasNotReached(const Json& action, const Json& step) {
    const std::string state = textOf(action, "state");
    return textOf(step, "state") == "skipped" && state != "succeeded" && !wentWrong(state);
}

ProofCheck checkStep(const Json& action, const std::string& what, const std::string& kind) {
    ProofCheck check{fmt::format("{}: {}", what, kind), std::nullopt, "this step did not run"};
    forSteps(action, [&](const Json& step) {
        if (textOf(step, "kind") != kind || check.passed == false || textOf(step, "state") == "pending" || wasNotReached(action, step)) return;
        const std::string fault = faultOf(step), gap = gapOf(step);
        check.passed = !fault.empty() ? std::optional(false) : !gap.empty() ? std::nullopt : std::optional(true);
        check.isAbsence = fault.starts_with("is ") && wasEnded(textOf(step, "state"));
        check.said = !fault.empty() ? fault : !gap.empty() ? gap : provenBy(step);
    });
    return check;
}

} // namespace

bool isAction(const Json& file) { return file.contains("targets") && file.contains("verb") && file.contains("log"); }

void checkExport(const ProofPart& part, std::vector<ProofCheck>& checks) {
    constexpr const char* kWhat = "the node's signed reports are exported and verified";
    if (std::none_of(part.files.begin(), part.files.end(), [](const auto& file) { return isAction(file.second); })) return;
    const std::string missing = part.note("not_exported"), exported = part.note("exported"), unverified = part.note("not_verified");
    if (!unverified.empty()) return checks.push_back({kWhat, false, unverified});
    if (!missing.empty()) return checks.push_back({kWhat, false, missing, true});
    if (exported.empty()) return checks.push_back({kWhat, std::nullopt, "nothing was exported"});
    checks.push_back({kWhat, true, exported + "; again by: busbarctl evidence --verify FILE --ca evidence/root.pem"});
}

void checkAction(const ProofPart& part, const ExpectedAction& expected, std::vector<ProofCheck>& checks) {
    const Json* action = part.file(expected.file);
    if (action == nullptr) {
        const std::string why = part.note("could_not");
        checks.push_back({expected.what, std::nullopt, why.empty() ? "there is no answer of the controller, see complaint in the part's folder" : why});
        return;
    }
    const std::string state = textOf(*action, "state");
    if (state.empty()) { // A plan: what is refused becomes no action.
        std::string refusal = "no action came of it";
        for (const Json& target : action->value("targets", Json::array())) refusal = textOf(target, "sentence");
        checks.push_back({expected.what, std::nullopt, refusal});
        return;
    }
    std::string said = textOf(*action, "sentence");
    for (const Json& target : action->value("targets", Json::array())) {
        const std::string own = textOf(target, "state");
        said = own == state ? textOf(target, "sentence") : fmt::format("the node is {}: {}", own, textOf(target, "sentence"));
    }
    const std::optional<bool> passed = state == "succeeded" ? std::optional(true) : wentWrong(state) ? std::optional(false) : std::nullopt;
    checks.push_back({expected.what, passed, fmt::format("action {} {}{}{}", textOf(*action, "id"), state, said.empty() ? "" : ": ", said), wasEnded(state)});
    for (const std::string& kind : expected.steps) checks.push_back(checkStep(*action, expected.what, kind));
}

std::vector<Json> figuresOf(const std::string& name, const Json& action) {
    std::vector<Json> figures;
    forSteps(action, [&](const Json& step) {
        for (Json figure : step.value("figures", Json::array())) {
            figure["action"] = name;
            figure["step"] = textOf(step, "kind");
            figures.push_back(std::move(figure));
        }
    });
    return figures;
}

std::string progressOf(const Json& action, const std::string& kind) {
    std::string said = kind + " was not running";
    forSteps(action, [&](const Json& step) {
        if (textOf(step, "kind") != kind || textOf(step, "state") != "running") return;
        const Json share = step.value("share", Json());
        said = fmt::format("{} was at {}", kind, share.is_number() ? fmt::format("{:.0f} %", share.get<double>() * 100) : "an unknown part");
    });
    return said;
}

std::string evidenceOf(const Json& action, const std::string& fact) {
    std::string found;
    forSteps(action, [&](const Json& step) {
        for (const Json& one : step.value("evidence", Json::array()))
            if (textOf(one, "fact") == fact) found = fmt::format("{}: {}", fact, textOf(one, "after"));
    });
    return found;
}

} // namespace busbar::ctl
