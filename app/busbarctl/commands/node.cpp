#include "busbarctl/commands/commands.h"
#include "busbarctl/context.h"
#include "busbarctl/output/json.h"
#include "busbarctl/output/text.h"

#include "base/ids.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace busbar::ctl {
namespace {

Exit node(Context& context, const std::string& id) {
    const auto parsed = NodeId::parse(id);
    if (!parsed.ok()) return Context::fail(parsed.status());
    if (Status opened = context.openSites({parsed->site}); !opened.ok()) return Context::fail(opened);
    const auto link = context.link(parsed->site);
    if (!link.ok()) return Context::fail(link.status(), parsed->site);
    const auto detail = (*link)->describe(id);
    if (!detail.ok()) return Context::fail(detail.status(), parsed->site);
    if (context.json())
        context.print(jsonOf(*detail, true));
    else
        context.print(nodeText(*detail));
    return Exit::done;
}

} // namespace

void addNode(CLI::App& app, Context& context) {
    CLI::App* command = app.add_subcommand("node", "All about one node");
    auto id = std::make_shared<std::string>();
    command->add_option("ID", *id, "site/name")->required();
    command->callback([&context, id] { context.command = [&context, id] { return node(context, *id); }; });
}

} // namespace busbar::ctl
