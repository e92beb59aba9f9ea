#include "widgets/views/frame/frame_facts.h"

#include "widgets/views/parts/text.h"

#include <algorithm>

namespace busbar::views {

namespace {

using store::SiteState;

void addNodes(FrameFacts& facts, const store::SiteSnapshot& site) {
    for (std::uint32_t node = 0; node < site.nodeCount(); ++node)
        ++facts.priority[priorityOf(site.facts(node))];
}

void addActions(FrameFacts& facts, const std::vector<std::shared_ptr<const Action>>& actions) {
    for (const auto& action : actions) {
        if (isFinal(action->state)) continue;
        const bool waits = action->state == ActionState::awaitingApproval || action->state == ActionState::paused;
        ++(waits ? facts.actionsWaiting : facts.actionsRunning);
    }
}

QString siteSentence(const SiteFact& site) {
    if (site.state == SiteState::refused) return QStringLiteral("%1 refused this console. %2").arg(site.name, site.sentence);
    const QString word = site.state == SiteState::lost ? QStringLiteral("lost") : QStringLiteral("stale");
    return QStringLiteral("Link to %1 %2 since %3, %4 ago.").arg(site.name, word, clockText(site.lastHeardWallMs), durationText(site.ageMs));
}

} // namespace

SiteFact siteFact(const store::SiteSnapshot& site, std::int64_t nowWallMs) {
    SiteFact fact{.name = toQt(site.site()), .state = store::stateAt(site, nowWallMs), .ageMs = store::ageAt(site, nowWallMs), .lastHeardWallMs = site.receivedWallMs(), .sentence = toQt(site.stateSentence())};
    return fact;
}

FrameFacts frameFacts(const store::FleetSnapshot& fleet, const std::vector<std::shared_ptr<const Action>>& actions, std::int64_t nowWallMs) {
    FrameFacts facts{.nowWallMs = nowWallMs};
    for (const auto& site : fleet.sites) {
        const SiteFact fact = siteFact(*site, nowWallMs);
        facts.sites.push_back(fact);
        const auto& rollup = site->rollup();
        facts.nodes += rollup.nodes;
        facts.live += rollup.live;
        facts.replayed += rollup.replayed;
        facts.simulated += rollup.simulated;
        if (!fact.usable()) continue;
        ++facts.usableSites;
        facts.worstLiveAgeMs = std::max(facts.worstLiveAgeMs, fact.ageMs);
        addNodes(facts, *site);
    }
    if (fleet.sites.size() == 1) {
        facts.epoch = fleet.sites.front()->epoch();
        facts.revision = fleet.sites.front()->revision();
    }
    addActions(facts, actions);
    return facts;
}

QString staleSentence(const FrameFacts& facts) {
    QStringList words;
    for (const SiteFact& site : facts.sites)
        if (site.state == SiteState::stale || site.state == SiteState::lost || site.state == SiteState::refused) words << siteSentence(site);
    if (words.isEmpty()) return {};
    words << QStringLiteral("Values are the last known; actions are off there until it answers.");
    return words.join(QLatin1Char(' '));
}

QString actionsOffReason(const FrameFacts& facts, const QString& site) {
    for (const SiteFact& fact : facts.sites) {
        if (fact.name != site || fact.usable()) continue;
        if (fact.state == SiteState::connecting || fact.state == SiteState::loading) return QStringLiteral("Actions are off: %1 has not answered yet").arg(site);
        if (fact.state == SiteState::refused) return QStringLiteral("Actions are off: %1 refused this console").arg(site);
        return QStringLiteral("Actions are off: no word from %1 for %2").arg(site, durationText(fact.ageMs));
    }
    return {};
}

QString stateWord(store::SiteState state) {
    switch (state) {
    case SiteState::connecting: return QStringLiteral("connecting");
    case SiteState::loading: return QStringLiteral("loading");
    case SiteState::live: return QStringLiteral("live");
    case SiteState::stale: return QStringLiteral("stale");
    case SiteState::lost: return QStringLiteral("lost");
    case SiteState::refused: return QStringLiteral("refused");
    }
    return QStringLiteral("unknown");
}

} // namespace busbar::views
