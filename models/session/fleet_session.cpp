#include "session/fleet_session.h"

#include "busbar/v1/access.grpc.pb.h"
#include "busbar/v1/fleet.grpc.pb.h"
#include "session/action_client.h"
#include "session/session_impl.h"
#include "transport/identity.h"
#include "wire/codec.h"

#include <algorithm>

namespace busbar::session {
namespace {

constexpr std::size_t kMaxWatchedPerSite = 64;

std::string siteOf(const std::string& id) { return id.substr(0, id.find('/')); }

} // namespace

FleetSession::Impl::Impl(FleetSession& owner, transport::Profile opened, const Clock& time)
    : session(owner), profile(std::move(opened)), actions(nullptr, [](ActionClient*) {}), desk(std::make_unique<Desk>(&owner)) {
    auto first = std::make_shared<store::FleetSnapshot>();
    for (std::size_t i = 0; i < profile.sites.size(); ++i) {
        links.push_back(std::make_unique<SiteLink>(i, profile.sites[i], profile.tls, time, *this));
        first->sites.push_back(links.back()->emptySnapshot());
    }
    newSites = first->sites;
    fleet = std::move(first);
    frame.setSingleShot(true);
    frame.setInterval(kFrameMs);
    frame.setTimerType(Qt::PreciseTimer);
}

void FleetSession::Impl::leave(const std::function<void()>& put) {
    {
        const std::lock_guard lock(mutex);
        put();
        if (std::exchange(called, true)) return;
    }
    desk->post([this] { if (!frame.isActive()) frame.start(); });
}

void FleetSession::Impl::published(std::size_t site, store::SitePtr snapshot) {
    leave([&] { newSites[site] = std::move(snapshot); });
}

void FleetSession::Impl::actionsChanged(std::size_t site, std::vector<store::ActionPtr> changed, bool synced) {
    leave([&] {
        std::ranges::move(changed, std::back_inserter(newActions));
        if (synced) newSynced.push_back(profile.sites[site].name);
    });
}

void FleetSession::Impl::actionsTroubled(std::size_t site, std::string sentence) {
    leave([&] { newTroubles.push_back({profile.sites[site].name, std::move(sentence)}); });
}

void FleetSession::Impl::collect() {
    auto next = std::make_shared<store::FleetSnapshot>();
    std::vector<store::ActionPtr> changedActions;
    std::vector<std::string> synced;
    std::vector<store::ActionTrouble> troubles;
    {
        const std::lock_guard lock(mutex);
        called = false;
        next->sites = newSites;
        changedActions.swap(newActions);
        synced.swap(newSynced);
        troubles.swap(newTroubles);
    }
    next->sequence = fleet->sequence + 1;
    const bool fleetMoved = next->sites != fleet->sites;
    std::vector<std::size_t> nowLive;
    for (std::size_t i = 0; i < links.size(); ++i)
        if (next->sites[i]->state() == store::SiteState::live && fleet->sites[i]->state() != store::SiteState::live) nowLive.push_back(i);
    if (fleetMoved) fleet = std::move(next);
    for (const std::size_t site : nowLive) askWhoAmI(*links[site]);
    if (!changedActions.empty() || !synced.empty() || !troubles.empty()) actions->take(std::move(changedActions), synced, std::move(troubles));
    if (fleetMoved) Q_EMIT session.fleetChanged();
}

void FleetSession::Impl::askWhoAmI(const SiteLink& link) {
    const std::shared_ptr<grpc::Channel> channel = link.channel();
    if (!channel) return;
    desk->ask<v1::WhoAmIRequest, v1::WhoAmIReply>(
        {}, [&](auto* context, const auto* request, auto* reply, auto done) { v1::Access::NewStub(channel)->async()->WhoAmI(context, request, reply, std::move(done)); },
        decodedBy<SiteAccess>(
            [](const v1::WhoAmIReply& reply) {
                SiteAccess known{reply.identity(), reply.controller_version(), {}, reply.certificate_expires_wall_ms()};
                for (const std::string& word : reply.roles())
                    if (const std::optional<Role> role = parseRole(word)) known.roles.push_back(*role);
                return known;
            },
            [this, site = link.address().name](StatusOr<SiteAccess> known) {
                if (!known.ok()) return; // Asked again when the site is live the next time.
                access[site] = *std::move(known);
                Q_EMIT session.identityKnown();
            }));
}

const SiteLink* FleetSession::Impl::linkOf(const std::string& site) const {
    const auto found = std::ranges::find_if(links, [&](const auto& link) { return link->address().name == site; });
    return found == links.end() ? nullptr : found->get();
}

StatusOr<std::shared_ptr<grpc::Channel>> FleetSession::Impl::channelOf(const std::string& id) const {
    const SiteLink* link = linkOf(siteOf(id));
    if (link == nullptr) return notFound("{}: the profile {} has no site {}", id, profile.name, siteOf(id));
    std::shared_ptr<grpc::Channel> channel = link->channel();
    if (!channel) return unavailable("{} is not connected", siteOf(id));
    return channel;
}

StatusOr<std::unique_ptr<FleetSession>> FleetSession::open(const std::string& profileName) {
    StatusOr<transport::Profile> profile = transport::loadProfile(profileName);
    if (!profile.ok()) return profile.status();
    return std::make_unique<FleetSession>(*std::move(profile));
}

StatusOr<std::unique_ptr<FleetSession>> FleetSession::openFile(const std::string& path) {
    StatusOr<transport::Profile> profile = transport::loadProfileFile(path);
    if (!profile.ok()) return profile.status();
    return std::make_unique<FleetSession>(*std::move(profile));
}

FleetSession::FleetSession(transport::Profile profile, const Clock& clock) : m_impl(std::make_unique<Impl>(*this, std::move(profile), clock)) {
    m_impl->actions = {new ActionClient(*this), [](ActionClient* client) { delete client; }};
    connect(&m_impl->frame, &QTimer::timeout, this, [this] { m_impl->collect(); });
}

// Workers post to this object: they end before anything of it does.
FleetSession::~FleetSession() {
    for (const auto& link : m_impl->links) link->stop(); // All together, or each would be waited for in turn.
    m_impl->links.clear();
    m_impl->desk.reset();
}

void FleetSession::start() {
    for (const auto& link : m_impl->links) link->start();
}

void FleetSession::retry(const std::string& site) {
    for (const auto& link : m_impl->links)
        if (site.empty() || link->address().name == site) link->retryNow();
}

std::string FleetSession::profileName() const { return m_impl->profile.name; }

std::vector<std::string> FleetSession::sites() const {
    std::vector<std::string> names;
    for (const transport::SiteAddress& site : m_impl->profile.sites) names.push_back(site.name);
    return names;
}

std::string FleetSession::siteTitle(const std::string& site) const {
    const SiteLink* link = m_impl->linkOf(site);
    return link == nullptr || link->address().title.empty() ? site : link->address().title;
}

store::FleetPtr FleetSession::fleet() const { return m_impl->fleet; }

void FleetSession::watchNodes(std::vector<std::string> ids) {
    for (const auto& link : m_impl->links) {
        std::vector<std::string> own;
        for (const std::string& id : ids)
            if (siteOf(id) == link->address().name && own.size() < kMaxWatchedPerSite) own.push_back(id);
        link->watchNodes(std::move(own));
    }
}

void FleetSession::describe(const std::string& nodeId, DescribeReply reply) {
    const auto channel = m_impl->channelOf(nodeId);
    if (!channel.ok()) return m_impl->desk->post([reply = std::move(reply), why = channel.status()] { reply(why); });
    v1::DescribeRequest request;
    request.set_node_id(nodeId);
    m_impl->desk->ask<v1::DescribeRequest, v1::NodeDetail>(
        std::move(request), [&](auto* context, const auto* asked, auto* answer, auto done) { v1::Fleet::NewStub(*channel)->async()->Describe(context, asked, answer, std::move(done)); },
        decodedBy<NodeDetail>([](const v1::NodeDetail& detail) { return wire::decode(detail); }, std::move(reply)));
}

void FleetSession::history(const std::string& nodeId, std::vector<Metric> metrics, std::int64_t spanMs, std::int64_t stepMs, HistoryReply reply) {
    const auto channel = m_impl->channelOf(nodeId);
    if (!channel.ok()) return m_impl->desk->post([reply = std::move(reply), why = channel.status()] { reply(why); });
    v1::HistoryRequest request;
    request.set_node_id(nodeId);
    for (const Metric metric : metrics) request.add_metrics(static_cast<std::uint32_t>(metric));
    request.set_span_ms(spanMs);
    request.set_step_ms(stepMs);
    m_impl->desk->ask<v1::HistoryRequest, v1::HistoryReply>(
        std::move(request), [&](auto* context, const auto* asked, auto* answer, auto done) { v1::Fleet::NewStub(*channel)->async()->History(context, asked, answer, std::move(done)); },
        decodedBy<std::vector<HistorySeries>>([nodeId](const v1::HistoryReply& series) { return wire::decode(series, nodeId); }, std::move(reply)));
}

std::string FleetSession::user() const {
    for (const auto& [site, known] : m_impl->access)
        if (const auto identity = transport::parseIdentity(known.identity); identity.ok()) return identity->name;
    return {};
}

std::vector<Role> FleetSession::roles(const std::string& site) const {
    const auto found = m_impl->access.find(site);
    return found == m_impl->access.end() ? std::vector<Role>() : found->second.roles;
}

std::string FleetSession::controllerVersion(const std::string& site) const {
    const auto found = m_impl->access.find(site);
    return found == m_impl->access.end() ? std::string() : found->second.controllerVersion;
}

std::int64_t FleetSession::certificateExpiresWallMs() const {
    std::int64_t first = 0;
    for (const auto& [site, known] : m_impl->access)
        if (known.certificateExpiresWallMs > 0 && (first == 0 || known.certificateExpiresWallMs < first)) first = known.certificateExpiresWallMs;
    return first;
}

ActionClient& FleetSession::actions() { return *m_impl->actions; }

} // namespace busbar::session
