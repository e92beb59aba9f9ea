#include "busbarctl/commands/commands.h"
#include "busbarctl/context.h"
#include "busbarctl/output/json.h"
#include "busbarctl/output/text.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace busbar::ctl {
namespace {

struct ActionsOptions {
    std::uint32_t limit = 50;
    bool openOnly = false;
    std::vector<std::string> sites;
};

Exit actions(Context& context, const ActionsOptions& options) {
    if (Status opened = context.openSites(options.sites); !opened.ok()) return Context::fail(opened);
    Exit worst = Exit::done;
    std::vector<Action> all;
    std::int64_t leftOut = 0;
    Json unreachable = Json::array();
    for (auto& [site, result] : context.forSites<ActionList>([&](SiteLink& link) { return link.actions(options.limit, options.openOnly); })) {
        if (result.ok()) {
            std::move(result->actions.begin(), result->actions.end(), std::back_inserter(all));
            leftOut += result->leftOut;
            continue;
        }
        unreachable.push_back({{"site", site}, {"why", std::string(sentenceOf(result.status()))}});
        worst = worse(worst, Context::fail(result.status(), site));
    }
    std::stable_sort(all.begin(), all.end(), [](const Action& a, const Action& b) { return a.createdWallMs > b.createdWallMs; });
    if (context.json()) {
        Json list = Json::array();
        for (const Action& action : all) list.push_back(jsonOf(action));
        Json json{{"actions", std::move(list)}, {"left_out", leftOut}};
        if (!unreachable.empty()) json["unreachable"] = unreachable;
        context.print(json);
    } else {
        context.print(actionTable(all));
        if (leftOut > 0) context.print(fmt::format("and {} older actions that did not fit the answer of their site: --open asks for less\n", leftOut));
    }
    return worst;
}

} // namespace

void addActions(CLI::App& app, Context& context) {
    CLI::App* command = app.add_subcommand("actions", "Actions of all sites, newest first");
    auto options = std::make_shared<ActionsOptions>();
    command->add_option("--limit", options->limit, "At most so many a site")->check(CLI::Range(1, 1000));
    command->add_flag("--open", options->openOnly, "Only those that have not ended");
    command->add_option("--site", options->sites, "Only these sites");
    command->callback([&context, options] { context.command = [&context, options] { return actions(context, *options); }; });
}

} // namespace busbar::ctl
