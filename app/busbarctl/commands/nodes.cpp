#include "busbarctl/commands/commands.h"
#include "busbarctl/context.h"
#include "busbarctl/output/json.h"
#include "busbarctl/output/text.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace busbar::ctl {
namespace {

struct NodesOptions {
    std::string filter;
    std::vector<std::string> sites;
    bool detail = false;
};

struct Merged {
    NodeList list;
    Json unreachable = Json::array();
    Exit worst = Exit::done;
};

Merged merge(std::vector<Answer<NodeList>> answers) {
    Merged merged;
    for (auto& [site, result] : answers) {
        if (!result.ok()) {
            merged.unreachable.push_back({{"site", site}, {"why", std::string(sentenceOf(result.status()))}});
            merged.worst = worse(merged.worst, Context::fail(result.status(), site));
            continue;
        }
        merged.list.leftOut += result->leftOut;
        // The oldest: everything shown is at least as new as that.
        if (result->asOfWallMs != 0) merged.list.asOfWallMs = merged.list.asOfWallMs == 0 ? result->asOfWallMs : std::min(merged.list.asOfWallMs, result->asOfWallMs);
        std::move(result->nodes.begin(), result->nodes.end(), std::back_inserter(merged.list.nodes));
    }
    return merged;
}

Exit nodes(Context& context, const NodesOptions& options) {
    if (Status opened = context.openSites(options.sites); !opened.ok()) return Context::fail(opened);
    auto answers = context.forSites<NodeList>([&](SiteLink& link) { return link.list(options.filter, options.detail); });
    // A filter that no site understands is one mistake of the person's, not a failure of each site.
    const bool misunderstood = !answers.empty() && std::all_of(answers.begin(), answers.end(), [](const auto& answer) { return absl::IsInvalidArgument(answer.result.status()); });
    if (misunderstood) return Context::fail(answers.front().result.status());
    const Merged merged = merge(std::move(answers));
    if (context.json()) {
        Json list = Json::array();
        for (const NodeDetail& node : merged.list.nodes) list.push_back(jsonOf(node, options.detail));
        Json json{{"nodes", std::move(list)}, {"left_out", merged.list.leftOut}, {"as_of", jsonTime(merged.list.asOfWallMs)}};
        if (!merged.unreachable.empty()) json["unreachable"] = merged.unreachable;
        context.print(json);
        return merged.worst;
    }
    context.print(nodeTable(merged.list.nodes));
    if (merged.list.leftOut > 0) context.print(fmt::format("{} nodes are left out: the filter could not judge them, their values are unknown\n", merged.list.leftOut));
    return merged.worst;
}

} // namespace

void addNodes(CLI::App& app, Context& context) {
    CLI::App* command = app.add_subcommand("nodes", "Nodes of all sites, or those that a filter finds");
    auto options = std::make_shared<NodesOptions>();
    command->add_option("--filter,-f", options->filter, "Query, judged by the controllers: 'service:open gpu.temp>=80C'");
    command->add_option("--site", options->sites, "Only these sites");
    command->add_flag("--detail", options->detail, "Every metric and the inventory (JSON)");
    command->callback([&context, options] { context.command = [&context, options] { return nodes(context, *options); }; });
}

} // namespace busbar::ctl
