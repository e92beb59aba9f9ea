#include "busbarctl/proof/page.h"

#include "busbarctl/proof/verdict.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <map>

namespace busbar::ctl {
namespace {

/// "GPU 0" by UUID: in the order of the page's head, which has the UUIDs.
using GpuNames = std::map<std::string, std::string>;

GpuNames namesOf(const Json& gpus) {
    GpuNames names;
    for (const Json& gpu : gpus) names[textOf(gpu, "uuid")] = fmt::format("GPU {}", names.size());
    return names;
}

/// Short names for UUIDs; and bars would end a cell.
std::string cell(std::string text, const GpuNames& names) {
    for (const auto& [uuid, name] : names)
        for (std::size_t at = 0; !uuid.empty() && (at = text.find(uuid, at)) != std::string::npos; at += name.size()) text.replace(at, uuid.size(), name);
    for (char& letter : text)
        if (letter == '|' || letter == '\n') letter = '/';
    return text;
}

/// What a verdict on the GPUs is worth, by whose libraries answered.
std::string warningOf(const Json& proof) {
    const std::string source = textOf(proof, "source");
    std::string text = source == "none" ? ": no GPU was read" : "";
    if (source == "simulated" || textOf(proof, "asked") == "simulated") text += fmt::format("{} no figure below says anything about a real GPU", source == "none" ? "; asked for on the simulated driver libraries," : ":");
    return text;
}

std::string policyOf(const Json& policy) {
    if (!policy.is_object()) return "not read";
    return fmt::format("settings {}, terminate {}, reboot {}", textOf(policy, "settings"), textOf(policy, "terminate"), textOf(policy, "reboot"));
}

/// Of a proof of some verbs only: so that its verdict is not taken for more. Empty when all were asked for.
std::string scopeOf(const Json& proof) {
    std::vector<std::string> asked;
    for (const Json& verb : proof["verbs"]) asked.push_back(textOf(verb, "verb"));
    return asked.empty() || asked.size() == proofVerbs().size() ? "" : fmt::format(" (only {} was asked for)", fmt::join(asked, ", "));
}

std::string headOf(const Json& proof, const GpuNames& names) {
    std::string text = fmt::format("# Proof of a node: {}{}\n\n", textOf(proof, "verdict"), scopeOf(proof));
    if (!textOf(proof, "why").empty()) text += textOf(proof, "why") + "\n\n";
    for (const Json& gpu : proof["gpus"]) text += fmt::format("- {}: {} at {}, {}\n", names.at(textOf(gpu, "uuid")), textOf(gpu, "model"), textOf(gpu, "pci_address"), textOf(gpu, "uuid"));
    text += fmt::format("- {}, source **{}**{}\n", textOf(proof, "driver"), textOf(proof, "source"), warningOf(proof));
    text += fmt::format("- policy: {}; busbar {}", policyOf(proof["policy"]), textOf(proof, "busbar"));
    for (const auto& [before, key] : {std::pair{", kernel ", "kernel"}, {", ", "os"}})
        if (!textOf(proof["host"], key).empty()) text += before + textOf(proof["host"], key);
    text += fmt::format("\n- started {}, {} s\n", textOf(proof, "started"), proof["seconds"].dump());
    for (const Json& gap : proof["gaps"]) text += fmt::format("- not readable here: {}\n", gap.get<std::string>());
    return text;
}

std::string checksOf(const Json& verb, const GpuNames& names) {
    std::string text = fmt::format("\n## {}: {}\n\n", textOf(verb, "verb"), textOf(verb, "verdict"));
    if (verb["checks"].empty()) return text + textOf(verb, "why") + "\n";
    text += "| check | result | read back |\n|---|---|---|\n";
    for (const Json& check : verb["checks"])
        text += fmt::format("| {} | {} | {} |\n", cell(textOf(check, "what"), names), check["passed"].is_null() ? "could not be shown" : check["passed"].get<bool>() ? "pass" : "**FAIL**", cell(textOf(check, "said"), names));
    return text;
}

/// About three digits that count; whole numbers as such.
std::string shortNumber(double value) {
    const double size = std::abs(value);
    if (value == std::round(value) || size >= 1000) return fmt::format("{:.0f}", value);
    return size >= 10 ? fmt::format("{:.1f}", value) : size >= 0.1 ? fmt::format("{:.2f}", value) : fmt::format("{:.2g}", value);
}

std::string quantity(double value, const std::string& unit) {
    constexpr double kMiB = 1024.0 * 1024, kGiB = 1024 * kMiB;
    if (unit == "count") return shortNumber(value);
    if (unit == "bytes") return value >= kGiB ? shortNumber(value / kGiB) + " GiB" : shortNumber(value / kMiB) + " MiB";
    return shortNumber(value) + " " + unit;
}

/// "median 2903, 3 of 128".
std::string fleetOf(const Json& figure) {
    const Json count = figure.value("fleet_count", Json());
    if (!count.is_number()) return "-";
    if (count == 1) return "the first of its kind";
    return fmt::format("median {}, {} of {}", shortNumber(figure["fleet_median"].get<double>()), figure["fleet_rank"].get<std::int64_t>(), count.get<std::int64_t>());
}

std::string rowOf(const Json& figure, const GpuNames& names) {
    const bool judged = figure["passed"].is_boolean();
    const std::string unit = textOf(figure, "unit");
    const double value = figure["value"].get<double>(), limit = judged ? figure["threshold"].get<double>() : 0;
    std::string said = quantity(value, unit), asked = judged ? quantity(limit, unit) : "";
    if (judged && said == asked && value != limit) said = fmt::format("{:.9g} {}", value, unit); // What decides is shown.
    const std::string source = textOf(figure, "threshold_source");
    return fmt::format("| {} | {}: {} | {} | {} | {} | {} | {} | {} |\n", cell(textOf(figure, "subject"), names), textOf(figure, "action"), textOf(figure, "step"), cell(textOf(figure, "name"), names), said,
                       judged ? textOf(figure, "rule") + " " + asked : "-", source.empty() ? "-" : cell(source, names), fleetOf(figure), !judged ? "told only" : figure["passed"].get<bool>() ? "pass" : "**FAIL**");
}

std::string figuresOfVerb(const Json& verb, const GpuNames& names) {
    const bool all = textOf(verb, "verb") == "provision"; // Elsewhere figures that are only told are left to proof.json: it is one page.
    std::string rows;
    for (const Json& figure : verb["figures"])
        if (all || figure["passed"].is_boolean()) rows += rowOf(figure, names);
    return rows.empty() ? rows : "\n| of | step | figure | value | threshold | from | fleet | verdict |\n|---|---|---|---|---|---|---|---|\n" + rows;
}

std::string rowOfFact(const Json& fact, const GpuNames& names) {
    return fmt::format("| {} | {} | {} | {} |\n", cell(textOf(fact, "subject"), names), cell(textOf(fact, "fact"), names), cell(textOf(fact, "after"), names), textOf(fact, "verdict"));
}

/// What each test of a burn-in came to, so that one that had nothing to run on is seen.
std::string testsOf(const Json& verb, const GpuNames& names) {
    if (!verb["actions"].contains("provisioned")) return "";
    std::string rows;
    for (const Json& target : verb["actions"]["provisioned"].value("targets", Json::array()))
        for (const Json& step : target.value("steps", Json::array()))
            for (const Json& fact : step.value("evidence", Json::array()))
                if (textOf(step, "kind") == "burn-in") rows += rowOfFact(fact, names);
    return rows.empty() ? rows : "\n| of | test | read back | verdict |\n|---|---|---|---|\n" + rows;
}

} // namespace

std::string proofPage(const Json& proof) {
    const GpuNames names = namesOf(proof["gpus"]);
    std::string text = headOf(proof, names);
    for (const Json& verb : proof["verbs"]) text += checksOf(verb, names) + testsOf(verb, names) + figuresOfVerb(verb, names);
    return text;
}

} // namespace busbar::ctl
