#include "widgets/views/nodes/nodes_state.h"

#include "widgets/views/parts/surface.h"
#include "widgets/views/parts/text.h"

#include <QVBoxLayout>

namespace busbar::views {

namespace {

using store::SiteState;

Runs sentence(const QString& text) { return {plain(text, Tone::secondary, kBasePx)}; }
Runs title(const QString& text) { return {strong(text, kBasePx)}; }

/// Sites in one of the states, by name.
QStringList sitesIn(const store::FleetSnapshot& fleet, std::int64_t nowWallMs, std::initializer_list<SiteState> states) {
    QStringList names;
    for (const store::SitePtr& site : fleet.sites)
        for (const SiteState state : states)
            if (store::stateAt(*site, nowWallMs) == state) names << toQt(site->site());
    return names;
}

QVector<Runs> withoutNodes(const store::FleetSnapshot& fleet, std::int64_t nowWallMs) {
    if (fleet.sites.empty()) return {title(QStringLiteral("No site yet")), sentence(QStringLiteral("The sites of the profile appear here as soon as the console dials them."))};
    const QStringList coming = sitesIn(fleet, nowWallMs, {SiteState::connecting, SiteState::loading});
    QVector<Runs> lines;
    if (!coming.isEmpty()) lines << title(QStringLiteral("Taking the snapshot of %1").arg(coming.join(QStringLiteral(", ")))) << sentence(QStringLiteral("Rows appear as soon as a site's first snapshot is whole."));
    for (const store::SitePtr& site : fleet.sites)
        if (!site->stateSentence().empty() && lines.size() < 5) lines << Runs{strong(toQt(site->site()), kBasePx), plain(toQt(site->stateSentence()), Tone::secondary, kBasePx)};
    if (lines.isEmpty()) lines << title(QStringLiteral("No node has enrolled yet")) << sentence(QStringLiteral("%1 answer, and know no node. A node appears here when its agent has enrolled.").arg(countOf(static_cast<std::int64_t>(fleet.sites.size()), QStringLiteral("site"))));
    return lines;
}

Runs aloneLine(const items::PartCounts& alone) {
    Runs runs{plain(QStringLiteral("%1 leave nothing together. Alone:").arg(countOf(static_cast<std::int64_t>(alone.size()), QStringLiteral("filter"))), Tone::secondary, kBasePx)};
    for (const auto& [text, count] : alone) {
        Run part = linkRun(toQt(text), QStringLiteral("query:") + toQt(text));
        part.px = kBasePx;
        part.gap = 4;
        runs << part << plain(QStringLiteral("has %1").arg(countText(static_cast<std::int64_t>(count))), Tone::secondary, kBasePx);
    }
    return runs;
}

QVector<Runs> withoutMatches(const items::NodeAnswer& answer) {
    Run query = plain(toQt(query::print(*answer.query)), Tone::text, kBasePx);
    query.mono = true;
    QVector<Runs> lines{{strong(QStringLiteral("No node matches"), kBasePx), query}};
    if (answer.alone.size() > 1) lines << aloneLine(answer.alone);
    Runs ways;
    if (answer.unknown > 0)
        ways << plain(QStringLiteral("%1 unknown (stale or not read) and could match:").arg(answer.unknown == 1 ? QStringLiteral("1 node is") : countText(static_cast<std::int64_t>(answer.unknown)) + QStringLiteral(" nodes are")), Tone::secondary, kBasePx)
             << linkRun(QStringLiteral("show the stale ones"), QStringLiteral("stale")) << plain(QStringLiteral("\u00b7"), Tone::muted);
    ways << linkRun(QStringLiteral("clear filters"), QStringLiteral("clear"));
    return lines << ways;
}

} // namespace

QVector<Runs> nodesStateLines(const items::NodeTableModel& model, const store::FleetSnapshot& fleet, std::int64_t nowWallMs) {
    if (model.rowCount() > 0) return {};
    const items::NodeAnswerPtr& answer = model.answer();
    if (answer && !answer->order)
        return {title(QStringLiteral("The query could not run")), sentence(toQt(sentenceOf(answer->status))), {linkRun(QStringLiteral("clear filters"), QStringLiteral("clear"))}};
    if (answer && answer->total > 0) return withoutMatches(*answer);
    return withoutNodes(fleet, nowWallMs);
}

NodesState::NodesState(QWidget* parent) : QWidget(parent) {
    auto* column = columnLayout(this, 8);
    column->setContentsMargins(28, 40, 28, 28);
    for (Line*& line : m_lines) {
        line = new Line(this);
        line->hide();
        column->addWidget(line);
        connect(line, &Line::linkActivated, this, &NodesState::linkActivated);
    }
    column->addStretch(1);
    setLines({});
}

void NodesState::setLines(const QVector<Runs>& lines) {
    setVisible(!lines.isEmpty());
    for (int i = 0; i < kLines; ++i) {
        m_lines[i]->setVisible(i < lines.size());
        if (i < lines.size()) m_lines[i]->setRuns(lines[i]);
    }
}

QString NodesState::text() const {
    QStringList words;
    for (const Line* line : m_lines)
        if (line->isVisibleTo(this)) words << line->text();
    return words.join(QLatin1Char('\n'));
}

} // namespace busbar::views
