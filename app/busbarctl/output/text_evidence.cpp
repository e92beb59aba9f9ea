#include "busbarctl/output/table.h"
#include "busbarctl/output/text.h"

#include <absl/strings/str_split.h>

namespace busbar::ctl {
namespace {

constexpr const char* kIndent = "      ";

std::string indented(const std::string& text) {
    std::string out;
    for (const auto line : absl::StrSplit(text, '\n', absl::SkipEmpty())) out += fmt::format("{}{}\n", kIndent, std::string(line));
    return out;
}

std::string evidenceTable(const ProvenStep& step) {
    Table table({"SUBJECT", "FACT", "BEFORE", "AFTER", "EXPECTED", "UNIT", "VERDICT", "SOURCE"});
    const auto add = [&](const std::vector<Evidence>& evidence) {
        for (const Evidence& one : evidence) table.add({one.subject, one.fact, one.before, one.after, one.expected, one.unit, std::string(toString(one.verdict)), one.source});
    };
    add(step.record.evidence);
    if (step.report) add(step.report->evidence);
    return table.size() == 0 ? "" : indented(table.text());
}

std::string thresholdOf(const TestFigure& figure) {
    if (figure.rule == TestFigure::Rule::none) return {};
    return fmt::format("{} {:g}", figure.rule == TestFigure::Rule::atLeast ? "at least" : "at most", figure.threshold);
}

/// Where it stands among the site's GPUs of the model, or nodes.
std::string fleetOf(const TestFigure& figure) {
    if (figure.fleetCount == 0) return {};
    return figure.fleetCount == 1 ? "the first of its kind" : fmt::format("median {:g}, {} of {}", figure.fleetMedian, figure.fleetRank, figure.fleetCount);
}

std::string figuresTable(const ProvenStep& step) {
    Table table({"SUBJECT", "FIGURE", "VALUE", "UNIT", "THRESHOLD", "VERDICT", "FLEET", "THRESHOLD FROM"});
    for (const TestFigure& figure : step.record.figures) {
        const bool judged = figure.rule != TestFigure::Rule::none;
        table.add({figure.subject, figure.name, fmt::format("{:g}", figure.value), figure.unit, thresholdOf(figure), judged ? (figure.passed() ? "passed" : "failed") : "told only", fleetOf(figure), figure.thresholdSource});
    }
    return table.size() == 0 ? "" : indented(table.text());
}

std::string stepText(const ProvenStep& step) {
    std::string text = fmt::format("    {}: {}{}\n", toString(step.record.kind), toString(step.record.state), step.record.sentence.empty() ? "" : ": " + step.record.sentence);
    text += step.report ? fmt::format("{}signed by {}, {}\n", kIndent, step.signedBy, wordTime(step.signedWallMs)) : fmt::format("{}no report of the node ended it\n", kIndent);
    return text + evidenceTable(step) + figuresTable(step);
}

} // namespace

std::string extentText(const ProvenEvidence& evidence) {
    if (evidence.targetCount == 1) return "its one node";
    if (evidence.nodeId.empty()) return fmt::format("all its {} nodes", evidence.targetCount);
    return fmt::format("{} only, one of {}", evidence.nodeId, evidence.targetCount == 0 ? "its nodes, whose number was not told" : fmt::format("its {} nodes", evidence.targetCount));
}

std::string evidenceText(const ProvenEvidence& evidence) {
    const Action& action = evidence.action;
    std::string text = fmt::format("{}  {}: {}{}\n", action.id, toString(action.verb), toString(action.state), action.sentence.empty() ? "" : ": " + action.sentence);
    text += fmt::format("Covers     {}\nReason     {}\nActor      {}\nEnded      {}\nVerified   each signature, against the root CA; the whole by {}, {}\n", extentText(evidence), action.reason, action.actor, wordTime(action.endedWallMs), evidence.madeBy, wordTime(evidence.madeWallMs));
    for (const ProvenTarget& target : evidence.targets) {
        text += fmt::format("\n  {}: {}{}\n", target.record.nodeId, toString(target.record.state), target.record.sentence.empty() ? "" : ": " + target.record.sentence);
        for (const ProvenStep& step : target.steps) text += stepText(step);
    }
    return text;
}

} // namespace busbar::ctl
