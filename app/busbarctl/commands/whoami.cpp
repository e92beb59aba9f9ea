#include "busbarctl/commands/commands.h"
#include "busbarctl/context.h"
#include "busbarctl/output/json.h"
#include "busbarctl/output/table.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace busbar::ctl {
namespace {

Exit whoami(Context& context) {
    if (Status opened = context.openSites(); !opened.ok()) return Context::fail(opened);
    Exit worst = Exit::done;
    Json list = Json::array();
    Table table({"SITE", "IDENTITY", "ROLES", "MAY", "CERTIFICATE ENDS", "CONTROLLER"});
    for (const auto& [site, who] : context.forSites<WhoAmI>([](SiteLink& link) { return link.whoAmI(); })) {
        if (!who.ok()) {
            worst = worse(worst, Context::fail(who.status(), site));
            list.push_back({{"site", site}, {"why", std::string(sentenceOf(who.status()))}});
            continue;
        }
        list.push_back({{"site", site}, {"identity", who->identity}, {"roles", who->roles}, {"rights", who->rights}, {"certificate_expires", jsonTime(who->certificateExpiresWallMs)}, {"controller_version", who->controllerVersion}});
        table.add({site, who->identity, who->roles.empty() ? "none" : fmt::format("{}", fmt::join(who->roles, ",")), fmt::format("{}", fmt::join(who->rights, ",")), wordTime(who->certificateExpiresWallMs), who->controllerVersion});
    }
    if (context.json())
        context.print(Json{{"sites", list}});
    else if (table.size() > 0)
        context.print(table.text());
    return worst;
}

} // namespace

void addWhoami(CLI::App& app, Context& context) {
    app.add_subcommand("whoami", "Whom the certificate names, and the roles at each site")->callback([&context] { context.command = [&context] { return whoami(context); }; });
}

} // namespace busbar::ctl
