// evidence: what the nodes signed, verified here; as a table, as an export file, or a file's verification.
#include "busbarctl/commands/commands.h"
#include "busbarctl/context.h"
#include "busbarctl/output/json.h"
#include "busbarctl/output/text.h"
#include "transport/evidence_export.h"
#include "transport/x509.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace busbar::ctl {
namespace {

struct EvidenceOptions {
    std::string id, node, out, verify, ca;
};

/// A file that was named wrongly is a wrong argument, neither a failed verification nor a site that cannot be reached.
StatusOr<std::string> given(const char* flag, const std::string& path) {
    auto text = transport::readFile(path);
    if (!text.ok()) return invalid("{}: {}", flag, sentenceOf(text.status()));
    return text;
}

/// The root CA by --ca, else the profile's.
StatusOr<std::string> rootsOf(const Context& context, const EvidenceOptions& options) {
    if (!options.ca.empty()) {
        auto text = given("--ca", options.ca);
        if (text.ok())
            if (const auto facts = transport::readCertificate(*text); !facts.ok()) return invalid("--ca: '{}': {}", options.ca, sentenceOf(facts.status()));
        return text;
    }
    const auto profile = context.profile();
    if (!profile.ok()) return invalid("{}; or name the root CA's certificate with --ca FILE", sentenceOf(profile.status()));
    return transport::readFile(profile->tls.ca);
}

/// Whatever does not verify has failed, whoever signed it.
Exit failVerification(const std::string& what, const Status& why) {
    Context::complain(fmt::format("{} does not verify: {}", what, sentenceOf(why)));
    return Exit::failed;
}

std::size_t reportsIn(const ProvenEvidence& evidence) {
    std::size_t count = 0;
    for (const ProvenTarget& target : evidence.targets)
        for (const ProvenStep& step : target.steps) count += step.report ? 1 : 0;
    return count;
}

/// How much of the action that is: "drain succeeded, 3 signed reports of all its 40 nodes".
std::string extentOf(const ProvenEvidence& evidence) {
    return fmt::format("{} {}, {} signed reports of {}", toString(evidence.action.verb), toString(evidence.action.state), reportsIn(evidence), extentText(evidence));
}

Json verifiedJson(const ProvenEvidence& evidence) {
    return {{"verified", true},
            {"action", evidence.action.id},
            {"state", toString(evidence.action.state)},
            {"node", transport::textOrNull(evidence.nodeId)},
            {"targets", evidence.targetCount == 0 ? Json(nullptr) : Json(evidence.targetCount)},
            {"nodes", evidence.targets.size()},
            {"reports", reportsIn(evidence)},
            {"made", jsonTime(evidence.madeWallMs)},
            {"made_by", evidence.madeBy}};
}

Exit verifyFile(const Context& context, const EvidenceOptions& options) {
    const auto roots = rootsOf(context, options);
    if (!roots.ok()) return Context::fail(roots.status());
    const auto text = given("--verify", options.verify);
    if (!text.ok()) return Context::fail(text.status());
    const auto proven = transport::verifyExport(*text, *roots);
    if (!proven.ok()) return failVerification(options.verify, proven.status());
    if (context.json()) {
        context.print(verifiedJson(*proven));
        return Exit::done;
    }
    context.print(evidenceText(*proven));
    context.print(fmt::format("\n{}: verified: {}\n", options.verify, extentOf(*proven)));
    return Exit::done;
}

Exit show(Context& context, const EvidenceOptions& options) {
    const auto site = context.openSiteOf(options.id);
    if (!site.ok()) return Context::fail(site.status());
    const auto roots = rootsOf(context, options);
    if (!roots.ok()) return Context::fail(roots.status());
    const auto link = context.link(*site);
    if (!link.ok()) return Context::fail(link.status(), *site);
    const auto pack = (*link)->evidence(options.id, options.node);
    if (!pack.ok()) return Context::fail(pack.status(), *site);
    const auto proven = transport::verifyAnswer(options.id, options.node, *pack, *roots);
    if (!proven.ok()) return failVerification("the evidence of " + options.id, proven.status());
    const auto text = transport::exportText(*pack, *proven);
    if (!text.ok()) return Context::fail(text.status(), *site);
    if (!options.out.empty()) {
        if (const Status written = transport::writeFile(options.out, *text, 0644); !written.ok()) return Context::fail(Status(written.code(), fmt::format("--out: {}", sentenceOf(written))));
    }
    if (context.json()) context.print(*text);
    else if (options.out.empty()) context.print(evidenceText(*proven));
    else context.print(fmt::format("{}: verified: {}\n", options.out, extentOf(*proven)));
    return Exit::done;
}

Exit run(Context& context, const EvidenceOptions& options) {
    if (options.id.empty() == options.verify.empty()) return Context::fail(invalid("give an action's ID, or --verify FILE, one of the two"));
    if (options.verify.empty()) return show(context, options);
    if (!options.node.empty() || !options.out.empty()) return Context::fail(invalid("--node and --out go with an action's ID, not with --verify"));
    return verifyFile(context, options);
}

} // namespace

void addEvidence(CLI::App& app, Context& context) {
    CLI::App* command = app.add_subcommand("evidence", "What an action's nodes read back and signed; its export and the export's verification (1: it does not verify)");
    auto options = std::make_shared<EvidenceOptions>();
    command->add_option("ID", options->id, "site/ULID");
    command->add_option("--node", options->node, "Only this node's, site/name");
    command->add_option("--out", options->out, "Write the signed export to this file");
    command->add_option("--verify", options->verify, "Verify an export, offline");
    command->add_option("--ca", options->ca, "Certificate of the root CA (default: the profile's)");
    command->callback([&context, options] { context.command = [&context, options] { return run(context, *options); }; });
}

} // namespace busbar::ctl
