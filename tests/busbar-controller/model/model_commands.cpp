#include "model_commands.h"

#include "full_disk.h"

#include <algorithm>

namespace busbar::controller::model {
namespace {

constexpr std::array kFailing{StepKind::close, StepKind::wait, StepKind::verify, StepKind::inspect, StepKind::reopen, StepKind::scrub, StepKind::releaseLease, StepKind::canary};
constexpr std::array kFailingToo{StepKind::resetGpu, StepKind::reboot, StepKind::identify, StepKind::terminate, StepKind::precheck, StepKind::configure, StepKind::openLease, StepKind::burnIn};
constexpr std::array<std::int64_t, 4> kDeadlines{600'000, 60'000, 5'000, 0};
constexpr std::array<std::int64_t, 4> kSpans{1'000, 20'000, 120'000, 700'000};

std::size_t pick(int choice, std::size_t size) { return static_cast<std::size_t>(choice) % size; }

DeadlinePolicy policyOf(const Command& command) { return std::array{DeadlinePolicy::ask, DeadlinePolicy::force, DeadlinePolicy::wait}[pick(command.choice, 3)]; }
std::int64_t deadlineOf(const Command& command) { return kDeadlines[pick(command.choice / 2, kDeadlines.size())]; }
bool isQueued(const Command& command) { return command.choice >= 4; }
bool asksMig(const Command& command) { return command.what == Happening::lease && command.choice % 4 == 1; }
bool hasLastStart(const Command& command) { return command.choice == 6; }

StepKind failingToo(const Command& command) {
    const StepKind kind = kFailingToo[pick(command.choice, kFailingToo.size())];
    return kind == StepKind::identify && command.bob ? StepKind::mig : kind; // There are more kinds than choices.
}

std::vector<std::string> nodesOf(const Command& command) {
    std::vector<std::string> ids;
    for (int i = 0; i < command.count; ++i) ids.push_back(nodeName((command.node + i) % kNodes));
    return ids;
}

std::string user(const Command& command) { return command.bob ? "bob" : "ann"; }

std::size_t slotOf(const Command& command) { return pick(command.count, kGpus); }
std::string gpuOf(const Command& command) { return gpuName(nodeName(command.node), slotOf(command)); }

/// The first leased node from the command's on, so that swaps and fault reports mostly meet a lease; its own where there is none.
int leasedFrom(const ModelWorld& world, const Command& command) {
    for (int i = 0; i < kNodes; ++i)
        if (const int number = (command.node + i) % kNodes; world.fleet.node(nodeName(number))->facts.occupancy == Occupancy::leased) return number;
    return command.node;
}

/// Who comes in a swap, where the operator names it.
std::string comingOf(const Command& command) { return nodeName((command.node + command.count) % kNodes); }

/// What of the plan hangs on what happens and not on the verb alone.
void addWhat(const ModelWorld& world, const Command& command, PlanRequest& request) {
    request.overrideFailed = command.what == Happening::returnAnyway;
    if (command.what == Happening::swapWith) request.details.replacement = comingOf(command);
    if (request.verb == Verb::swap) request.nodeIds = {nodeName(leasedFrom(world, command))};
    if (command.what != Happening::releaseFaulty) return;
    request.nodeIds.front() = nodeName(leasedFrom(world, command));
    request.details.faultyNodes = {request.nodeIds.front()};
    request.details.faultText = "GPU 0 hangs";
}

void submit(ModelWorld& world, const Command& command, Verb verb, bool oneGpu = false) {
    PlanRequest request;
    request.verb = verb;
    request.nodeIds = oneGpu ? std::vector<std::string>{nodeName(command.node)} : nodesOf(command);
    if (oneGpu) request.gpuUuids = {gpuOf(command)};
    request.deadlineMs = deadlineOf(command);
    request.atDeadline = policyOf(command);
    request.queue = isQueued(command);
    if (hasLastStart(command)) request.notAfterWallMs = world.clock.wallMs() + 30'000;
    request.details.tenant = command.choice % 2 == 0 ? "acme" : "umbra";
    if (verb == Verb::lease && command.choice == 3) request.details.untilWallMs = world.clock.wallMs() + 300'000;
    request.details.profile = "quick";
    if (asksMig(command)) request.details.settings.mig = true;
    addWhat(world, command, request);
    const auto plan = world.plan(request);
    if (plan.ok()) world.submit(plan->id, user(command), "key-" + plan->id);
}

/// The choice-th newest action; nullptr when there is none.
ActionPtr actionOf(ModelWorld& world, const Command& command) {
    const auto actions = world.engine->actions(8, false);
    return actions.empty() ? nullptr : actions[pick(command.choice, actions.size())];
}

/// The oldest action that asks for a decision, so that decisions mostly meet one; the command's own where none does.
ActionPtr askingOr(ModelWorld& world, const Command& command) {
    for (const std::string& id : world.actionIds())
        if (ActionPtr action = world.action(id); action->state == ActionState::paused && action->pausedWhy.empty()) return action;
    return actionOf(world, command);
}

DeadlineDecision decisionOf(const Command& command) {
    return std::array{DeadlineDecision{20'000, DeadlinePolicy::unknown}, DeadlineDecision{0, DeadlinePolicy::wait}, DeadlineDecision{0, DeadlinePolicy::force}}[pick(command.choice, 3)];
}

void onAction(ModelWorld& world, const Command& command) {
    const ActionPtr action = command.what == Happening::decide ? askingOr(world, command) : actionOf(world, command);
    if (action == nullptr) return;
    switch (command.what) {
    case Happening::undo:
        if (const auto plan = world.engine->planUndo(action->id); plan.ok()) world.submit(plan->id, user(command), "key-" + plan->id, action->id);
        break;
    case Happening::cancel: world.cancel(action->id, command.count % 2 == 0, user(command)); break;
    case Happening::decide: world.resume(action->id, user(command), decisionOf(command)); break;
    case Happening::pause: world.decide(&Engine::pause, action->id, user(command)); break;
    case Happening::resume: world.decide(&Engine::resume, action->id, user(command)); break;
    default: world.decide(&Engine::approve, action->id, user(command)); break;
    }
}

void onNode(ModelWorld& world, const Command& command, const std::string& id) {
    ModelAgent& agent = world.agents.at(id);
    switch (command.what) {
    case Happening::fail: agent.failures[kFailing[pick(command.choice, kFailing.size())]] = 1 + command.count % 4; break;
    case Happening::noEvidence: agent.noEvidence = true; break;
    case Happening::holders: world.setHolders(id, 0, command.choice % 3); break;
    case Happening::gpuHolders: world.setHolders(id, 1, command.choice % 3); break;
    case Happening::failOther: agent.failures[failingToo(command)] = 1 + command.count % 4; break;
    case Happening::stubborn: agent.stubborn = true; break;
    case Happening::losePower: world.agents.losePower(*world.engine, id, command.choice % 2 == 0 ? KillPoint::beforeEffect : KillPoint::afterEffect, 1 + command.choice); break;
    case Happening::unkillable: agent.unkillable = true; break;
    case Happening::badMemory: agent.badMemory = true; break;
    case Happening::repair:
        agent.noEvidence = agent.unkillable = agent.badMemory = agent.stubborn = false;
        agent.failures.clear();
        break;
    case Happening::loseLinks:
        if (agent.connected) world.agents.disconnect(*world.engine, id);
        break;
    case Happening::bringBack:
        if (!agent.connected) world.agents.connect(*world.engine, id);
        break;
    case Happening::killAgent: world.agents.kill(*world.engine, id, command.choice % 2 == 0 ? KillPoint::beforeEffect : KillPoint::afterEffect); break;
    case Happening::repeatReport: world.agents.repeatReport(*world.engine, id); break;
    default: world.agents.staleCommand(id); break;
    }
}

rc::Gen<Command> anyCommand() {
    using H = Happening;
    const auto what = rc::gen::weightedElement<H>({{8, H::drain}, {5, H::giveBack}, {6, H::lease}, {5, H::release}, {3, H::provision}, {3, H::undo}, {4, H::cancel}, {2, H::pause},
                                                   {3, H::resume}, {3, H::approve}, {1, H::submitAgain}, {4, H::fail}, {2, H::noEvidence}, {4, H::holders}, {1, H::unkillable},
                                                   {1, H::badMemory}, {1, H::repair}, {5, H::loseLinks}, {4, H::bringBack}, {3, H::killAgent}, {1, H::repeatReport},
                                                   {1, H::staleCommand}, {2, H::restart}, {1, H::clockJump}, {8, H::timePasses}, {1, H::extendLease},
                                                   {5, H::drainGpu}, {3, H::returnGpu}, {3, H::resetGpu}, {3, H::reset}, {5, H::reboot}, {1, H::identify}, {3, H::gpuHolders}, {3, H::failOther},
                                                   {1, H::stubborn}, {3, H::losePower}, {3, H::diskFull}, {4, H::diskRoom}, {5, H::swap}, {2, H::swapWith}, {3, H::releaseFaulty}, {2, H::returnAnyway}, {3, H::decide}});
    // Mostly the same few nodes, so that things meet; now and then a few hundred.
    const auto node = rc::gen::weightedOneOf<int>({{6, rc::gen::inRange(0, 10)}, {1, rc::gen::inRange(0, kNodes)}});
    const auto count = rc::gen::weightedOneOf<int>({{12, rc::gen::inRange(1, 5)}, {3, rc::gen::inRange(5, 30)}, {1, rc::gen::inRange(30, 330)}});
    return rc::gen::map(rc::gen::tuple(what, node, count, rc::gen::inRange(0, 8), rc::gen::arbitrary<bool>()), [](const std::tuple<H, int, int, int, bool>& drawn) {
        return Command{std::get<0>(drawn), std::get<1>(drawn), std::get<2>(drawn), std::get<3>(drawn), std::get<4>(drawn)};
    });
}

} // namespace

std::string sentenceOf(const Command& command) {
    using H = Happening;
    const std::string nodes = command.count == 1 ? nodeName(command.node) : fmt::format("{} nodes from {}", command.count, nodeName(command.node));
    const std::string plan = fmt::format("{}, deadline {} s, then {}{}{}", nodes, deadlineOf(command) / 1000, toString(policyOf(command)), isQueued(command) ? ", queued" : "", hasLastStart(command) ? ", not after 30 s" : "");
    const std::string which = fmt::format("newest action but {}", command.choice);
    switch (command.what) {
    case H::drain: return fmt::format("{} drains {}", user(command), plan);
    case H::giveBack: return fmt::format("{} returns {}", user(command), plan);
    case H::lease: return fmt::format("{} leases {}{}{}", user(command), plan, command.choice == 3 ? ", for 5 min" : "", asksMig(command) ? ", in MIG mode" : "");
    case H::release: return fmt::format("{} releases {}", user(command), plan);
    case H::provision: return fmt::format("{} provisions {}", user(command), plan);
    case H::undo: return fmt::format("{} undoes the {}", user(command), which);
    case H::cancel: return fmt::format("{} cancels the {}{}", user(command), which, command.count % 2 == 0 ? ", keeping closed" : "");
    case H::pause: return fmt::format("{} pauses the {}", user(command), which);
    case H::resume: return fmt::format("{} resumes the {}", user(command), which);
    case H::approve: return fmt::format("{} approves the {}", user(command), which);
    case H::decide: return fmt::format("{} decides for what asks at its deadline, or the {}: {}", user(command), which, decisionOf(command).moreMs > 0 ? "20 s more" : toString(decisionOf(command).atDeadline));
    case H::submitAgain: return "the last submit is repeated";
    case H::fail: return fmt::format("{} will fail {} {} times", nodes, toString(kFailing[pick(command.choice, kFailing.size())]), 1 + command.count % 4);
    case H::noEvidence: return fmt::format("{} give no evidence", nodes);
    case H::holders: return fmt::format("{} get {} processes", nodes, command.choice % 3);
    case H::unkillable: return fmt::format("processes of {} do not die", nodes);
    case H::badMemory: return fmt::format("{} have bad memory", nodes);
    case H::repair: return fmt::format("{} are repaired", nodes);
    case H::loseLinks: return fmt::format("links of {} are lost", nodes);
    case H::bringBack: return fmt::format("links of {} are back", nodes);
    case H::killAgent: return fmt::format("agents of {} are killed {} the effect of their step", nodes, command.choice % 2 == 0 ? "before" : "after");
    case H::repeatReport: return fmt::format("{} repeat their last report", nodes);
    case H::staleCommand: return fmt::format("an older controller commands {}", nodes);
    case H::restart: return fmt::format("the controller restarts{}", command.choice < 6 ? "" : ", agents stay away");
    case H::clockJump: return fmt::format("the wall clock jumps by {} s", (command.choice - 4) * 100);
    case H::timePasses: return fmt::format("{} s pass", kSpans[pick(command.choice, kSpans.size())] / 1000);
    case H::drainGpu: return fmt::format("{} drains {}: {}", user(command), gpuOf(command), plan);
    case H::returnGpu: return fmt::format("{} returns {}: {}", user(command), gpuOf(command), plan);
    case H::resetGpu: return fmt::format("{} resets {}: {}", user(command), gpuOf(command), plan);
    case H::reset: return fmt::format("{} resets {}", user(command), plan);
    case H::reboot: return fmt::format("{} reboots {}", user(command), plan);
    case H::identify: return fmt::format("{} identifies {}", user(command), plan);
    case H::gpuHolders: return fmt::format("{} get {} processes on their second GPU", nodes, command.choice % 3);
    case H::failOther: return fmt::format("{} will fail {} {} times", nodes, toString(failingToo(command)), 1 + command.count % 4);
    case H::stubborn: return fmt::format("reboot commands do nothing on {}", nodes);
    case H::losePower: return fmt::format("{} lose power {} the effect of their step, for {} units", nodes, command.choice % 2 == 0 ? "before" : "after", 1 + command.choice);
    case H::diskFull: return fmt::format("the controller's disk is full after {} more commits", command.choice);
    case H::diskRoom: return "the controller's disk has room";
    case H::swap: return fmt::format("{} swaps the first leased node from there on: {}", user(command), plan);
    case H::swapWith: return fmt::format("{} swaps the first leased node from there on, by {}: {}", user(command), comingOf(command), plan);
    case H::returnAnyway: return fmt::format("{} returns {}, whatever its check finds", user(command), plan);
    case H::releaseFaulty: return fmt::format("{} releases {}, in place of the first one the first leased node, reported as faulty", user(command), plan);
    case H::extendLease: return fmt::format("{} extends the lease of {} by {} s", user(command), nodeName(command.node), 60 * command.choice);
    }
    return "?";
}

void apply(ModelWorld& world, const Command& command) {
    using H = Happening;
    switch (command.what) {
    case H::drain: submit(world, command, Verb::drain); break;
    case H::giveBack:
    case H::returnAnyway: submit(world, command, Verb::giveBack); break;
    case H::lease: submit(world, command, Verb::lease); break;
    case H::release: submit(world, command, Verb::release); break;
    case H::provision: submit(world, command, Verb::provision); break;
    case H::swap:
    case H::swapWith: submit(world, command, Verb::swap); break;
    case H::releaseFaulty: submit(world, command, Verb::release); break;
    case H::drainGpu: submit(world, command, Verb::drain, true); break;
    case H::returnGpu: submit(world, command, Verb::giveBack, true); break;
    case H::resetGpu: submit(world, command, Verb::reset, true); break;
    case H::reset: submit(world, command, Verb::reset); break;
    case H::reboot: submit(world, command, Verb::reboot); break;
    case H::identify: submit(world, command, Verb::identify); break;
    case H::diskFull: fillDisk(command.choice); break;
    case H::diskRoom: makeRoom(); break;
    case H::undo:
    case H::cancel:
    case H::pause:
    case H::resume:
    case H::decide:
    case H::approve: onAction(world, command); break;
    case H::submitAgain:
        if (!world.lastPlan.empty()) world.submit(world.lastPlan, world.lastUser, world.lastKey);
        break;
    case H::restart: world.restart(command.choice < 6); break;
    case H::clockJump: world.clock.jump((command.choice - 4) * 100'000); break;
    case H::extendLease:
        world.extend(world.fleet.node(nodeName(command.node))->gpuLeases.front(), command.choice * 60'000, user(command));
        break;
    case H::timePasses: world.turns(4, kSpans[pick(command.choice, kSpans.size())] / 4); break;
    default:
        for (const std::string& id : nodesOf(command)) onNode(world, command, id);
    }
    world.turns(1 + command.choice % 3);
}

rc::Gen<Script> anyScript() {
    // Lengths up to 45 commands; the commands' own ranges at their full width.
    return rc::gen::map(rc::gen::resize(45, rc::gen::container<std::vector<Command>>(rc::gen::resize(100, anyCommand()))), [](std::vector<Command> commands) { return Script{std::move(commands)}; });
}

void showValue(const Script& script, std::ostream& out) {
    for (std::size_t i = 0; i < script.commands.size(); ++i) {
        const Command& c = script.commands[i];
        out << "\n  " << i + 1 << ". " << sentenceOf(c) << "   {" << static_cast<int>(c.what) << ", " << c.node << ", " << c.count << ", " << c.choice << ", " << c.bob << "}";
    }
}

} // namespace busbar::controller::model
