#include "busbar-replay/link/node_stream.h"

#include "base/ids.h"

#include <algorithm>

namespace busbar::replay {

NodeStream::NodeStream(SourceModel& source, std::uint32_t node, const std::string& site, Dial dial, Down down, Sign sign, const Clock& clock)
    : m_source(source), m_node(node), m_id(site + "/" + source.fleet().nodes[node].name), m_instance(randomHex(12)), m_clock(clock), m_steps(source.fleet(), node, m_id),
      m_link(handlers(std::move(dial), std::move(down)), 1'000) {
    m_out.progress = [this](const StepProgress& progress) { m_link.send(progress); };
    m_out.report = [this](const StepReport& report) { m_link.send(report); };
    m_out.sign = std::move(sign);
}

transport::AgentLinkHandlers NodeStream::handlers(Dial dial, Down down) {
    transport::AgentLinkHandlers handlers;
    handlers.dial = std::move(dial);
    handlers.hello = [this] { return hello(); };
    handlers.welcome = [this](const AgentWelcome& welcome) {
        m_periodMs = welcome.sampleMs;
        m_fresh = true;
    };
    handlers.command = [this](StepCommand command) {
        const std::lock_guard lock(m_mutex);
        m_inbox.push_back([this, command = std::move(command)] { m_steps.submit(command, m_clock, m_out); });
    };
    handlers.cancel = [this](const std::string& id, std::uint64_t term) {
        const std::lock_guard lock(m_mutex);
        m_inbox.push_back([this, id, term] { m_steps.cancel(id, term, m_clock, m_out); });
    };
    handlers.sampling = [this](int milliseconds) { m_periodMs = milliseconds; };
    handlers.notice = [](const std::string&) {};
    handlers.down = std::move(down);
    return handlers;
}

AgentHello NodeStream::hello() const {
    const ModelNode& node = m_source.fleet().nodes[m_node];
    AgentHello hello;
    hello.nodeId = m_id;
    hello.instanceId = m_instance;
    hello.agentVersion = "busbar-replay " BUSBAR_VERSION;
    hello.source = m_source.source();
    hello.place = node.place;
    for (const ModelGpu& gpu : node.gpus) hello.inventory.gpus.push_back(gpu.identity);
    hello.inventory.driver = m_source.driver();
    hello.inventory.driverPresent = true;
    hello.inventory.hostname = node.name;
    hello.inventory.serial = "model-" + node.name;
    hello.inventory.machineId = "model-" + node.name;
    hello.inventory.bootId = "model-" + node.name; // A model never reboots.
    hello.inventory.provenance = m_source.provenance(m_node);
    hello.inventory.unsupported = m_source.unsupported(m_node);
    hello.policy = {true, true};
    hello.highestTerm = m_steps.highestTerm();
    hello.journal = m_steps.finished();
    return hello;
}

void NodeStream::send(FleetEvent event) {
    event.nodeId = m_id;
    m_link.send(event);
}

void NodeStream::takeCommands() {
    std::vector<std::function<void()>> inbox;
    {
        const std::lock_guard lock(m_mutex);
        inbox.swap(m_inbox);
    }
    for (const auto& take : inbox) take();
}

void NodeStream::turn(std::int64_t nowBootMs, std::int64_t nowWallMs) {
    if (nowBootMs < m_source.fleet().nodes[m_node].silentUntilMs) return; // As a program that stalls: it does not dial again either.
    m_link.poll(nowBootMs);
    takeCommands();
    if (m_steps.busy() && nowBootMs >= m_nextTick) {
        m_nextTick = nowBootMs + 1'000;
        m_steps.tick(m_clock, m_out);
    }
    if (!m_link.connected() || nowBootMs < m_nextSample) return;
    m_nextSample = m_nextSample == 0 ? nowBootMs + m_node % 10 * 100 : std::max(nowBootMs, m_nextSample + m_periodMs);
    sendSample(nowWallMs);
}

void NodeStream::sendSample(std::int64_t nowWallMs) {
    ModelNode& node = m_source.fleet().nodes[m_node];
    TelemetryFrame frame;
    frame.observedWallMs = nowWallMs;
    frame.columns = m_source.columns(m_node, nowWallMs);
    if (m_fresh.exchange(false) || node.changed) {
        node.changed = false;
        frame.processes = m_source.fleet().processesOn(m_node);
        frame.gpuLeases.emplace();
        m_source.fleet().leasesOn(m_node, *frame.gpuLeases, frame.newLeases);
    }
    m_link.send(frame);
}

} // namespace busbar::replay
