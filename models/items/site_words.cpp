#include "items/site_model.h"
#include "items/words.h"
#include "store/capacity.h"

namespace busbar::items {
namespace {

using store::SiteState;

QString unknown() { return QStringLiteral("?"); }

/// What was last known is said to be that.
QString spoken(const SiteRow& site, const QString& text) { return site.past() ? text + QStringLiteral(" (last known)") : text; }

} // namespace

QString sentenceOf(const SiteRow& site) {
    if (site.live()) return site.rollup.nodes == 0 ? QStringLiteral("No node is enrolled at %1 yet. Enrol one with: busbarctl pki enrol").arg(site.name) : QString();
    if (!site.sentence.isEmpty()) return site.sentence;
    switch (site.state) {
    case SiteState::connecting: return QStringLiteral("Connecting to %1").arg(site.name);
    case SiteState::loading: return QStringLiteral("Taking the snapshot of %1: its nodes appear when it is whole").arg(site.name);
    case SiteState::stale:
    case SiteState::lost: return QStringLiteral("No word from %1 since %2").arg(site.name, clockText(site.lastHeardWallMs));
    case SiteState::refused: return QStringLiteral("%1 refused this console").arg(site.name);
    case SiteState::live: break;
    }
    return {};
}

QString linkWords(const SiteRow& site) {
    const QString word = toQt(store::toString(site.state));
    return site.ageMs < 0 || site.state == SiteState::refused ? word : word + QLatin1Char(' ') + durationText(site.ageMs);
}

QString capacityWords(const store::SiteRollup& rollup) {
    QStringList words;
    const auto parts = store::partsOf(rollup);
    for (std::size_t i = 0; i < parts.size(); ++i)
        if (parts[i] > 0) words << countText(parts[i]) + QLatin1Char(' ') + toQt(store::toString(static_cast<store::CapacityPart>(i)));
    return QStringLiteral("%1 installed: %2").arg(countText(rollup.installed), words.isEmpty() ? QStringLiteral("none") : words.join(QStringLiteral("; ")));
}

QString priorityWords(const SiteRow& site) {
    if (!site.priorityKnown) return unknown();
    return QStringLiteral("P1 %1, P2 %2, P3 %3").arg(site.priority[1]).arg(site.priority[2]).arg(site.priority[3]);
}

QString siteText(const SiteRow& site, SiteModel::Column column) {
    const store::SiteRollup& rollup = site.rollup;
    if (column == SiteModel::kSite) return site.name;
    if (column == SiteModel::kLink) return linkWords(site);
    if (!site.known) return column == SiteModel::kCapacity ? sentenceOf(site) : unknown();
    switch (column) {
    case SiteModel::kCapacity: return spoken(site, capacityWords(rollup));
    case SiteModel::kInstalled: return countText(rollup.installed);
    case SiteModel::kHealthy: return spoken(site, countText(rollup.healthy));
    case SiteModel::kInUse: return spoken(site, countText(rollup.inUse));
    case SiteModel::kFree: return spoken(site, countText(rollup.free));
    case SiteModel::kUtilisation:
    case SiteModel::kTrend: return rollup.utilisationOfInUse < 0 ? unknown() : spoken(site, percentText(rollup.utilisationOfInUse));
    case SiteModel::kPower: return rollup.powerKw < 0 ? unknown() : spoken(site, countText(static_cast<std::int64_t>(rollup.powerKw + 0.5)));
    case SiteModel::kPriority: return spoken(site, priorityWords(site));
    case SiteModel::kNotOk: return spoken(site, countText(rollup.nodesNotOk));
    default: return unknown();
    }
}

} // namespace busbar::items
