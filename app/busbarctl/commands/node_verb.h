// A verb that is planned at nodes: the options that such commands share, and the request they make.
#pragma once

#include "busbarctl/commands/submit_flow.h"
#include "busbarctl/commands/targets.h"
#include "busbarctl/commands/wait_policy.h"
#include "busbarctl/context.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <vector>

namespace busbar::ctl {

struct NodeVerb {
    std::string name, help;
    Verb verb = Verb::unknown;
    bool gpus = false;     ///< takes single GPUs of one node
    bool deadline = false; ///< waits for processes
};

struct NodeVerbOptions {
    Targets targets;
    std::vector<std::string> gpus;
    SubmitFlags flags;
    WaitPolicy policy;
    VerbDetails details; ///< for the options of one verb
    bool overrideFailed = false; ///< of a return
};

struct NodeVerbCommand {
    CLI::App* command = nullptr;              ///< owned by the app
    std::shared_ptr<NodeVerbOptions> options; ///< lives as long as the command
};

/// Adds the command with its shared options; when chosen it plans and submits. Options of its own are added to what is returned.
NodeVerbCommand addNodeVerb(CLI::App& app, Context& context, const NodeVerb& what);

} // namespace busbar::ctl
