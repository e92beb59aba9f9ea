#include "widgets/views/heatmap/site_captions.h"

#include "widgets/views/parts/text.h"

#include <QStringList>

namespace busbar::views {

namespace {

using store::SiteState;

QString insteadOf(const store::SiteSnapshot& site, SiteState state) {
    if (site.nodeCount() > 0) return {};
    switch (state) {
    case SiteState::connecting: return QStringLiteral("connecting");
    case SiteState::loading: return QStringLiteral("loading: the first snapshot is on its way");
    case SiteState::live: return QStringLiteral("no nodes enrolled yet");
    case SiteState::refused: return QStringLiteral("refused: %1").arg(toQt(site.stateSentence()));
    case SiteState::stale:
    case SiteState::lost: return QStringLiteral("%1 before it said anything: %2").arg(toQt(toString(state)), toQt(site.stateSentence()));
    }
    return {};
}

} // namespace

QString sourceWords(std::uint32_t live, std::uint32_t replayed, std::uint32_t simulated) {
    QStringList words;
    if (live > 0) words << QStringLiteral("live");
    if (replayed > 0) words << QStringLiteral("replayed");
    if (simulated > 0) words << QStringLiteral("simulated");
    return words.join(QStringLiteral(" + "));
}

controls::HeatCaption siteCaption(const store::SiteSnapshot& site, std::int64_t nowWallMs) {
    const SiteState state = stateAt(site, nowWallMs);
    const store::SiteRollup& rollup = site.rollup();
    controls::HeatCaption caption{.name = toQt(site.site()), .instead = insteadOf(site, state)};
    if (site.nodeCount() == 0) return caption;
    caption.size = countOf(site.rowCount(), QStringLiteral("GPU"));
    if (rollup.replayed + rollup.simulated > 0) {
        caption.source = sourceWords(rollup.live, rollup.replayed, rollup.simulated);
        caption.shortSource = rollup.replayed > 0 && rollup.simulated > 0 ? QStringLiteral("RPL+SIM") : rollup.replayed > 0 ? QStringLiteral("RPL") : QStringLiteral("SIM");
    }
    if (state != SiteState::live) {
        caption.shortAge = site.receivedWallMs() > 0 ? durationText(nowWallMs - site.receivedWallMs()) : QStringLiteral("?");
        caption.age = QStringLiteral("%1 %2 \u00b7 last values").arg(toQt(toString(state)), caption.shortAge);
    }
    return caption;
}

QVector<controls::HeatCaption> siteCaptions(const store::FleetSnapshot& fleet, std::int64_t nowWallMs) {
    QVector<controls::HeatCaption> captions;
    for (const auto& site : fleet.sites) captions << siteCaption(*site, nowWallMs);
    return captions;
}

std::vector<bool> staleSites(const store::FleetSnapshot& fleet, std::int64_t nowWallMs) {
    std::vector<bool> stale;
    for (const auto& site : fleet.sites) stale.push_back(stateAt(*site, nowWallMs) != SiteState::live);
    return stale;
}

} // namespace busbar::views
