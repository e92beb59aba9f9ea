#include "busbarctl/proof/exports.h"

#include "transport/evidence_export.h"
#include "transport/evidence_json.h"
#include "transport/x509.h"

#include <absl/strings/str_split.h>

#include <algorithm>
#include <filesystem>

namespace busbar::ctl {
namespace {

/// In whatever order the members stand.
bool has(const Json& list, const Json& wanted) {
    return std::ranges::any_of(list, [plain = nlohmann::json(wanted)](const Json& one) { return nlohmann::json(one) == plain; });
}

/// All facts that stand in the part were signed; a controller may have left some out of an answer that is too large.
Status compareStep(const Json& step, const ProvenStep& proven) {
    if (textOf(step, "kind") != toString(proven.record.kind) || textOf(step, "state") != toString(proven.record.state))
        return invalid("its {} is {}, the signed one {} {}", textOf(step, "kind"), textOf(step, "state"), toString(proven.record.kind), toString(proven.record.state));
    Json known = transport::jsonOf(proven.record.evidence);
    if (proven.report)
        for (Json& fact : transport::jsonOf(proven.report->evidence)) known.push_back(std::move(fact));
    for (const Json& fact : step.value("evidence", Json::array()))
        if (!has(known, fact)) return invalid("its {} tells {} of {}, which nobody signed", textOf(step, "kind"), textOf(fact, "fact"), textOf(fact, "subject"));
    const auto measured = [&](const Json& figure) {
        return std::ranges::any_of(proven.record.figures, [&](const TestFigure& one) { return one.subject == textOf(figure, "subject") && one.name == textOf(figure, "name") && Json(one.value) == figure.value("value", Json()); });
    };
    for (const Json& figure : step.value("figures", Json::array()))
        if (!measured(figure)) return invalid("its {} tells {} of {}, which nobody signed", textOf(step, "kind"), textOf(figure, "name"), textOf(figure, "subject"));
    return absl::OkStatus();
}

Status compare(const Json& action, const ProvenEvidence& proven) {
    if (textOf(action, "id") != proven.action.id) return invalid("it is of action {}, the part is of {}", proven.action.id, textOf(action, "id"));
    if (textOf(action, "state") != toString(proven.action.state)) return invalid("the action is {}, the signed one {}", textOf(action, "state"), toString(proven.action.state));
    for (const Json& target : action.value("targets", Json::array())) {
        const std::string node = textOf(target, "node");
        const auto found = std::ranges::find_if(proven.targets, [&](const ProvenTarget& one) { return one.record.nodeId == node; });
        if (found == proven.targets.end()) return invalid("nothing of {} was signed", node);
        const Json steps = target.value("steps", Json::array());
        if (steps.size() != found->steps.size()) return invalid("{} has {} steps, {} were signed", node, steps.size(), found->steps.size());
        for (std::size_t i = 0; i < steps.size(); ++i)
            if (const Status same = compareStep(steps[i], found->steps[i]); !same.ok()) return same;
    }
    return absl::OkStatus();
}

Status checkExport(const std::string& path, const std::string& roots, const ProofPart& part) {
    const auto text = transport::readFile(path);
    if (!text.ok()) return text.status();
    const auto proven = transport::verifyExport(*text, roots);
    if (!proven.ok()) return proven.status();
    // evidence/lease-released.json is of lease/released.json.
    const std::string name = std::filesystem::path(path).stem().string();
    const Json* action = part.file(name.substr(name.find('-') + 1));
    return action == nullptr ? notFound("the action it is of does not lie in the folder") : compare(*action, *proven);
}

} // namespace

Status checkExports(const std::string& folder, const ProofPart& part) {
    const std::string exported = part.note("exported");
    if (exported.empty()) return absl::OkStatus();
    const auto roots = transport::readFile(folder + "/evidence/root.pem");
    if (!roots.ok()) return roots.status();
    for (const std::string& name : std::vector<std::string>(absl::StrSplit(exported, ", ")))
        if (const Status checked = checkExport(folder + "/" + name, *roots, part); !checked.ok()) return Status(checked.code(), fmt::format("{}: {}", name, sentenceOf(checked)));
    return absl::OkStatus();
}

} // namespace busbar::ctl
