#include "busbar/live_fleet.h"

#include "widgets/views/parts/text.h"

#include <algorithm>
#include <set>

namespace busbar::console {

namespace {

constexpr int kSecondMs = 1'000;
/// The facts of the frame look at every node: not for every frame.
constexpr int kFactsPauseMs = 250;
constexpr int kCriticalSeverity = 3;

QString rolesText(const std::set<Role>& roles) {
    QStringList words;
    for (const Role role : roles) words << views::toQt(toString(role));
    return words.join(QStringLiteral(", "));
}

} // namespace

LiveFleet::LiveFleet(std::unique_ptr<session::FleetSession> session, const Clock& clock) : m_clock(clock), m_session(std::move(session)) {
    m_second.setInterval(kSecondMs);
    m_factsPause.setSingleShot(true);
    m_factsPause.setInterval(kFactsPauseMs);
    connect(&m_second, &QTimer::timeout, this, &LiveFleet::onSecond);
    connect(&m_factsPause, &QTimer::timeout, this, &LiveFleet::refreshFacts);
    connect(m_session.get(), &session::FleetSession::fleetChanged, this, &LiveFleet::onFleet);
    connect(m_session.get(), &session::FleetSession::identityKnown, this, &LiveFleet::factsChanged);
    connect(&m_session->actions(), &session::ActionClient::changed, this, [this] { if (!m_factsPause.isActive()) m_factsPause.start(); });
    refreshFacts();
    m_second.start();
    m_session->start();
}

LiveFleet::~LiveFleet() = default;

void LiveFleet::onFleet() {
    if (!m_factsPause.isActive()) m_factsPause.start();
    m_second.start();
    Q_EMIT ticked();
}

void LiveFleet::onSecond() {
    refreshFacts();
    Q_EMIT ticked();
}

void LiveFleet::refreshFacts() {
    m_facts = views::frameFacts(*fleet(), actions().all(), nowWallMs());
    Q_EMIT factsChanged();
}

QString LiveFleet::siteTitle(const QString& site) const {
    const QString title = views::toQt(m_session->siteTitle(site.toStdString()));
    return title == site ? site : site + QLatin1Char(' ') + title;
}

QString LiveFleet::userText() const {
    const QString user = views::toQt(m_session->user());
    std::set<Role> roles;
    for (const std::string& site : m_session->sites())
        for (const Role role : m_session->roles(site)) roles.insert(role);
    return user.isEmpty() || roles.empty() ? user : QStringLiteral("%1 \u00b7 %2").arg(user, rolesText(roles));
}

std::optional<views::SiteFact> LiveFleet::siteFact(const QString& site) const {
    for (const store::SitePtr& known : fleet()->sites)
        if (views::toQt(known->site()) == site) return views::siteFact(*known, nowWallMs());
    return std::nullopt;
}

QString LiveFleet::silenceOf(const QString& site) const {
    views::FrameFacts now;
    if (const auto fact = siteFact(site)) now.sites.push_back(*fact);
    return views::actionsOffReason(now, site);
}

QString LiveFleet::offReason(const QString& site, Right right) const {
    const QString silent = silenceOf(site);
    if (!silent.isEmpty()) return silent;
    const std::vector<Role> roles = m_session->roles(site.toStdString());
    if (roles.empty() || allows(roles, right)) return {};
    return QStringLiteral("%1 is not for you at %2: your role there is %3. Ask an admin of the site for another one").arg(views::toQt(toString(right)), site, rolesText({roles.begin(), roles.end()}));
}

std::optional<FleetEvent> LiveFleet::newestCritical() const {
    std::optional<FleetEvent> newest;
    for (const store::SitePtr& site : fleet()->sites) {
        const auto& events = site->events();
        const auto found = std::find_if(events.rbegin(), events.rend(), [](const FleetEvent& event) { return event.severity >= kCriticalSeverity; });
        if (found != events.rend() && (!newest || found->wallMs > newest->wallMs)) newest = *found;
    }
    return newest;
}

void LiveFleet::watch(QObject* window, const std::vector<std::string>& ids) {
    const auto known = m_watched.constFind(window);
    if (known == m_watched.constEnd()) {
        if (ids.empty()) return;
        connect(window, &QObject::destroyed, this, [this, window] { if (m_watched.remove(window) > 0) sendWatched(); });
    } else if (known.value() == ids) {
        return;
    }
    m_watched.insert(window, ids);
    sendWatched();
}

void LiveFleet::sendWatched() {
    std::set<std::string> all;
    for (const auto& ids : std::as_const(m_watched)) all.insert(ids.begin(), ids.end());
    m_session->watchNodes({all.begin(), all.end()});
}

} // namespace busbar::console
