#include "busbar-controller/server.h"

#include "busbar-controller/auth/authorizer.h"
#include "busbar-controller/auth/stream_book.h"
#include "busbar-controller/auth/token_book.h"
#include "busbar-controller/fanout/publisher.h"
#include "busbar-controller/health/thresholds.h"
#include "busbar-controller/health/xid_judge.h"
#include "busbar-controller/history/history_window.h"
#include "busbar-controller/ingest/agent_ingest.h"
#include "busbar-controller/ingest/fleet_table.h"
#include "busbar-controller/reconcile/engine.h"
#include "busbar-controller/services/access_service.h"
#include "busbar-controller/services/actions_service.h"
#include "busbar-controller/services/agent_link_service.h"
#include "busbar-controller/services/enrolment_service.h"
#include "busbar-controller/services/fact_book.h"
#include "busbar-controller/services/fleet_service.h"
#include "busbar-controller/services/listener.h"
#include "busbar-controller/services/node_registry.h"
#include "busbar-controller/services/watch_encoder.h"
#include "busbar-controller/state/action_records.h"
#include "busbar-controller/state/state_store.h"
#include "busbar-controller/state/term_book.h"
#include "transport/credentials.h"
#include "transport/evidence.h"
#include "transport/pki.h"
#include "transport/x509.h"

#include <spdlog/spdlog.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace busbar::controller {
namespace {

constexpr std::chrono::milliseconds kTick(250);
constexpr std::int64_t kHistoryPeriodMs = 1000;

EngineOptions engineOptions(const Config& config, std::shared_ptr<const HealthTables> health, std::shared_ptr<const Thresholds> thresholds, std::function<StatusOr<std::string>(const std::string&, const StepReport&)> originOf) {
    EngineOptions options;
    options.site = config.site;
    options.approval = config.approval;
    const auto size = [](std::int64_t value) { return static_cast<std::size_t>(value); };
    options.maxConcurrent = size(config.pace.concurrent);
    options.maxPerPdu = size(config.pace.perPdu);
    options.maxPerLeaf = size(config.pace.perLeaf);
    options.approvalNodes = size(config.pace.approvalNodes);
    options.baseline = {config.baselineDriver, config.baselineVbios};
    options.waveNodes = size(config.pace.wavesFromNodes);
    options.firstWaveNodes = size(config.pace.firstWaveNodes);
    options.wavePercent = size(config.pace.secondWavePercent);
    options.breakerFailures = size(config.pace.breakerFailures);
    options.breakerPercent = size(config.pace.breakerPercent);
    options.siteBreakerPercent = size(config.pace.sitePercent);
    options.siteBreakerNodes = size(config.pace.siteNodes);
    options.siteBreakerMs = config.pace.siteMinutes * 60'000;
    options.leaseGraceMs = config.leaseGraceMinutes * 60'000;
    options.leaseEndPolicy = config.leaseEndPolicy;
    options.signerOf = std::move(originOf);
    options.thresholds = [health = std::move(health), thresholds = std::move(thresholds)](const NodeStatus& node, std::vector<TestFigure>& figures) {
        for (TestFigure& figure : figures) {
            judgeXid(*health, figure);
            for (std::size_t slot = 0; slot < node.gpus.size(); ++slot)
                if (figure.subject.starts_with(node.gpus[slot].uuid)) thresholds->apply({node.gpus[slot].model, slot < node.gpuPowerLimitW.size() ? node.gpuPowerLimitW[slot] : kNotRead}, figure);
        }
    };
    return options;
}

Service storedService(StateStore& store, const std::string& nodeId) {
    const StatusOr<NodeId> id = NodeId::parse(nodeId);
    if (!id.ok()) return Service::open;
    const StatusOr<Entry> entry = store.get(serviceKey(id->name));
    if (!entry.ok()) return Service::open;
    const StatusOr<ServiceRecord> record = decodeService(*entry);
    return record.ok() ? record->service : Service::unknown;
}

/// The files are good, and the certificate is one of a controller of this site: agents and consoles would refuse any other.
Status checkCertificate(const Config& config) {
    if (const Status status = transport::checkFiles({config.ca, config.cert, config.key}); !status.ok()) return status;
    const StatusOr<std::string> pem = transport::readFile(config.cert);
    if (!pem.ok()) return pem.status();
    const auto facts = transport::readCertificate(*pem);
    if (!facts.ok()) return facts.status();
    const auto identity = transport::identityOf(facts->uris);
    if (!identity.ok()) return invalid("{}: {}", config.cert, sentenceOf(identity.status()));
    if (identity->kind == transport::PeerKind::controller && identity->site == config.site) return absl::OkStatus();
    return refused("{} is the certificate of {}, not of a controller of site {}: issue one with busbarctl pki issue controller {}/{}", config.cert, identity->uri(), config.site, config.site, config.name);
}

} // namespace

struct ControllerServer::Parts {
    Parts(const Config& config, const Clock& theClock, std::unique_ptr<StateStore> theStore, const std::shared_ptr<const HealthTables>& health, std::shared_ptr<const Thresholds> thresholds, std::uint64_t firstTerm)
        : clock(theClock), store(std::move(theStore)), terms(*store), authorizer(*store, config.site), tokens(*store, clock), registry(*store, clock), facts(*store),
          table(clock, {config.site, [this](const std::string& nodeId) { return storedService(*store, nodeId); }, health, config.newNodesReady ? NodeState::ready : NodeState::discovered, true}),
          ingest(clock, table, config.site, firstTerm, [this](std::uint64_t term) { return terms.isOurs(term); }),
          publisher(clock, table, encodeFrames, [this](const std::string& nodeId, bool watched) {
              ingest.setSampling(nodeId, watched ? kWatchedSampleMs : AgentIngest::kDefaultSampleMs);
          }),
          signer({config.ca, config.cert, config.key}), rootFile(config.ca),
          engine(*store, table, ingest, table, clock, engineOptions(config, health, std::move(thresholds), [this](const std::string& nodeId, const StepReport& report) { return signerOf(nodeId, report); })) {
        ingest.setEvents(&engine);
        ingest.setTouched([this](const std::string& nodeId) { publisher.touched(nodeId); });
        ingest.setAdmit([this](const transport::Identity& identity) { return authorizer.revocations().check(identity); });
        ingest.setRemember([this](const AgentHello& hello, bool behindGateway) { registry.note(hello, behindGateway); });
    }

    /// Above the term that agents have seen of another controller.
    StatusOr<std::pair<std::uint64_t, std::size_t>> adopt(std::uint64_t seen, const AuditNote& note) {
        if (Status raised = store->raiseFencingTerm(std::max(seen / kTermsPerStart, store->fencingTerm()) + 1, note); !raised.ok()) return raised;
        if (Status known = terms.adopt(seen); !known.ok()) return known;
        const auto first = terms.begin();
        if (!first.ok()) return first.status();
        spdlog::warn("adopted by {}: this controller rules with term {}", note.who, *first);
        return std::pair(*first, ingest.adopt(*first));
    }

    /// The rule for a report at arrival (design.md §9): signed by the very identity of the node's stream, with a certificate of this CA that
    /// was valid then and is not revoked. There is no exception for agents of before signatures.
    StatusOr<std::string> signerOf(const std::string& nodeId, const StepReport& report) const {
        if (report.origin.empty()) return absl::UnauthenticatedError("it is not signed: install an agent of this controller's version");
        const auto roots = transport::readFile(rootFile); // Read anew, as TLS does it.
        if (!roots.ok()) return roots.status();
        const auto origin = transport::verifyReport(nodeId, report, *roots);
        if (!origin.ok()) return origin.status();
        const auto node = table.node(nodeId);
        if (const Status may = checkAgent(*origin, authorizer.site(), nodeId, node ? node->source : Source::unknown); !may.ok()) return may;
        if (const Status counts = authorizer.revocations().check(*origin); !counts.ok()) return counts;
        const std::string peer = ingest.peerOf(nodeId);
        if (!peer.empty() && peer != origin->uri()) return absl::UnauthenticatedError(fmt::format("it is signed by {}, it came from {}", origin->uri(), peer));
        return origin->uri();
    }

    void tick() {
        ingest.tick();
        streams.endExpired(clock.wallMs());
        const auto isConnected = [this](const std::string& name) {
            const auto there = table.presence(name);
            return there && there->link == Link::connected;
        };
        if (const Status status = registry.flush(isConnected); !status.ok()) spdlog::error("nodes are not remembered: {}", sentenceOf(status));
        if (const Status status = facts.flush(table); !status.ok()) spdlog::error("changes of facts are not kept: {}", sentenceOf(status));
        const std::int64_t now = clock.bootMs();
        if (now - lastHistoryMs < kHistoryPeriodMs) return;
        // Keeps to the second, whatever the tick's own delay.
        lastHistoryMs = now - lastHistoryMs < 2 * kHistoryPeriodMs ? lastHistoryMs + kHistoryPeriodMs : now;
        table.read([&](const FleetState& state) { history.sample(state, clock.wallMs(), now); });
        history.fold();
    }

    void run() {
        std::unique_lock lock(mutex);
        while (!wake.wait_for(lock, kTick, [this] { return stopping; })) {
            lock.unlock();
            tick();
            lock.lock();
        }
    }

    const Clock& clock;
    std::unique_ptr<StateStore> store;
    TermBook terms;
    Authorizer authorizer;
    TokenBook tokens;
    StreamBook streams;
    NodeRegistry registry;
    FactBook facts;
    FleetTable table;
    HistoryWindow history;
    AgentIngest ingest;
    Publisher publisher;
    transport::Signer signer;
    const std::string rootFile;
    Engine engine;
    std::int64_t lastHistoryMs = 0;
    std::unique_ptr<Listener> listener, enrolment;
    std::mutex mutex;
    std::condition_variable wake;
    bool stopping = false;
    std::thread ticker;
};

/// The enrolment port, when configured: server-authenticated TLS, since a new node has no certificate yet.
Status ControllerServer::openEnrolment(Parts& parts, const Config& config, const std::string& rootPem) {
    if (config.enrolListen.empty()) return absl::OkStatus();
    const StatusOr<std::string> certificate = transport::readFile(config.siteCaCert);
    if (!certificate.ok()) return certificate.status();
    const StatusOr<std::string> key = transport::readFile(config.siteCaKey);
    if (!key.ok()) return key.status();
    const StatusOr<std::string> own = transport::readFile(config.cert);
    if (!own.ok()) return own.status();
    if (!transport::chainShows(*own, rootPem))
        return refused("`enrol_listen`: {} has to hold its chain up to the root in {}, whose hash a new node's token pins; append the root to it", config.cert, config.ca);
    auto credentials = transport::enrolmentServerCredentials({config.ca, config.cert, config.key});
    if (!credentials.ok()) return credentials.status();
    std::vector<std::unique_ptr<grpc::Service>> services;
    services.push_back(makeEnrolmentService(parts.tokens, *parts.store, parts.clock, {config.site, {*certificate, *key}, rootPem}));
    auto listener = Listener::open(config.enrolListen, *credentials, std::move(services));
    if (!listener.ok()) return listener.status();
    parts.enrolment = *std::move(listener);
    spdlog::info("enrolment on {}", parts.enrolment->address());
    return absl::OkStatus();
}

Status ControllerServer::openPort(Parts& parts, const Config& config, const std::string& rootPem) {
    auto credentials = transport::serverCredentials({config.ca, config.cert, config.key});
    if (!credentials.ok()) return credentials.status();
    std::vector<std::unique_ptr<grpc::Service>> services;
    services.push_back(makeAgentLinkService(parts.ingest));
    services.push_back(makeFleetService({parts.table, parts.publisher, parts.history, parts.authorizer, parts.streams}));
    services.push_back(makeActionsService({parts.engine, *parts.store, parts.authorizer, parts.streams, parts.signer, parts.clock}));
    const std::string enrolAddress = parts.enrolment ? parts.enrolment->address() : "";
    const auto endStreams = [&parts](const std::string& serial, const Status& why) { return parts.streams.endCertificate(serial, why) + parts.ingest.endCertificate(serial, why); };
    const auto checkAdopt = [&parts](std::uint64_t term) { return parts.ingest.checkAdopt(term); };
    const auto adopt = [&parts](std::uint64_t term, const AuditNote& note) { return parts.adopt(term, note); };
    services.push_back(makeAccessService({parts.authorizer, parts.tokens, *parts.store, parts.clock, endStreams, checkAdopt, adopt, enrolAddress, rootPem}));
    auto listener = Listener::open(config.listen, *credentials, std::move(services));
    if (!listener.ok()) return listener.status();
    parts.listener = *std::move(listener);
    return absl::OkStatus();
}

StatusOr<std::unique_ptr<ControllerServer>> ControllerServer::start(const Config& config, const Clock& clock) {
    // Before the store is touched: its fencing term rises with each start.
    if (const Status status = checkCertificate(config); !status.ok()) return status;
    const StatusOr<std::string> rootPem = transport::readFile(config.ca);
    if (!rootPem.ok()) return rootPem.status();
    auto health = config.healthPath.empty() ? HealthTables::builtIn() : HealthTables::withSiteFile(config.healthPath);
    if (!health.ok()) return health.status();
    auto thresholds = config.thresholdsPath.empty() ? Thresholds::builtIn() : Thresholds::withSiteFile(config.thresholdsPath);
    if (!thresholds.ok()) return thresholds.status();
    StatusOr<std::unique_ptr<StateStore>> store = openSqliteStore(config.statePath, clock);
    if (!store.ok()) return store.status();
    const auto firstTerm = TermBook(**store).begin();
    if (!firstTerm.ok()) return firstTerm.status();
    auto parts = std::make_unique<Parts>(config, clock, *std::move(store), *health, *std::move(thresholds), *firstTerm);
    if (const Status status = parts->authorizer.seedRoles(config.roles); !status.ok()) return status;
    if (const Status status = parts->facts.load(parts->table); !status.ok()) return status;
    if (const Status status = parts->registry.load(parts->table); !status.ok()) return status;
    // Before any agent: its first words may be the report of a step that was under way.
    if (const Status status = parts->engine.start(); !status.ok()) return status;
    if (const Status status = openEnrolment(*parts, config, *rootPem); !status.ok()) return status;
    if (const Status status = openPort(*parts, config, *rootPem); !status.ok()) return status;
    Parts* running = parts.get();
    parts->ticker = std::thread([running] { running->run(); });
    return std::unique_ptr<ControllerServer>(new ControllerServer(std::move(parts)));
}

ControllerServer::ControllerServer(std::unique_ptr<Parts> parts) : m_parts(std::move(parts)) {}

ControllerServer::~ControllerServer() {
    m_parts->ingest.endAll(unavailable("the controller is stopping"));
    m_parts->listener.reset();
    m_parts->enrolment.reset();
    m_parts->engine.stop();
    {
        const std::lock_guard lock(m_parts->mutex);
        m_parts->stopping = true;
    }
    m_parts->wake.notify_all();
    m_parts->ticker.join();
    if (const Status status = m_parts->facts.flush(m_parts->table); !status.ok()) spdlog::error("changes of facts are not kept: {}", sentenceOf(status));
}

const std::string& ControllerServer::address() const { return m_parts->listener->address(); }
std::string ControllerServer::enrolAddress() const { return m_parts->enrolment ? m_parts->enrolment->address() : ""; }
FleetTable& ControllerServer::fleet() { return m_parts->table; }
AgentIngest& ControllerServer::ingest() { return m_parts->ingest; }
StateStore& ControllerServer::store() { return *m_parts->store; }
Engine& ControllerServer::engine() { return m_parts->engine; }
Publisher& ControllerServer::publisher() { return m_parts->publisher; }
void ControllerServer::tick() { m_parts->tick(); }

} // namespace busbar::controller
