#include "widgets/views/heatmap/heat_selection_bar.h"

#include "store/query/query.h"
#include "widgets/views/parts/text.h"
#include "widgets/views/parts/verbs.h"

#include <QHBoxLayout>

#include <map>
#include <set>

namespace busbar::views {

namespace {

constexpr int kHeight = 44;
constexpr qsizetype kLongestQuery = 400;

struct Held {
    std::uint32_t gpus = 0;
    std::set<std::string> sites;
    std::set<std::pair<std::size_t, std::int64_t>> leases;
    std::map<Service, std::uint32_t> services;
};

Held heldBy(const store::FleetSnapshot& fleet, const std::vector<std::string>& ids) {
    Held held;
    for (const std::string& id : ids) {
        const auto slash = id.find('/');
        for (std::size_t i = 0; i < fleet.sites.size(); ++i) {
            const store::SiteSnapshot& site = *fleet.sites[i];
            if (id.compare(0, slash, site.site()) != 0) continue;
            const std::uint32_t node = site.findNode(std::string_view(id).substr(slash + 1));
            if (node >= site.nodeCount()) continue;
            held.sites.insert(site.site());
            held.gpus += static_cast<std::uint32_t>(site.gpuCount(node));
            ++held.services[site.facts(node).service];
            for (int gpu = 0; gpu < site.gpuCount(node); ++gpu)
                if (const std::int64_t lease = site.value(Metric::lease, site.firstRow(node) + static_cast<std::uint32_t>(gpu)); lease > 0) held.leases.insert({i, lease});
        }
    }
    return held;
}

QString wordsOf(const Held& held) {
    QStringList words{countOf(held.gpus, QStringLiteral("GPU"))};
    words << (held.sites.size() == 1 ? toQt(*held.sites.begin()) : countOf(static_cast<std::int64_t>(held.sites.size()), QStringLiteral("site")));
    words << countOf(static_cast<std::int64_t>(held.leases.size()), QStringLiteral("lease"));
    QStringList services;
    for (const auto& [service, count] : held.services) services << QStringLiteral("%1 %2").arg(countText(count), toQt(toString(service)));
    words << services.join(QStringLiteral(", "));
    return words.join(QStringLiteral(" \u00b7 "));
}

} // namespace

QString queryOfNodes(const std::vector<std::string>& ids) {
    QString query = QStringLiteral("node:");
    for (std::size_t i = 0; i < ids.size() && query.size() <= kLongestQuery; ++i) query += (i > 0 ? QStringLiteral(",") : QString()) + nameOf(ids[i]);
    const bool usable = !ids.empty() && query.size() <= kLongestQuery && query::parse(toStd(query)).query != nullptr;
    return usable ? query : QString();
}

HeatSelectionBar::HeatSelectionBar(QWidget* parent) : Surface(Tone::selection, Qt::TopEdge, parent), m_words(new Line(this)), m_filter(new Button(QStringLiteral("Add as filter"), {}, this)), m_plan(new Button(QStringLiteral("Plan\u2026"), QStringLiteral("x"), this)) {
    setFixedHeight(kHeight);
    setLineTone(Tone::link);
    auto* row = rowLayout(this, 8);
    row->setContentsMargins(12, 0, 8, 0);
    row->addWidget(m_words, 1);
    auto* table = new Button(QStringLiteral("Open in table"), {}, this);
    auto* clear = new Button(QStringLiteral("Clear"), QStringLiteral("Esc"), this);
    m_plan->setDefault(true);
    m_plan->setObjectName(QStringLiteral("planVerbs"));
    m_plan->setToolTip(verbsTip());
    for (Button* button : {table, m_filter, m_plan, clear}) row->addWidget(button);
    connect(table, &QPushButton::clicked, this, &HeatSelectionBar::tableRequested);
    connect(m_filter, &QPushButton::clicked, this, [this] { Q_EMIT filterRequested(m_query); });
    connect(m_plan, &QPushButton::clicked, this, &HeatSelectionBar::planRequested);
    connect(clear, &QPushButton::clicked, this, &HeatSelectionBar::cleared);
    hide();
}

void HeatSelectionBar::show(const store::FleetSnapshot& fleet, const items::NodeSelection& selection) {
    setVisible(!selection.empty());
    if (selection.empty()) return;
    const std::vector<std::string> ids = selection.ids();
    const QString nodes = countOf(static_cast<std::int64_t>(ids.size()), QStringLiteral("node"));
    m_words->setRuns({strong(QStringLiteral("%1 selected").arg(nodes), kBasePx), plain(wordsOf(heldBy(fleet, ids)), Tone::secondary)});
    m_plan->setText(QStringLiteral("Plan\u2026 (%1)").arg(nodes));
    m_query = queryOfNodes(ids);
    m_filter->setEnabled(!m_query.isEmpty());
    m_filter->setToolTip(m_query.isEmpty() ? QStringLiteral("%1 are too many for the query bar: open them in the table").arg(nodes) : m_query);
}

} // namespace busbar::views
