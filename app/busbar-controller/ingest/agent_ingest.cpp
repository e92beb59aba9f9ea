#include "busbar-controller/ingest/agent_ingest.h"

#include "busbar-controller/auth/authorizer.h"

#include <algorithm>

namespace busbar::controller {

AgentIngest::AgentIngest(const Clock& clock, FleetTable& table, std::string site, std::uint64_t firstTerm, std::function<bool(std::uint64_t)> isOurs)
    : m_clock(clock), m_table(table), m_site(std::move(site)), m_isOurs(std::move(isOurs)), m_firstTerm(firstTerm) {}

Status AgentIngest::checkHello(const AgentPeer& peer, const AgentHello& hello) const {
    if (hello.protocol != kAgentProtocol)
        return refused("{} speaks agent protocol {}, this controller speaks {}: install a matching busbar-agent", hello.nodeId, hello.protocol, kAgentProtocol);
    if (const Status status = checkAgent(peer.identity, m_site, hello.nodeId, hello.source); !status.ok()) return status;
    if (hello.source == Source::unknown) return invalid("{} does not say its source (live, replayed or simulated)", hello.nodeId);
    if (hello.inventory.gpus.size() > kMaxGpusPerNode) return invalid("{} declares {} GPUs, at most {} are taken", hello.nodeId, hello.inventory.gpus.size(), kMaxGpusPerNode);
    if (hello.source == Source::live && !hello.leases.empty()) return invalid("{} is live and brings leases: only recordings and models may", hello.nodeId);
    return absl::OkStatus();
}

void AgentIngest::alarm(const std::string& nodeId, const std::string& text) {
    FleetEvent event;
    event.wallMs = m_clock.wallMs();
    event.nodeId = nodeId;
    event.kind = EventKind::agent;
    event.severity = 3;
    event.text = text;
    m_table.addEvent(event);
}

/// Another machine with the name of one that is there, or went only just now, is refused; a lost node may come back on other hardware, which is told.
Status AgentIngest::checkSerial(const std::string& name, const AgentHello& hello, const AgentPeer& peer) {
    const auto known = m_table.presence(name);
    if (!known || known->link == Link::lost || known->link == Link::unknown || known->serial == hello.inventory.serial) return absl::OkStatus();
    const std::string& serial = known->serial;
    std::shared_ptr<AgentSession> there;
    {
        const std::lock_guard lock(m_mutex);
        if (const auto live = m_live.find(hello.nodeId); live != m_live.end()) there = live->second.session.lock();
    }
    const std::string text = fmt::format("a second machine (serial {}, from {}) says that it is {}, which is serial {}: it was refused", hello.inventory.serial,
                                         peer.address, hello.nodeId, serial);
    alarm(hello.nodeId, text);
    if (there) there->sendNotice(text);
    const std::string where = there ? "is connected from" : "was connected just now from";
    return absl::AlreadyExistsError(fmt::format("{} {} a machine with serial {}, yours is {}: give this machine its own name and certificate",
                                                hello.nodeId, where, serial, hello.inventory.serial));
}

StatusOr<AgentIngest::Admission> AgentIngest::open(const AgentPeer& peer, const AgentHello& hello, std::weak_ptr<AgentSession> session) {
    if (const Status status = checkHello(peer, hello); !status.ok()) return status;
    if (m_admit)
        if (const Status status = m_admit(peer.identity); !status.ok()) return status;
    const std::string name = NodeId::parse(hello.nodeId)->name;
    if (const Status status = checkSerial(name, hello, peer); !status.ok()) return status;
    const StatusOr<std::uint32_t> node = m_table.applyHello(hello);
    if (!node.ok()) return node.status();

    std::shared_ptr<AgentSession> older;
    Admission admission;
    const bool isForeign = !m_isOurs(hello.highestTerm);
    std::uint64_t own = 0;
    {
        const std::lock_guard lock(m_mutex);
        Live& live = m_live[hello.nodeId];
        older = live.session.lock();
        if (older) ++m_takeovers;
        own = m_firstTerm + m_takeovers;
        // A term that is not below the agent's would be obeyed: an agent of another controller gets none.
        live = {std::move(session), ++m_lastNumber, isForeign && own >= hello.highestTerm ? 0 : own, peer.identity.serial, peer.identity.uri(), peer.identity.notAfterWallMs};
        admission.ticket = {*node, live.number, hello.nodeId, hello.inventory.gpus.size()};
        admission.welcome.term = live.term;
        if (isForeign) m_seenTerm = std::max(m_seenTerm, hello.highestTerm);
        const auto sampling = m_sampling.find(hello.nodeId);
        admission.welcome.sampleMs = sampling == m_sampling.end() ? kDefaultSampleMs : sampling->second;
    }
    admission.welcome.controllerWallMs = m_clock.wallMs();
    if (m_remember) m_remember(hello, peer.identity.kind == transport::PeerKind::gateway);
    if (older) older->end(refused("superseded: {} opened a newer session from {}", hello.nodeId, peer.address));
    if (isForeign) alarmOfTerm(hello, own);
    return admission;
}

void AgentIngest::alarmOfTerm(const AgentHello& hello, std::uint64_t own) {
    alarm(hello.nodeId, fmt::format("the agent has seen term {}, this controller is at {} and has never had that one: the agent takes no commands of it (a restored backup or a second controller); "
                                    "stop the other controller, then `busbarctl adopt --site {} --term {}` lets this one rule",
                                    hello.highestTerm, own, m_site, hello.highestTerm));
}

void AgentIngest::opened(const Ticket& ticket, const AgentHello& hello) {
    const std::lock_guard lock(m_mutex); // So that the engine hears of a session and of its loss in the order in which they were.
    if (m_events == nullptr || !isCurrentLocked(ticket)) return;
    // An agent writes the term of its first Welcome into its journal; recordings and models keep none.
    const bool keepsJournal = hello.source != Source::replayed && hello.inventory.driver != "model";
    m_events->onAgentConnected({ticket.nodeId, hello.inventory.bootId, hello.inventory.machineId, hello.inventory.gpus, hello.journal, keepsJournal && hello.highestTerm == 0});
}

bool AgentIngest::isCurrentLocked(const Ticket& ticket) const {
    const auto live = m_live.find(ticket.nodeId);
    return live != m_live.end() && live->second.number == ticket.number;
}

bool AgentIngest::isCurrent(const Ticket& ticket) const {
    const std::lock_guard lock(m_mutex);
    return isCurrentLocked(ticket);
}

void AgentIngest::telemetry(const Ticket& ticket, const TelemetryFrame& frame) {
    if (!isCurrent(ticket)) return;
    m_table.applyTelemetry(ticket.node, frame);
    if (m_touched) m_touched(ticket.nodeId);
}

void AgentIngest::event(const Ticket& ticket, const FleetEvent& event) {
    if (isCurrent(ticket)) m_table.applyAgentEvent(ticket.node, event);
}

void AgentIngest::inventory(Ticket& ticket, const Inventory& inventory) {
    if (!isCurrent(ticket)) return;
    m_table.applyInventory(ticket.node, inventory);
    ticket.gpus = inventory.gpus.size();
}

void AgentIngest::progress(const Ticket& ticket, const StepProgress& progress) {
    if (!isCurrent(ticket)) return;
    m_table.heard(ticket.node);
    if (m_events != nullptr) m_events->onProgress(ticket.nodeId, progress);
}

void AgentIngest::report(const Ticket& ticket, const StepReport& report) {
    if (!isCurrent(ticket)) return;
    m_table.heard(ticket.node);
    if (m_events != nullptr) m_events->onReport(ticket.nodeId, report);
}

void AgentIngest::refuseMessage(const Ticket& ticket, const std::string& why) {
    if (isCurrent(ticket)) m_table.refuseMessage(ticket.node, why);
}

void AgentIngest::close(const Ticket& ticket, const std::string& why) {
    {
        const std::lock_guard lock(m_mutex);
        const auto live = m_live.find(ticket.nodeId);
        if (live == m_live.end() || live->second.number != ticket.number) return;
        m_live.erase(live);
    }
    m_table.closed(ticket.node, why);
}

StatusOr<std::pair<std::shared_ptr<AgentSession>, std::uint64_t>> AgentIngest::sessionOf(const std::string& nodeId) const {
    const std::lock_guard lock(m_mutex);
    const auto live = m_live.find(nodeId);
    std::shared_ptr<AgentSession> session = live == m_live.end() ? nullptr : live->second.session.lock();
    if (!session) return unavailable("the agent of {} is not connected", nodeId);
    return std::pair(std::move(session), live->second.term);
}

Status AgentIngest::send(const StepCommand& command) {
    const auto session = sessionOf(command.nodeId);
    if (!session.ok()) return session.status();
    StepCommand stamped = command;
    stamped.term = session->second;
    return session->first->sendCommand(stamped);
}

Status AgentIngest::cancel(const std::string& nodeId, const std::string& commandId) {
    const auto session = sessionOf(nodeId);
    if (!session.ok()) return session.status();
    return session->first->sendCancel(commandId, session->second);
}

void AgentIngest::setSampling(const std::string& nodeId, int sampleMs) {
    {
        const std::lock_guard lock(m_mutex);
        if (sampleMs == kDefaultSampleMs)
            m_sampling.erase(nodeId);
        else
            m_sampling[nodeId] = sampleMs;
    }
    if (const auto session = sessionOf(nodeId); session.ok()) session->first->sendSampling(sampleMs);
}

void AgentIngest::tick() {
    std::uint64_t lastBefore = 0;
    {
        const std::lock_guard lock(m_mutex);
        lastBefore = m_lastNumber;
    }
    for (const std::string& nodeId : m_table.tick()) lose(nodeId, lastBefore);
    endExpired();
}

/// A silent agent's stream ends with its loss, so that an agent that only stalled dials again: its Hello is what the engine goes on by.
void AgentIngest::lose(const std::string& nodeId, std::uint64_t lastBefore) {
    std::shared_ptr<AgentSession> silent;
    {
        const std::lock_guard lock(m_mutex);
        const auto live = m_live.find(nodeId);
        if (live != m_live.end() && live->second.number > lastBefore) return; // Back already: its Hello came after the look at the clock.
        if (live != m_live.end()) {
            silent = live->second.session.lock();
            m_live.erase(live);
        }
        if (m_events != nullptr) m_events->onAgentLost(nodeId);
    }
    if (silent) silent->end(unavailable("{} was silent for {} s and counts as lost: connect again", nodeId, kAgentLostAfterMs / 1000));
}

std::vector<std::pair<std::string, std::shared_ptr<AgentSession>>> AgentIngest::sessionsWhere(const std::function<bool(const Live&)>& which) const {
    const std::lock_guard lock(m_mutex);
    std::vector<std::pair<std::string, std::shared_ptr<AgentSession>>> found;
    for (const auto& [nodeId, live] : m_live)
        if (which(live))
            if (std::shared_ptr<AgentSession> session = live.session.lock()) found.emplace_back(nodeId, std::move(session));
    return found;
}

/// A certificate counts to its last second, also on a stream that was opened before.
void AgentIngest::endExpired() {
    const std::int64_t now = m_clock.wallMs();
    for (const auto& [nodeId, session] : sessionsWhere([now](const Live& live) { return live.notAfterWallMs > 0 && live.notAfterWallMs <= now; }))
        session->end(absl::UnauthenticatedError(fmt::format("the certificate of {} has expired: issue a new one", nodeId)));
}

std::size_t AgentIngest::endCertificate(const std::string& certificateSerial, const Status& why) {
    const auto sessions = sessionsWhere([&](const Live& live) { return live.certificateSerial == certificateSerial; });
    for (const auto& [nodeId, session] : sessions) session->end(why);
    return sessions.size();
}

Status AgentIngest::checkAdopt(std::uint64_t seen) const {
    const std::lock_guard lock(m_mutex);
    if (m_seenTerm == 0) return refused("there is nothing to adopt: no agent of site {} has told of another controller's term, this one is at {}", m_site, m_firstTerm + m_takeovers);
    if (seen != m_seenTerm) return refused("the highest term that an agent of site {} has seen is {}, not {}: read the alarm, stop the controller it tells of, then give that term", m_site, m_seenTerm, seen);
    return absl::OkStatus();
}

std::size_t AgentIngest::adopt(std::uint64_t firstTerm) {
    {
        const std::lock_guard lock(m_mutex);
        m_firstTerm = firstTerm;
        m_takeovers = m_seenTerm = 0;
    }
    const auto sessions = sessionsWhere([](const Live&) { return true; });
    for (const auto& [nodeId, session] : sessions) session->end(unavailable("this controller adopted term {}: connect again", firstTerm));
    return sessions.size();
}

std::string AgentIngest::peerOf(const std::string& nodeId) const {
    const std::lock_guard lock(m_mutex);
    const auto live = m_live.find(nodeId);
    return live == m_live.end() ? std::string() : live->second.identity;
}

std::size_t AgentIngest::sessionCount() const {
    const std::lock_guard lock(m_mutex);
    return m_live.size();
}

void AgentIngest::endAll(const Status& why) {
    for (const auto& [nodeId, session] : sessionsWhere([](const Live&) { return true; })) session->end(why);
}

} // namespace busbar::controller
