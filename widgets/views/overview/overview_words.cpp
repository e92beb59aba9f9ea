#include "widgets/views/overview/overview_words.h"

#include "store/capacity.h"
#include "widgets/views/action/action_words.h"
#include "widgets/views/parts/text.h"

#include <algorithm>

namespace busbar::views {

namespace {

using items::SiteRow;

QString tipRow(const QString& name, std::uint32_t count, std::uint32_t whole) {
    const QString share = whole == 0 ? QString() : QStringLiteral("%1 %").arg(percentText(100.0 * count / whole));
    return QStringLiteral("<tr><td>%1&nbsp;&nbsp;</td><td align='right'>%2</td><td align='right'>&nbsp;&nbsp;%3</td></tr>").arg(name, countText(count), share);
}

QString sourcesText(const store::SiteRollup& rollup) {
    QStringList words;
    if (rollup.live > 0) words << QStringLiteral("%1 live").arg(countText(rollup.live));
    if (rollup.replayed > 0) words << QStringLiteral("%1 replayed").arg(countText(rollup.replayed));
    if (rollup.simulated > 0) words << QStringLiteral("%1 simulated").arg(countText(rollup.simulated));
    return QStringLiteral("%1: %2").arg(countOf(rollup.nodes, QStringLiteral("node")), words.isEmpty() ? QStringLiteral("source unknown") : words.join(QStringLiteral(", ")));
}

QString factsText(const NodeFacts& facts) {
    const bool held = facts.occupancy == Occupancy::leased || facts.occupancy == Occupancy::mixed || facts.occupancy == Occupancy::expiring;
    if (facts.service == Service::drainFailed) return QStringLiteral("drain failed");
    if (facts.link == Link::lost) return held ? QStringLiteral("no word from its agent, under a lease") : QStringLiteral("no word from its agent");
    return toQt(toString(facts.health)) + (held ? QStringLiteral(" under a lease") : QString());
}

} // namespace

QString rowSentence(const SiteRow& site) {
    return site.known && !(site.live() && site.rollup.nodes == 0) ? QString() : items::sentenceOf(site);
}

QString siteTip(const SiteRow& site) {
    QString tip = QStringLiteral("<b>%1</b> %2").arg(site.name.toHtmlEscaped(), items::linkWords(site).toHtmlEscaped());
    if (const QString sentence = items::sentenceOf(site); !sentence.isEmpty()) tip += QStringLiteral("<br>%1").arg(sentence.toHtmlEscaped());
    if (!site.known) return tip;
    if (site.past()) tip += QStringLiteral("<br>Last known at %1 UTC; in no sum.").arg(clockText(site.lastHeardWallMs));
    tip += QStringLiteral("<table cellspacing='0' cellpadding='0'>");
    const auto parts = store::partsOf(site.rollup);
    for (std::size_t i = 0; i < parts.size(); ++i) tip += tipRow(toQt(store::toString(static_cast<store::CapacityPart>(i))), parts[i], site.rollup.installed);
    tip += tipRow(QStringLiteral("<b>installed</b>"), site.rollup.installed, 0) + QStringLiteral("</table>");
    tip += sourcesText(site.rollup);
    if (site.rollup.powerUnknown > 0) tip += QStringLiteral("<br>%1 without a power value").arg(countOf(site.rollup.powerUnknown, QStringLiteral("GPU")));
    return tip;
}

QString liveSitesText(const items::FleetTotal& total) { return QStringLiteral("%1 of %2 live").arg(total.liveSites).arg(total.sites); }

QString leftOutText(const items::SiteModel& model) {
    if (model.total().unknownGpus == 0) return {};
    QStringList sites;
    for (int row = 0; row < model.rowCount(); ++row)
        if (model.site(row).past()) sites << model.site(row).name + QLatin1Char(' ') + toQt(store::toString(model.site(row).state));
    return QStringLiteral("%1 left out: %2").arg(countOf(model.total().unknownGpus, QStringLiteral("GPU")), sites.join(QStringLiteral(", ")));
}

QString modelText(std::string_view model) {
    constexpr std::string_view kMaker = "NVIDIA ";
    if (model.empty()) return QStringLiteral("model not known");
    return toQt(model.starts_with(kMaker) ? model.substr(kMaker.size()) : model);
}

QString placeName(std::string_view id) {
    const QString name = nameOf(id);
    return name.startsWith(siteOf(id)) ? name : toQt(id);
}

QString urgentText(const store::UrgentNode& node) {
    const QString facts = factsText(node.facts);
    return node.event.empty() ? facts : QStringLiteral("%1 \u00b7 %2").arg(facts, toQt(node.event));
}

QString happeningPlace(const store::Happening& happening) {
    if (happening.nodeId.empty()) return toQt(happening.site);
    return happening.count == 1 ? placeName(happening.nodeId) : QStringLiteral("%1 \u00b7 %2\u00d7").arg(toQt(happening.site)).arg(happening.count);
}

QString actionProgressText(const Action& action) {
    if (!action.sentence.empty()) return toQt(action.sentence);
    if (action.state != ActionState::running) return toQt(toString(action.state));
    int wave = 0, waves = 0;
    std::int64_t blockers = 0;
    for (const TargetRecord& target : action.targets) {
        waves = std::max(waves, target.wave);
        if (target.state != TargetState::running) continue;
        wave = std::max(wave, target.wave);
        blockers += target.blockerCount;
    }
    if (blockers > 0) return QStringLiteral("waiting for %1").arg(countOf(blockers, QStringLiteral("process"), QStringLiteral("processes")));
    return wave > 0 ? QStringLiteral("wave %1 of %2").arg(wave).arg(waves) : toQt(toString(action.state));
}

} // namespace busbar::views
