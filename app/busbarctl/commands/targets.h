// Which nodes a verb is for: ids, or a filter that the controllers resolve.
#pragma once

#include "busbarctl/commands/submit_flow.h"
#include "busbarctl/context.h"

#include <CLI/CLI.hpp>

#include <map>
#include <string>
#include <vector>

namespace busbar::ctl {

struct Targets {
    std::vector<std::string> ids;
    std::string filter;
    std::vector<std::string> sites; ///< limits a filter
};

void addTargets(CLI::App& command, Targets& targets);
/// --gpu: single GPUs of one node, by UUID or by slot.
void addGpuScope(CLI::App& command, std::vector<std::string>& gpus);

/// Ids by site; empty with a filter. The error names a bad id, or says that neither or both were given.
StatusOr<std::map<std::string, std::vector<std::string>>> idsBySite(const Targets& targets);
/// Opens the sites that the targets are at.
Status openTargets(Context& context, const Targets& targets, const std::map<std::string, std::vector<std::string>>& ids);

/// Plans and submits `request` at the sites of the targets; a release by lease needs no ids.
Exit planAtTargets(Context& context, const Targets& targets, const SubmitFlags& flags, const PlanRequest& request);

} // namespace busbar::ctl
