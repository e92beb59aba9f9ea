#include "busbarctl/commands/commands.h"
#include "busbarctl/context.h"
#include "busbarctl/output/json.h"
#include "busbarctl/output/table.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace busbar::ctl {
namespace {

struct SiteView {
    WhoAmI who;
    std::int64_t asOfWallMs = 0;
    std::size_t nodes = 0, gpus = 0, open = 0, drained = 0, lost = 0, faulty = 0;
};

StatusOr<SiteView> look(SiteLink& link) {
    auto who = link.whoAmI();
    if (!who.ok()) return who.status();
    const auto list = link.list("", false);
    if (!list.ok()) return list.status();
    SiteView view{*std::move(who), list->asOfWallMs, list->nodes.size()};
    for (const NodeDetail& node : list->nodes) {
        view.gpus += node.gpus.size();
        view.open += node.facts.service == Service::open ? 1 : 0;
        view.drained += node.facts.service == Service::drained ? 1 : 0;
        view.lost += node.facts.link == Link::lost ? 1 : 0;
        view.faulty += node.facts.health == Health::degraded || node.facts.health == Health::failed ? 1 : 0;
    }
    return view;
}

Json jsonOf(const transport::SiteAddress& site, const StatusOr<SiteView>& view) {
    Json json{{"site", site.name}, {"title", site.title}, {"address", site.address}, {"connected", view.ok()}};
    if (!view.ok()) {
        json["why"] = std::string(sentenceOf(view.status()));
        return json;
    }
    json["identity"] = view->who.identity;
    json["roles"] = view->who.roles;
    json["controller_version"] = view->who.controllerVersion;
    json["as_of"] = jsonTime(view->asOfWallMs);
    json["nodes"] = {{"total", view->nodes}, {"open", view->open}, {"drained", view->drained}, {"lost", view->lost}, {"faulty", view->faulty}};
    json["gpus"] = {{"total", view->gpus}};
    return json;
}

Exit sites(Context& context) {
    if (Status opened = context.openSites(); !opened.ok()) return Context::fail(opened);
    const auto answers = context.forSites<SiteView>(look);
    Exit worst = Exit::done;
    Json list = Json::array();
    Table table({"SITE", "TITLE", "ADDRESS", "LINK", "ROLES", "NODES", "OPEN", "DRAINED", "LOST", "FAULTY", "GPUS", "WHY"});
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const auto& site = context.sites()[i];
        const auto& view = answers[i].result;
        worst = worse(worst, exitOf(view.status()));
        list.push_back(jsonOf(site, view));
        if (view.ok())
            table.add({site.name, site.title, site.address, "connected", fmt::format("{}", fmt::join(view->who.roles, ",")), std::to_string(view->nodes), std::to_string(view->open),
                       std::to_string(view->drained), std::to_string(view->lost), std::to_string(view->faulty), std::to_string(view->gpus), ""});
        else
            table.add({site.name, site.title, site.address, exitOf(view.status()) == Exit::denied ? "denied" : "no", "", "", "", "", "", "", "", std::string(sentenceOf(view.status()))});
    }
    if (context.json())
        context.print(Json{{"sites", list}});
    else
        context.print(table.text());
    return worst;
}

} // namespace

void addSites(CLI::App& app, Context& context) {
    app.add_subcommand("sites", "The profile's sites: connection, roles, roll-ups")->callback([&context] { context.command = [&context] { return sites(context); }; });
}

} // namespace busbar::ctl
