#include "session/site_link.h"

#include "busbar/v1/actions.grpc.pb.h"
#include "busbar/v1/fleet.grpc.pb.h"
#include "session/link_state.h"
#include "session/read_stream.h"
#include "store/fleet_store.h"
#include "transport/backoff.h"
#include "transport/channel.h"
#include "transport/credentials.h"
#include "transport/diagnose.h"
#include "wire/codec.h"

#include <condition_variable>
#include <map>
#include <thread>

namespace busbar::session {
namespace {

/// The longest the worker sleeps: states follow the clock.
constexpr std::int64_t kTickMs = 250;
constexpr std::int64_t kFrameMs = 16;
/// A change of the watched nodes opens the stream anew; quick changes count once.
constexpr std::int64_t kInterestDelayMs = 100;
/// An action stream that held for so long begins with the shortest pause again.
constexpr std::int64_t kSteadyMs = 60'000;
/// Actions that cannot be read, remembered by so much of their id, as many as an ActionBook holds.
constexpr std::size_t kMaxUnreadable = 5'000, kMaxIdBytes = 128;

/// What wakes the worker; gRPC's threads hold it too, as they may still be ringing when the link is gone.
struct Bell {
    std::mutex mutex;
    std::condition_variable wake;
    bool rung = false;
    void ring() {
        {
            const std::lock_guard lock(mutex);
            rung = true;
        }
        wake.notify_all();
    }
};

using FleetStream = ReadStream<v1::WatchEvent>;
using ActionStream = ReadStream<v1::ActionUpdate>;

} // namespace

struct SiteLink::Impl {
    Impl(std::size_t siteIndex, transport::SiteAddress siteAddress, transport::TlsFiles files, const Clock& time, SiteLinkSink& to)
        : index(siteIndex), address(std::move(siteAddress)), tls(std::move(files)), clock(time), sink(to), shard(address.name) {}

    void run();
    std::int64_t round(std::int64_t now);
    void openChannel(std::int64_t now);
    void openFleet(std::int64_t now);
    void openActions(std::int64_t now);
    void takeFleet(std::int64_t now);
    void takeActions(std::int64_t now);
    store::ActionPtr readAction(const v1::Action& message);
    void endActions(const Status& end, std::int64_t now);
    void tellActionTrouble();
    void endFleet(Status why, std::int64_t now);
    void applyInterest(std::int64_t now);
    void judge(std::int64_t now);
    void publish(std::int64_t now);
    bool stopped() const {
        const std::lock_guard lock(bell->mutex);
        return stop;
    }
    std::function<void()> waker() const {
        return [held = bell] { held->ring(); };
    }
    /// Ends a stream and waits until gRPC is done with it.
    template <typename Stream>
    void finish(const std::shared_ptr<Stream>& stream) {
        if (!stream) return;
        stream->cancel();
        std::unique_lock lock(bell->mutex);
        bell->wake.wait(lock, [&] { return stream->done(); });
    }

    const std::size_t index;
    const transport::SiteAddress address;
    const transport::TlsFiles tls;
    const Clock& clock;
    SiteLinkSink& sink;

    const std::shared_ptr<Bell> bell = std::make_shared<Bell>();
    // Guarded by the bell's mutex:
    bool stop = false, retry = false, interestChanged = false;
    std::vector<std::string> wanted;
    std::shared_ptr<grpc::Channel> channel;

    // Below: the worker's own.
    store::FleetStore shard;
    std::shared_ptr<FleetStream> fleet;
    std::shared_ptr<ActionStream> actions;
    std::vector<std::string> watched;
    transport::Backoff backoff{500, 10'000};
    Status failure;
    // Of the action stream:
    transport::Backoff actionsBackoff{1'000, kMaxActionPauseMs};
    Status actionsFailure;                         ///< how it ended while the site was there; OK again once it has brought all
    std::map<std::string, std::string> unreadable; ///< id and why
    std::string toldTrouble;
    bool actionsSynced = false;
    std::int64_t actionsRetryMs = 0, actionsOpenedMs = 0;
    bool begun = false, whole = false, startOver = false, caughtUp = false;
    std::int64_t startedMs = 0, retryMs = 0, heartbeatMs = 0, heartbeatWallMs = 0, openedMs = 0, interestMs = 0, publishMs = 0;
    std::thread thread; ///< last: ends before what it uses
};

SiteLink::SiteLink(std::size_t index, transport::SiteAddress address, transport::TlsFiles tls, const Clock& clock, SiteLinkSink& sink)
    : m_impl(std::make_unique<Impl>(index, std::move(address), std::move(tls), clock, sink)) {}

SiteLink::~SiteLink() {
    stop();
    if (m_impl->thread.joinable()) m_impl->thread.join();
}

const transport::SiteAddress& SiteLink::address() const { return m_impl->address; }

store::SitePtr SiteLink::emptySnapshot() const {
    store::FleetStore empty(m_impl->address.name);
    empty.setState(store::SiteState::connecting, fmt::format("connecting to {} at {}", m_impl->address.name, m_impl->address.address));
    return empty.publish();
}

void SiteLink::start() {
    if (!m_impl->thread.joinable()) m_impl->thread = std::thread([impl = m_impl.get()] { impl->run(); });
}

void SiteLink::stop() {
    {
        const std::lock_guard lock(m_impl->bell->mutex);
        m_impl->stop = true;
    }
    m_impl->bell->ring();
}

void SiteLink::watchNodes(std::vector<std::string> ids) {
    {
        const std::lock_guard lock(m_impl->bell->mutex);
        if (ids == m_impl->wanted) return;
        m_impl->wanted = std::move(ids);
        m_impl->interestChanged = true;
    }
    m_impl->bell->ring();
}

void SiteLink::retryNow() {
    {
        const std::lock_guard lock(m_impl->bell->mutex);
        m_impl->retry = true;
    }
    m_impl->bell->ring();
}

std::shared_ptr<grpc::Channel> SiteLink::channel() const {
    const std::lock_guard lock(m_impl->bell->mutex);
    return m_impl->channel;
}

void SiteLink::Impl::run() {
    startedMs = clock.bootMs();
    std::unique_lock lock(bell->mutex);
    while (!stop) {
        bell->rung = false;
        if (std::exchange(retry, false)) retryMs = actionsRetryMs = 0;
        lock.unlock();
        const std::int64_t now = clock.bootMs();
        const std::int64_t until = round(now);
        lock.lock();
        bell->wake.wait_for(lock, std::chrono::milliseconds(std::clamp<std::int64_t>(until - now, 1, kTickMs)), [this] { return stop || bell->rung; });
    }
    lock.unlock();
    finish(fleet);
    finish(actions);
}

std::int64_t SiteLink::Impl::round(std::int64_t now) {
    applyInterest(now);
    if (!fleet && now >= retryMs) openFleet(now);
    takeFleet(now);
    if (!actions && caughtUp && now >= actionsRetryMs) openActions(now);
    takeActions(now);
    tellActionTrouble();
    judge(now);
    publish(now);
    const bool waiting = shard.changed();
    return waiting ? publishMs + kFrameMs : now + kTickMs;
}

void SiteLink::Impl::openChannel(std::int64_t now) {
    const StatusOr<std::shared_ptr<grpc::ChannelCredentials>> credentials = transport::channelCredentials(tls, address.name);
    if (!credentials.ok()) return endFleet(credentials.status(), now);
    const std::lock_guard lock(bell->mutex);
    channel = transport::makeChannel(address.address, *credentials);
}

void SiteLink::Impl::openFleet(std::int64_t now) {
    if (!channel) openChannel(now);
    if (!channel) return;
    WatchInterest interest = startOver ? WatchInterest{} : shard.resumePoint();
    interest.watchedNodes = watched;
    v1::WatchRequest request;
    wire::encode(interest, &request);
    begun = caughtUp = false;
    openedMs = now;
    const std::unique_ptr<v1::Fleet::Stub> stub = v1::Fleet::NewStub(channel);
    fleet = FleetStream::open(waker(), [&](grpc::ClientContext* context, FleetStream* stream) { stub->async()->Watch(context, &request, stream); });
}

void SiteLink::Impl::takeFleet(std::int64_t now) {
    if (!fleet) return;
    for (const v1::WatchEvent& event : fleet->take()) {
        const StatusOr<WatchBatch> batch = wire::decode(event);
        const Status applied = batch.ok() ? shard.apply(*batch) : batch.status();
        if (!applied.ok()) {
            // Never built upon: the next stream brings everything again.
            startOver = true;
            return endFleet(internal("{} sent what cannot be right ({}); loading it again", address.name, sentenceOf(applied)), now);
        }
        begun = begun || batch->kind == WatchBatch::Kind::snapshotBegin;
        if (batch->kind == WatchBatch::Kind::snapshotEnd) whole = true, startOver = false;
        if (batch->kind != WatchBatch::Kind::heartbeat) continue;
        heartbeatMs = now;
        heartbeatWallMs = clock.wallMs();
        shard.setReceived(heartbeatWallMs);
        failure = absl::OkStatus();
        backoff.reset();
        caughtUp = true;
    }
    if (const std::optional<Status> end = fleet->ended()) return endFleet(end->ok() ? unavailable("{} ended the stream", address.name) : *end, now);
    // A link that is dead without saying so.
    if (now - std::max(heartbeatMs, openedMs) >= kLostAfterMs) endFleet(unavailable("no message for {} s", kLostAfterMs / 1000), now);
}

void SiteLink::Impl::endFleet(Status why, std::int64_t now) {
    finish(std::exchange(fleet, nullptr));
    caughtUp = false;
    actionsFailure = absl::OkStatus(); // What is wrong with the site says it all.
    // gRPC says only "Socket closed" for a refused handshake: one more connect finds the words.
    failure = why.code() == absl::StatusCode::kUnavailable ? transport::explainFailure(address.address, address.name, tls, why, [this] { return stopped(); }) : std::move(why);
    retryMs = now + backoff.next();
    if (isRefusal(failure)) {
        const std::lock_guard lock(bell->mutex);
        channel.reset(); // Read the files anew: they may be renewed by then.
    }
}

void SiteLink::Impl::openActions(std::int64_t now) {
    const std::unique_ptr<v1::Actions::Stub> stub = v1::Actions::NewStub(channel);
    const v1::WatchActionsRequest request;
    actionsOpenedMs = now;
    actionsSynced = false;
    unreadable.clear(); // All actions come anew.
    actions = ActionStream::open(waker(), [&](grpc::ClientContext* context, ActionStream* stream) { stub->async()->Watch(context, &request, stream); });
}

void SiteLink::Impl::takeActions(std::int64_t now) {
    if (!actions) return;
    std::vector<store::ActionPtr> changed;
    bool synced = false;
    for (const v1::ActionUpdate& update : actions->take()) {
        synced = synced || update.synced();
        if (!update.has_action()) continue;
        if (store::ActionPtr action = readAction(update.action())) changed.push_back(std::move(action));
    }
    if (synced) {
        actionsSynced = true;
        actionsFailure = absl::OkStatus();
    }
    if (!changed.empty() || synced) sink.actionsChanged(index, std::move(changed), synced);
    if (const std::optional<Status> end = actions->ended()) endActions(*end, now);
}

/// nullptr for one that cannot be right: it is left out and counted, as the others are still true.
store::ActionPtr SiteLink::Impl::readAction(const v1::Action& message) {
    StatusOr<Action> action = wire::decode(message);
    if (action.ok() && action->id.empty()) action = invalid("an action came without its id");
    const std::string id = message.id().substr(0, kMaxIdBytes);
    if (action.ok()) {
        unreadable.erase(id);
        return std::make_shared<const Action>(*std::move(action));
    }
    if (unreadable.size() < kMaxUnreadable) unreadable.insert_or_assign(id, std::string(sentenceOf(action.status())));
    return nullptr;
}

void SiteLink::Impl::endActions(const Status& end, std::int64_t now) {
    actions.reset();
    // When the site went too, its own state says why.
    if (caughtUp) actionsFailure = end.ok() ? unavailable("{} ended it", address.name) : end;
    if (now - actionsOpenedMs >= kSteadyMs) actionsBackoff.reset();
    actionsRetryMs = now + actionsBackoff.next();
}

void SiteLink::Impl::tellActionTrouble() {
    if (actions && !actionsSynced) return; // What is unreadable is not all known yet.
    std::string trouble = actionTrouble(address.name, actionsFailure, unreadable.size(), unreadable.empty() ? std::string() : unreadable.begin()->second);
    if (trouble == toldTrouble) return;
    toldTrouble = trouble;
    sink.actionsTroubled(index, std::move(trouble));
}

void SiteLink::Impl::applyInterest(std::int64_t now) {
    {
        const std::lock_guard lock(bell->mutex);
        if (std::exchange(interestChanged, false)) {
            interestMs = now + kInterestDelayMs;
            watched = wanted;
        }
    }
    if (interestMs == 0 || now < interestMs || !fleet || !caughtUp) return;
    interestMs = 0;
    finish(std::exchange(fleet, nullptr));
    retryMs = now;
}

void SiteLink::Impl::judge(std::int64_t now) {
    LinkSigns signs;
    signs.site = address.name;
    signs.address = address.address;
    signs.hasData = whole;
    signs.loading = fleet && begun;
    signs.sinceHeartbeatMs = now - (heartbeatMs > 0 ? heartbeatMs : startedMs);
    signs.heartbeatWallMs = heartbeatWallMs;
    signs.failure = failure;
    LinkVerdict verdict = judgeLink(signs);
    shard.setState(verdict.state, std::move(verdict.sentence));
}

void SiteLink::Impl::publish(std::int64_t now) {
    if (!shard.changed() || now < publishMs + kFrameMs) return;
    publishMs = now;
    sink.published(index, shard.publish());
}

} // namespace busbar::session
