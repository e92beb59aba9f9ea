#include "busbarctl/proof/page.h"

#include <fmt/format.h>

namespace busbar::ctl {
namespace {

/// Bars would end a cell.
std::string cell(std::string text) {
    for (char& letter : text)
        if (letter == '|' || letter == '\n') letter = '/';
    return text;
}

std::string headOf(const Json& proof) {
    std::string text = fmt::format("# Proof of a node: {}\n\n", textOf(proof, "verdict"));
    if (!textOf(proof, "why").empty()) text += textOf(proof, "why") + "\n\n";
    for (const Json& gpu : proof["gpus"]) text += fmt::format("- {} at {}, {}\n", textOf(gpu, "model"), textOf(gpu, "pci_address"), textOf(gpu, "uuid"));
    text += fmt::format("- {}, source **{}**{}\n", textOf(proof, "driver"), textOf(proof, "source"), textOf(proof, "source") == "simulated" ? ": no figure below says anything about a real GPU" : "");
    text += fmt::format("- policy: settings {}, terminate {}, reboot {}; busbar {}, kernel {}, {}\n", textOf(proof["policy"], "settings"), textOf(proof["policy"], "terminate"), textOf(proof["policy"], "reboot"), textOf(proof, "busbar"), textOf(proof["host"], "kernel"),
                        textOf(proof["host"], "os"));
    text += fmt::format("- started {}, {} s\n", textOf(proof, "started"), proof["seconds"].dump());
    for (const Json& gap : proof["gaps"]) text += fmt::format("- not readable here: {}\n", gap.get<std::string>());
    return text;
}

std::string checksOf(const Json& verb) {
    std::string text = fmt::format("\n## {}: {}\n\n", textOf(verb, "verb"), textOf(verb, "verdict"));
    if (verb["checks"].empty()) return text + textOf(verb, "why") + "\n";
    text += "| check | result | read back |\n|---|---|---|\n";
    for (const Json& check : verb["checks"])
        text += fmt::format("| {} | {} | {} |\n", cell(textOf(check, "what")), check["passed"].is_null() ? "could not be shown" : check["passed"].get<bool>() ? "pass" : "**FAIL**", cell(textOf(check, "said")));
    return text;
}

std::string figuresOfVerb(const Json& verb) {
    if (verb["figures"].empty()) return {};
    const bool all = textOf(verb, "verb") == "provision"; // Elsewhere figures that are only told are left to proof.json: it is one page.
    std::string text = "\n| step | figure | value | threshold | verdict |\n|---|---|---|---|---|\n";
    for (const Json& figure : verb["figures"]) {
        const bool judged = figure["passed"].is_boolean();
        if (!judged && !all) continue;
        text += fmt::format("| {} | {} | {:.6g} {} | {} | {} |\n", textOf(figure, "step"), textOf(figure, "name"), figure["value"].get<double>(), textOf(figure, "unit"),
                            judged ? fmt::format("{} {:.6g}", textOf(figure, "rule"), figure["threshold"].get<double>()) : "-", !judged ? "told only" : figure["passed"].get<bool>() ? "pass" : "**FAIL**");
    }
    return text;
}

} // namespace

std::string proofPage(const Json& proof) {
    std::string text = headOf(proof);
    for (const Json& verb : proof["verbs"]) text += checksOf(verb) + figuresOfVerb(verb);
    return text;
}

} // namespace busbar::ctl
