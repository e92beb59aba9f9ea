#include "busbar-controller/server.h"

#include "busbar-controller/fanout/publisher.h"
#include "busbar-controller/history/history_window.h"
#include "busbar-controller/ingest/agent_ingest.h"
#include "busbar-controller/ingest/fleet_table.h"
#include "busbar-controller/services/agent_link_service.h"
#include "busbar-controller/services/fleet_service.h"
#include "busbar-controller/services/listener.h"
#include "busbar-controller/services/peer.h"
#include "busbar-controller/services/status_of.h"
#include "busbar-controller/services/watch_encoder.h"
#include "busbar-controller/state/state_store.h"

#include <absl/strings/str_join.h>
#include <grpcpp/impl/codegen/service_type.h>
#include <spdlog/spdlog.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace busbar::controller {
namespace {

constexpr std::chrono::milliseconds kTick(250);
constexpr std::int64_t kHistoryPeriodMs = 1000;

Status seedRoles(StateStore& store, const Config& config) {
    for (const auto& [user, roles] : config.roles) {
        std::vector<std::string> words;
        for (const Role role : roles) words.emplace_back(toString(role));
        const Status status = store.commit({{{"/roles/" + user, 0}}, {{"/roles/" + user, absl::StrJoin(words, ",")}}, {}}).status();
        // Aborted: the store has roles of that user already, and those count.
        if (!status.ok() && !absl::IsAborted(status)) return status;
    }
    return absl::OkStatus();
}

Service storedService(StateStore& store, const std::string& nodeId) {
    const StatusOr<NodeId> id = NodeId::parse(nodeId);
    if (!id.ok()) return Service::open;
    const StatusOr<Entry> entry = store.get("/nodes/" + id->name + "/service");
    return entry.ok() ? parseService(entry->value).value_or(Service::open) : Service::open;
}

} // namespace

struct ControllerServer::Parts {
    Parts(const Config& config, const Clock& theClock, std::unique_ptr<StateStore> theStore)
        : clock(theClock), store(std::move(theStore)),
          table(clock, {config.site, [this](const std::string& nodeId) { return storedService(*store, nodeId); }, nullptr}),
          ingest(clock, table, config.site, store->fencingTerm()),
          publisher(clock, table, encodeFrames, [this](const std::string& nodeId, bool watched) {
              ingest.setSampling(nodeId, watched ? kWatchedSampleMs : AgentIngest::kDefaultSampleMs);
          }) {
        ingest.setTouched([this](const std::string& nodeId) { publisher.touched(nodeId); });
    }

    void tick() {
        ingest.tick();
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
    FleetTable table;
    HistoryWindow history;
    AgentIngest ingest;
    Publisher publisher;
    std::int64_t lastHistoryMs = 0;
    std::unique_ptr<Listener> listener;
    std::mutex mutex;
    std::condition_variable wake;
    bool stopping = false;
    std::thread ticker;
};

StatusOr<std::unique_ptr<ControllerServer>> ControllerServer::start(const Config& config, const Clock& clock) {
    StatusOr<std::unique_ptr<StateStore>> store = openSqliteStore(config.statePath, clock);
    if (!store.ok()) return store.status();
    if (const Status status = seedRoles(**store, config); !status.ok()) return status;
    auto parts = std::make_unique<Parts>(config, clock, *std::move(store));

    const AccessCheck access = [](const grpc::AuthContext& context, Right) {
        const StatusOr<Peer> peer = peerOf(context);
        if (!peer.ok()) return peer.status();
        if (peer->kind != PeerKind::user) return denied("{} is not a user: only users may look at the fleet", peer->uri);
        return absl::OkStatus();
    };
    std::vector<std::unique_ptr<grpc::Service>> services;
    services.push_back(makeAgentLinkService(parts->ingest));
    services.push_back(makeFleetService({parts->table, parts->publisher, parts->history, access}));
    StatusOr<std::unique_ptr<Listener>> listener = Listener::open(config, std::move(services));
    if (!listener.ok()) return listener.status();
    parts->listener = *std::move(listener);
    Parts* running = parts.get();
    parts->ticker = std::thread([running] { running->run(); });
    return std::unique_ptr<ControllerServer>(new ControllerServer(std::move(parts)));
}

ControllerServer::ControllerServer(std::unique_ptr<Parts> parts) : m_parts(std::move(parts)) {}

ControllerServer::~ControllerServer() {
    m_parts->ingest.endAll(unavailable("the controller is stopping"));
    m_parts->listener.reset();
    {
        const std::lock_guard lock(m_parts->mutex);
        m_parts->stopping = true;
    }
    m_parts->wake.notify_all();
    m_parts->ticker.join();
}

const std::string& ControllerServer::address() const { return m_parts->listener->address(); }
FleetTable& ControllerServer::fleet() { return m_parts->table; }
AgentIngest& ControllerServer::ingest() { return m_parts->ingest; }
StateStore& ControllerServer::store() { return *m_parts->store; }
Publisher& ControllerServer::publisher() { return m_parts->publisher; }
void ControllerServer::tick() { m_parts->tick(); }

} // namespace busbar::controller
