// proof: judges what packaging/prove-gpu.sh left in a folder and writes proof.json and proof.md beside it. Asks no site.
#include "busbarctl/commands/commands.h"
#include "busbarctl/context.h"
#include "transport/evidence_json.h"
#include "busbarctl/output/table.h"
#include "busbarctl/proof/action_checks.h"
#include "busbarctl/proof/exports.h"
#include "busbarctl/proof/page.h"

#include "base/clock.h"
#include "transport/x509.h"

#include <CLI/CLI.hpp>
#include <absl/strings/str_split.h>

#include <algorithm>

namespace busbar::ctl {
namespace {

Json member(const Json& json, const char* key, Json otherwise) { return json.is_object() && json.contains(key) ? json[key] : std::move(otherwise); }

Json jsonOf(const ProofOfVerb& proof, const ProofPart& part) {
    Json checks = Json::array(), figures = Json::array(), actions = Json::object();
    for (const ProofCheck& check : proof.checks) checks.push_back({{"what", check.what}, {"passed", check.passed ? Json(*check.passed) : Json(nullptr)}, {"said", check.said}});
    for (const auto& [name, file] : part.files) {
        if (!isAction(file)) continue;
        actions[name] = file;
        if (name != "submitted" && name != "before" && name != "blocked")
            for (Json& figure : figuresOf(name, file)) figures.push_back(std::move(figure));
    }
    return {{"verb", proof.verb}, {"verdict", toString(proof.verdict)}, {"why", proof.why.empty() ? Json(nullptr) : Json(proof.why)}, {"started", part.note("started").empty() ? Json(nullptr) : Json(part.note("started"))}, {"seconds", part.number("seconds")},
            {"checks", checks},   {"figures", figures},                 {"actions", actions}};
}

/// What is said about the machine: as read before the verbs, or, when no GPU showed yet, by a verb that saw some.
Json machineOf(const ProofPart& run, const std::map<std::string, ProofPart>& parts) {
    const Json* node = run.file("node");
    for (const auto& [verb, part] : parts)
        if (const Json* other = part.file("node"); other != nullptr && (node == nullptr || member(*node, "gpus", Json::array()).empty())) node = other;
    return node == nullptr ? Json::object() : *node;
}

/// Whose libraries answered, as the node itself says.
std::string sourceOf(const Json& node) {
    const std::string source = member(node, "gpus", Json::array()).empty() ? "" : textOf(node, "source");
    return source == "live" ? "nvml" : source == "simulated" ? source : "none";
}

void addMachine(const Json& node, Json& proof) {
    const Json inventory = member(node, "inventory", Json::object());
    proof["source"] = sourceOf(node);
    proof["driver"] = member(node, "driver", "nothing of the node was read");
    proof["gpus"] = Json::array();
    for (const Json& gpu : member(node, "gpus", Json::array())) proof["gpus"].push_back({{"uuid", gpu["uuid"]}, {"model", gpu["model"]}, {"pci_address", gpu["pci_address"]}});
    proof["policy"] = member(node, "policy", nullptr);
    proof["host"] = {{"kernel", member(inventory, "kernel", "")}, {"os", member(inventory, "os", "")}};
    proof["gaps"] = member(inventory, "provenance", Json::array());
}

bool asksFor(const ProofPart& run, const std::string& verb) {
    const std::vector<std::string> asked = absl::StrSplit(run.note("verbs"), ' ');
    return std::find(asked.begin(), asked.end(), verb) != asked.end();
}

/// Each verb's end is written down, and a machine may die any time: what is on disk then does not look like a whole proof.
ProofPart notBegun() {
    ProofPart part;
    part.notes["could_not"] = "it had not begun when this was written";
    return part;
}

Exit prove(const Context& context, const std::string& folder) {
    const auto run = readPart(folder + "/parts");
    if (!run.ok()) return Context::fail(run.status());
    const bool simulated = run->note("simulated") == "1";
    std::map<std::string, ProofPart> parts;
    std::vector<ProofOfVerb> verbs;
    for (const std::string& verb : proofVerbs()) {
        auto part = readPart(folder + "/parts/" + verb);
        if (!part.ok() && !asksFor(*run, verb)) continue;
        parts[verb] = part.ok() ? *std::move(part) : notBegun();
        if (const Status signedSo = checkExports(folder, parts[verb]); !signedSo.ok()) parts[verb].notes["not_verified"] = sentenceOf(signedSo);
        verbs.push_back(judgeVerb(verb, parts[verb], simulated));
    }
    const std::string trouble = run->note("trouble");
    const Json node = machineOf(*run, parts);
    const std::string wanted = simulated ? "simulated" : "nvml";
    ProofVerdict verdict = worstOf(verbs);
    std::string why = trouble;
    if (why.empty() && verdict == ProofVerdict::pass) why = whyNotRead(sourceOf(node), wanted);
    if (!why.empty() && verdict != ProofVerdict::fail) verdict = ProofVerdict::notShown;
    for (const ProofOfVerb& verb : verbs)
        if (verb.verdict == verdict && verdict != ProofVerdict::pass && why.empty()) why = fmt::format("{}: {}", verb.verb, verb.why);
    Json proof{{"version", 1}, {"verdict", toString(verdict)}, {"why", why.empty() ? Json(nullptr) : Json(why)}, {"busbar", BUSBAR_VERSION}, {"made", transport::isoTime(systemClock().wallMs())},
               {"started", run->note("started")}, {"seconds", run->number("seconds")}, {"limit_seconds", run->number("limit_seconds")}, {"asked", wanted}};
    addMachine(node, proof);
    proof["verbs"] = Json::array();
    for (const ProofOfVerb& verb : verbs) proof["verbs"].push_back(jsonOf(verb, parts.at(verb.verb)));
    for (const auto& [file, text] : {std::pair{"/proof.json", proof.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"}, {"/proof.md", proofPage(proof)}})
        if (Status written = transport::writeFile(folder + file, text, 0644); !written.ok()) return Context::fail(written);
    for (const ProofOfVerb& verb : verbs) context.print(fmt::format("{}: {}{}{}\n", verb.verb, toString(verb.verdict), verb.why.empty() ? "" : ": ", verb.why));
    context.print(fmt::format("proof: {}{}{}\n", toString(verdict), why.empty() ? "" : ": ", why));
    return verdict == ProofVerdict::pass ? Exit::done : verdict == ProofVerdict::fail ? Exit::failed : Exit::partly;
}

} // namespace

void addProof(CLI::App& app, Context& context) {
    CLI::App* command = app.add_subcommand("proof", "Judge what packaging/prove-gpu.sh left in a folder: proof.json and proof.md");
    auto folder = std::make_shared<std::string>();
    command->add_option("DIR", *folder, "The folder given to prove-gpu.sh --out")->required();
    command->callback([&context, folder] { context.command = [&context, folder] { return prove(context, *folder); }; });
}

} // namespace busbar::ctl
