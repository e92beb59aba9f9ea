#include "busbarctl/commands/commands.h"
#include "busbarctl/context.h"
#include "busbarctl/output/json.h"
#include "transport/x509.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace busbar::ctl {
namespace {

struct RevokeOptions {
    std::string serial, certificate, reason;
    std::vector<std::string> sites;
};

StatusOr<std::string> serialOf(const RevokeOptions& options) {
    if (options.serial.empty() == options.certificate.empty()) return invalid("give --serial or --cert, one of the two");
    if (!options.serial.empty()) return options.serial;
    const auto pem = transport::readFile(options.certificate);
    if (!pem.ok()) return pem.status();
    const auto facts = transport::readCertificate(*pem);
    if (!facts.ok()) return invalid("{}: {}", options.certificate, sentenceOf(facts.status()));
    return facts->serial;
}

Exit revoke(Context& context, const RevokeOptions& options) {
    const auto serial = serialOf(options);
    if (!serial.ok()) return Context::fail(serial.status());
    if (Status opened = context.openSites(options.sites); !opened.ok()) return Context::fail(opened);
    Exit worst = Exit::done;
    Json list = Json::array();
    for (const auto& [site, ended] : context.forSites<std::uint32_t>([&](SiteLink& link) { return link.revoke(*serial, options.reason); })) {
        if (!ended.ok()) {
            worst = worse(worst, Context::fail(ended.status(), site));
            continue;
        }
        list.push_back({{"site", site}, {"serial", *serial}, {"ended_streams", *ended}});
        if (!context.json()) context.print(fmt::format("{}: {} is revoked, {} of its streams ended\n", site, *serial, *ended));
    }
    if (context.json()) context.print(Json{{"revoked", list}});
    return worst;
}

} // namespace

void addPkiRevoke(CLI::App& pki, Context& context) {
    CLI::App* command = pki.add_subcommand("revoke", "End a certificate before its time at all sites (admin); it cannot be taken back");
    auto options = std::make_shared<RevokeOptions>();
    command->add_option("--serial", options->serial, "Its serial, hex");
    command->add_option("--cert", options->certificate, "Instead: its PEM file");
    command->add_option("--reason,-r", options->reason, "Why; its holder is told")->required();
    command->add_option("--site", options->sites, "Only these sites");
    command->callback([&context, options] { context.command = [&context, options] { return revoke(context, *options); }; });
}

} // namespace busbar::ctl
