#include "base/file_error.h"
#include "busbarctl/commands/commands.h"
#include "busbarctl/context.h"
#include "busbarctl/output/json.h"
#include "busbarctl/output/table.h"
#include "transport/pki.h"
#include "transport/x509.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>

namespace busbar::ctl {
namespace {

struct IssueArguments {
    std::string dir, kind, name, out;
    transport::IssueOptions options;
};

StatusOr<transport::Identity> identityOf(const IssueArguments& arguments) {
    auto identity = transport::parseIdentity(fmt::format("busbar://{}/{}", arguments.kind, arguments.name));
    if (!identity.ok()) return invalid("{} '{}': a user is NAME, a node or controller SITE/NAME, a gateway SITE/PREFIX", arguments.kind, arguments.name);
    return identity;
}

Exit init(const Context& context, const std::string& dir) {
    if (Status made = transport::initPki(dir); !made.ok()) return Context::fail(made);
    if (context.json())
        context.print(Json{{"root", dir + "/root.pem"}});
    else
        context.print(fmt::format("CA made: {0}/root.pem. Keep {0}/root.key offline; who has it can make every certificate.\n", dir));
    return Exit::done;
}

Exit issue(const Context& context, const IssueArguments& arguments) {
    const auto identity = identityOf(arguments);
    if (!identity.ok()) return Context::fail(identity.status());
    if (Status issued = transport::issueTo(arguments.dir, *identity, arguments.options, arguments.out); !issued.ok()) return Context::fail(issued);
    const auto pem = transport::readFile(arguments.out + "/cert.pem");
    if (!pem.ok()) return Context::fail(pem.status());
    const auto facts = transport::readCertificate(*pem);
    if (!facts.ok()) return Context::fail(facts.status());
    if (context.json())
        context.print(Json{{"identity", identity->uri()}, {"serial", facts->serial}, {"expires", jsonTime(facts->notAfterWallMs)}, {"cert", arguments.out + "/cert.pem"}, {"key", arguments.out + "/key.pem"}, {"ca", arguments.out + "/ca.pem"}});
    else
        context.print(fmt::format("{}: {}/cert.pem, key.pem and ca.pem, valid until {}\n", identity->uri(), arguments.out, wordTime(facts->notAfterWallMs)));
    return Exit::done;
}

Exit token(Context& context, const std::string& node, const std::string& serial) {
    const auto slash = node.find('/');
    if (slash == std::string::npos) return Context::fail(invalid("'{}' is no node id: it is site/name", node));
    const std::string site = node.substr(0, slash);
    if (Status opened = context.openSites({site}); !opened.ok()) return Context::fail(opened);
    const auto link = context.link(site);
    if (!link.ok()) return Context::fail(link.status(), site);
    const auto made = (*link)->makeToken(node.substr(slash + 1), serial);
    if (!made.ok()) return Context::fail(made.status(), site);
    if (context.json()) {
        context.print(Json{{"node", node}, {"serial", serial}, {"token", made->token}, {"expires", jsonTime(made->expiresWallMs)}});
    } else {
        context.print(made->token + "\n");
        Context::complain(fmt::format("good once, for serial {}, until {}; on the node: busbarctl pki enrol --token '…' --out /etc/busbar/agent", serial, wordTime(made->expiresWallMs)));
    }
    return Exit::done;
}

StatusOr<std::string> ownSerial() {
    auto text = transport::readFile("/sys/class/dmi/id/product_serial");
    if (!text.ok()) return invalid("this machine's serial cannot be read ({}): run as root, or give it with --serial", sentenceOf(text.status()));
    while (!text->empty() && std::isspace(static_cast<unsigned char>(text->back())) != 0) text->pop_back();
    if (text->empty()) return invalid("this machine's firmware names no serial: give it with --serial");
    return text;
}

Exit enrolHere(const Context& context, const std::string& tokenText, std::string serial, const std::string& out) {
    if (std::filesystem::exists(out + "/key.pem")) return Context::fail(refused("'{}/key.pem' exists: it is never overwritten; give another --out", out));
    if (serial.empty()) {
        const auto own = ownSerial();
        if (!own.ok()) return Context::fail(own.status());
        serial = *own;
    }
    std::error_code error;
    std::filesystem::create_directories(out, error); // Before the token is used up.
    if (error) return Context::fail(cannotBeMade(out, error.value()));
    const auto enrolled = enrol(tokenText, serial);
    if (!enrolled.ok()) return Context::fail(enrolled.status());
    for (const auto& [file, text, mode] : {std::tuple{"/key.pem", &enrolled->keyPem, 0600U}, {"/cert.pem", &enrolled->certificatePem, 0644U}, {"/ca.pem", &enrolled->caPem, 0644U}})
        if (Status written = transport::writeFile(out + file, *text, mode); !written.ok()) return Context::fail(written);
    if (context.json())
        context.print(Json{{"node", enrolled->nodeId}, {"cert", out + "/cert.pem"}, {"key", out + "/key.pem"}, {"ca", out + "/ca.pem"}});
    else
        context.print(fmt::format("This machine is {} now: {}/cert.pem, key.pem and ca.pem. Name them in agent.toml.\n", enrolled->nodeId, out));
    return Exit::done;
}

void addInitAndIssue(CLI::App& pki, Context& context) {
    CLI::App* make = pki.add_subcommand("init", "Make the root CA and the users' CA");
    auto dir = std::make_shared<std::string>();
    make->add_option("--dir", *dir, "New folder for the CA")->required();
    make->callback([&context, dir] { context.command = [&context, dir] { return init(context, *dir); }; });

    CLI::App* give = pki.add_subcommand("issue", "Issue a certificate with its key");
    auto arguments = std::make_shared<IssueArguments>();
    give->add_option("KIND", arguments->kind, "user, node, gateway or controller")->required()->check(CLI::IsMember({"user", "node", "gateway", "controller"}));
    give->add_option("NAME", arguments->name, "User name, SITE/NAME, or SITE/PREFIX of a gateway")->required();
    give->add_option("--dir", arguments->dir, "Folder of the CA")->required();
    give->add_option("--out", arguments->out, "Folder for cert.pem, key.pem and ca.pem")->required();
    give->add_option("--days", arguments->options.days, "Days it is valid")->check(CLI::Range(-3650, 3650));
    give->add_option("--dns", arguments->options.dnsNames, "DNS name of a controller");
    give->add_option("--ip", arguments->options.ipAddresses, "IP address of a controller");
    give->callback([&context, arguments] { context.command = [&context, arguments] { return issue(context, *arguments); }; });
}

void addTokenAndEnrol(CLI::App& pki, Context& context) {
    CLI::App* make = pki.add_subcommand("token", "Make a one-time enrolment token for a node (admin)");
    auto node = std::make_shared<std::string>();
    auto serial = std::make_shared<std::string>();
    make->add_option("NODE", *node, "site/name of the new node")->required();
    make->add_option("--serial", *serial, "Its DMI product serial")->required();
    make->callback([&context, node, serial] { context.command = [&context, node, serial] { return token(context, *node, *serial); }; });

    CLI::App* use = pki.add_subcommand("enrol", "Exchange a token for this machine's certificate");
    auto text = std::make_shared<std::string>();
    auto own = std::make_shared<std::string>();
    auto out = std::make_shared<std::string>();
    use->add_option("--token", *text, "What busbarctl pki token printed")->required();
    use->add_option("--serial", *own, "Default: this machine's own, from DMI");
    use->add_option("--out", *out, "Folder for cert.pem, key.pem and ca.pem")->required();
    use->callback([&context, text, own, out] { context.command = [&context, text, own, out] { return enrolHere(context, *text, *own, *out); }; });
}

} // namespace

void addPki(CLI::App& app, Context& context) {
    CLI::App* pki = app.add_subcommand("pki", "Certificates: CA, issue, enrolment");
    pki->require_subcommand(1);
    addInitAndIssue(*pki, context);
    addTokenAndEnrol(*pki, context);
    addPkiRevoke(*pki, context);
}

} // namespace busbar::ctl
