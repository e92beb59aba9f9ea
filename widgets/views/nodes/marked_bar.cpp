#include "widgets/views/nodes/marked_bar.h"

#include "widgets/controls/node_sign.h"
#include "widgets/views/parts/text.h"
#include "widgets/views/parts/verbs.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include <algorithm>

namespace busbar::views {

namespace {

constexpr std::size_t kShownChips = 6;
constexpr int kButtonHeight = 26;

Sign signOf(const store::FleetSnapshot& fleet, const std::string& id, std::int64_t nowWallMs) {
    for (const store::SitePtr& site : fleet.sites) {
        if (id.compare(0, id.find('/'), site->site()) != 0) continue;
        const std::uint32_t node = site->findNode(std::string_view(id).substr(id.find('/') + 1));
        if (node < site->nodeCount()) return controls::nodeSign(site->facts(node), store::stateAt(*site, nowWallMs) != store::SiteState::live);
    }
    return Sign::unknown;
}

} // namespace

MarkedBar::MarkedBar(items::NodeSelection& selection, QWidget* parent)
    : Surface(Tone::selection, Qt::TopEdge, parent), m_selection(selection), m_fleet(std::make_shared<store::FleetSnapshot>()), m_summary(new Line(this)), m_chips(new Line(this)), m_reason(new Line(this)),
      m_open(new Button(QStringLiteral("Open"), QStringLiteral("Enter"), this)), m_heatmap(new Button(QStringLiteral("Heatmap"), QStringLiteral("h"), this)),
      m_drain(new Button(QStringLiteral("Plan drain\u2026"), {}, this)), m_return(new Button(QStringLiteral("Plan return\u2026"), {}, this)),
      m_plan(new Button(QStringLiteral("Plan\u2026"), QStringLiteral("x"), this)), m_clear(new Button(QStringLiteral("Clear"), {}, this)) {
    build();
    connect(&m_selection, &items::NodeSelection::changed, this, &MarkedBar::refresh);
    connect(m_open, &QPushButton::clicked, this, &MarkedBar::openWanted);
    connect(m_heatmap, &QPushButton::clicked, this, &MarkedBar::heatmapWanted);
    connect(m_drain, &QPushButton::clicked, this, [this] { Q_EMIT planWanted(Verb::drain); });
    connect(m_return, &QPushButton::clicked, this, [this] { Q_EMIT planWanted(Verb::giveBack); });
    connect(m_plan, &QPushButton::clicked, this, &MarkedBar::verbsWanted);
    connect(m_clear, &QPushButton::clicked, &m_selection, &items::NodeSelection::clear);
    connect(m_chips, &Line::linkActivated, this, &MarkedBar::nodeWanted);
    refresh();
}

void MarkedBar::build() {
    setLineTone(Tone::link);
    setFixedHeight(kHeight);
    m_drain->setObjectName(QStringLiteral("planDrain"));
    m_return->setObjectName(QStringLiteral("planReturn"));
    m_plan->setObjectName(QStringLiteral("planVerbs"));
    m_plan->setToolTip(verbsTip());
    m_summary->setObjectName(QStringLiteral("selectionSummary"));
    m_reason->setObjectName(QStringLiteral("selectionReason"));
    auto* column = columnLayout(this, 0);
    column->setContentsMargins(12, 5, 12, 6);
    auto* top = rowLayout(nullptr, 5);
    top->addWidget(m_summary, 1);
    for (Button* button : {m_open, m_heatmap, m_drain, m_return, m_plan, m_clear}) {
        button->setButtonHeight(kButtonHeight);
        top->addWidget(button);
    }
    auto* foot = rowLayout(nullptr, 12);
    foot->addWidget(m_chips, 1);
    m_reason->setAlignment(Qt::AlignRight);
    foot->addWidget(m_reason);
    column->addLayout(top, 1);
    column->addLayout(foot, 1);
}

void MarkedBar::setFleet(const store::FleetPtr& fleet, std::int64_t nowWallMs) {
    // The bar counts over all marked nodes: once a second is often enough.
    const bool due = nowWallMs / 1000 != m_nowWallMs / 1000;
    m_fleet = fleet;
    m_nowWallMs = nowWallMs;
    if (due) refresh();
}

void MarkedBar::setOffReason(std::function<QString(const QString&, Verb)> offReason) {
    m_offReason = std::move(offReason);
    refresh();
}

void MarkedBar::refresh() {
    setVisible(!m_selection.empty());
    if (m_selection.empty()) return;
    const std::vector<std::string> ids = m_selection.ids();
    m_facts = selectionFacts(ids, *m_fleet, m_nowWallMs);
    m_summary->setRuns({strong(QStringLiteral("%1 selected").arg(countOf(m_facts.nodes, QStringLiteral("node"))), kBasePx), plain(selectionText(m_facts), Tone::secondary, kBasePx),
                        plain(QStringLiteral("by id: survives sort, filter, refresh"), Tone::secondary, kBasePx)});
    showChips(ids);
    showReasons();
}

void MarkedBar::showChips(const std::vector<std::string>& ids) {
    Runs runs;
    for (std::size_t i = 0; i < std::min(ids.size(), kShownChips); ++i) {
        Run one = chip(nameOf(ids[i]), signOf(*m_fleet, ids[i], m_nowWallMs));
        one.link = QString::fromStdString(ids[i]);
        runs << one;
    }
    if (ids.size() > kShownChips) runs << plain(QStringLiteral("and %1 more").arg(countText(static_cast<std::int64_t>(ids.size() - kShownChips))), Tone::secondary);
    m_chips->setRuns(runs);
}

QStringList MarkedBar::reasonsOf(Verb verb) const {
    QStringList reasons;
    for (const std::string& site : m_facts.sites)
        if (const QString why = m_offReason ? m_offReason(toQt(site), verb) : QString(); !why.isEmpty()) reasons << why;
    return reasons;
}

/// A plan needs one site that takes it; the sites that take none are named all the same.
void MarkedBar::showReasons() {
    QStringList reasons;
    for (const auto& [button, verb] : {std::pair(m_drain, Verb::drain), std::pair(m_return, Verb::giveBack)}) {
        const QStringList against = reasonsOf(verb);
        button->setEnabled(against.size() < static_cast<qsizetype>(m_facts.sites.size()));
        button->setToolTip(against.join(QStringLiteral("; ")));
        for (const QString& why : against)
            if (!reasons.contains(why)) reasons << why;
    }
    const QString why = reasons.join(QStringLiteral("; "));
    m_open->setEnabled(m_facts.nodes == 1);
    m_open->setToolTip(m_facts.nodes == 1 ? QString() : QStringLiteral("Opens one node: %1 are selected. Enter opens the row under the cursor.").arg(countText(m_facts.nodes)));
    m_reason->setRuns({plain(reasons.isEmpty() ? QStringLiteral("right-click or Alt+click a cell: filter by it") : why, reasons.isEmpty() ? Tone::secondary : Tone::text)});
}

} // namespace busbar::views
