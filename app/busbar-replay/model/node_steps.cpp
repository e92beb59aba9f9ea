#include "busbar-replay/model/node_steps.h"

#include <fmt/format.h>

namespace busbar::replay {
namespace {

constexpr std::int64_t kTerminateMs = 2'000; // The model's processes obey a terminate after this.
constexpr const char* kSource = "model";

} // namespace

std::vector<StepReport> NodeSteps::finished() const {
    std::vector<StepReport> reports;
    for (const std::string& id : m_order) reports.push_back(m_reports.at(id));
    return reports;
}

Evidence NodeSteps::evidence(std::string subject, std::string fact, std::string before, std::string after, std::string expected, bool asSet, const Clock& clock) const {
    return {std::move(subject), std::move(fact), std::move(before), std::move(after), std::move(expected), "", kSource, asSet ? Verdict::asSet : Verdict::notAsSet, clock.wallMs()};
}

void NodeSteps::submit(const StepCommand& command, const Clock& clock, const Out& out) {
    if (const auto known = m_reports.find(command.commandId); known != m_reports.end()) return out.report(known->second);
    if (m_current && m_current->command.commandId == command.commandId) return;
    StepReport refusal{command.commandId, command.kind, StepState::failed, "", {}, {}, clock.wallMs(), clock.wallMs()};
    if (command.term < m_term) {
        refusal.sentence = fmt::format("the command has fencing term {}, this node has seen {}: it comes from a controller that was replaced", command.term, m_term);
        return refuse(std::move(refusal), out);
    }
    if (m_current) {
        refusal.sentence = "another step runs on this node";
        return refuse(std::move(refusal), out);
    }
    m_term = command.term;
    m_current = Current{command, clock.wallMs(), clock.bootMs() + command.secondsLeft * 1000LL, 0, static_cast<std::int64_t>(m_fleet.processesOn(m_node).size())};
    switch (command.kind) {
    case StepKind::close: return close(clock, out);
    case StepKind::verify: return verify(clock, out);
    case StepKind::inspect: return inspect(clock, out);
    case StepKind::reopen: return reopen(clock, out);
    case StepKind::terminate: m_current->killAtBootMs = clock.bootMs() + kTerminateMs; [[fallthrough]];
    case StepKind::wait: return tick(clock, out);
    default: break;
    }
    finish(StepState::failed, "the model knows no such step", {}, clock, out);
}

void NodeSteps::cancel(const std::string& commandId, std::uint64_t term, const Clock& clock, const Out& out) {
    if (!m_current || m_current->command.commandId != commandId || term < m_term || m_current->command.kind != StepKind::wait) return;
    finish(StepState::cancelled, "the wait was ended", {}, clock, out);
}

std::vector<Blocker> NodeSteps::blockers(const Clock& clock) const {
    std::vector<Blocker> list;
    for (const Process& process : m_fleet.processesOn(m_node)) {
        const ModelGpu& gpu = m_fleet.nodes[m_node].gpus[static_cast<std::size_t>(process.gpu)];
        const Job* job = m_fleet.job(gpu.job);
        list.push_back({process.pid, process.user, process.command, job == nullptr ? "" : job->lease, gpu.identity.uuid, kNotRead, clock.wallMs() - process.startedWallMs, "a process of the model"});
    }
    return list;
}

void NodeSteps::tick(const Clock& clock, const Out& out) {
    if (!m_current) return;
    if (m_current->killAtBootMs != 0 && clock.bootMs() >= m_current->killAtBootMs)
        for (const std::int32_t job : m_fleet.jobsOn(m_node)) m_fleet.end(job);
    const std::vector<Blocker> holding = blockers(clock);
    if (holding.empty()) {
        std::vector<Evidence> facts{evidence("node", "processes", std::to_string(m_current->processesBefore), "0", "0", true, clock)};
        return finish(StepState::succeeded, "no process of the model holds a GPU", std::move(facts), clock, out);
    }
    if (clock.bootMs() >= m_current->endBootMs) return finish(StepState::failed, fmt::format("the longest time is over: {} processes still hold GPUs", holding.size()), {}, clock, out);
    out.progress({m_current->command.commandId, fmt::format("{} processes hold GPUs", holding.size()), holding, static_cast<std::int64_t>(holding.size()), clock.wallMs()});
}

void NodeSteps::refuse(StepReport refusal, const Out& out) {
    if (out.sign) out.sign(refusal);
    out.report(refusal);
}

void NodeSteps::finish(StepState state, std::string sentence, std::vector<Evidence> facts, const Clock& clock, const Out& out) {
    StepReport report{m_current->command.commandId, m_current->command.kind, state, std::move(sentence), std::move(facts), {}, m_current->startedWallMs, clock.wallMs()};
    if (state == StepState::failed || state == StepState::cancelled) report.blockers = blockers(clock);
    m_current.reset();
    if (out.sign) out.sign(report);
    m_reports[report.commandId] = report;
    m_order.push_back(report.commandId);
    if (m_order.size() > kMaxKept) {
        m_reports.erase(m_order.front());
        m_order.erase(m_order.begin());
    }
    out.report(report);
}

void NodeSteps::close(const Clock& clock, const Out& out) {
    ModelNode& node = m_fleet.nodes[m_node];
    const char* before = node.closed ? "no" : "yes";
    node.closed = true;
    finish(StepState::succeeded, "the model starts no new job on this node", {evidence("node", "takes new jobs", before, node.closed ? "no" : "yes", "no", node.closed, clock)}, clock, out);
}

void NodeSteps::verify(const Clock& clock, const Out& out) {
    std::vector<Evidence> facts;
    bool idle = true;
    for (const ModelGpu& gpu : m_fleet.nodes[m_node].gpus) {
        facts.push_back(evidence(gpu.identity.uuid, "processes", "", gpu.job < 0 ? "0" : "1", "0", gpu.job < 0, clock));
        idle = idle && gpu.job < 0;
    }
    facts.push_back(evidence("node", "takes new jobs", "", m_fleet.nodes[m_node].closed ? "no" : "yes", "no", m_fleet.nodes[m_node].closed, clock));
    const bool drained = idle && m_fleet.nodes[m_node].closed;
    finish(drained ? StepState::succeeded : StepState::failed, drained ? "drained: read back from the model" : "the model's node is not drained", std::move(facts), clock, out);
}

void NodeSteps::inspect(const Clock& clock, const Out& out) {
    std::vector<Evidence> facts;
    bool good = true;
    for (const ModelGpu& gpu : m_fleet.nodes[m_node].gpus) {
        const bool healthy = gpu.remapPending == 0 && gpu.remapFailed == 0 && gpu.eccUncorrected == 0 && gpu.nvlinksUp == gpu.nvlinks;
        facts.push_back(evidence(gpu.identity.uuid, "faults of the model", "", healthy ? "none" : "row remap, ECC or NVLink", "none", healthy, clock));
        good = good && healthy;
    }
    finish(good ? StepState::succeeded : StepState::failed, good ? "each GPU of the model passed" : "a GPU of the model has a fault", std::move(facts), clock, out);
}

void NodeSteps::reopen(const Clock& clock, const Out& out) {
    ModelNode& node = m_fleet.nodes[m_node];
    const char* before = node.closed ? "no" : "yes";
    node.closed = false;
    finish(StepState::succeeded, "the model starts jobs on this node again", {evidence("node", "takes new jobs", before, "yes", "yes", true, clock)}, clock, out);
}

} // namespace busbar::replay
