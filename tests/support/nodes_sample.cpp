#include "tests/support/nodes_sample.h"

#include "widgets/controls/node_table.h"
#include "widgets/views/frame/main_frame.h"
#include "widgets/views/parts/text.h"

#include <QTimer>

namespace busbar::samples {

namespace {

constexpr int kSites = 6;
constexpr std::size_t kSilent = 1;

} // namespace

NodesSample::NodesSample(const QString& what, const QString& query)
    : m_marked(what == QStringLiteral("nodes-marked")), m_loading(what == QStringLiteral("nodes-loading")), m_fleet(kSites, 9'600, 5), m_view(new views::NodesView(m_selection)) {
    ask(query);
    connect(m_view, &views::FleetView::queryRequested, this, &NodesSample::ask);
}

void NodesSample::ask(const QString& query) {
    if (const query::QueryPtr parsed = query::parse(views::toStd(query)).query) m_view->setQuery(parsed, query);
}

void NodesSample::start(views::MainFrame& frame) {
    connect(m_view, &views::FleetView::statusChanged, &frame, [&frame](const QString& text) { frame.status().setSelection(text); });
    auto* timer = new QTimer(this);
    connect(timer, &QTimer::timeout, this, &NodesSample::tick);
    timer->start(1'000);
    tick();
    m_view->setFocus();
    if (!m_marked) return;
    QTimer::singleShot(1'500, this, [this] {
        for (const int row : {3, 4, 6, 8, 10}) m_selection.add({m_view->model().id(row)});
        m_view->table().setCursorRow(8);
    });
}

void NodesSample::tick() {
    for (std::size_t i = 0; i < kSites; ++i) m_fleet.shard(i).setReceived(i == kSilent ? test::kSyntheticNowMs - 94'000 : m_nowMs);
    if (m_loading) {
        auto fleet = std::make_shared<store::FleetSnapshot>();
        store::FleetStore empty("lga1");
        empty.setState(store::SiteState::loading, "Connected; the first snapshot is on its way.");
        fleet->sites = {empty.publish()};
        m_view->setFleet(fleet, m_nowMs);
    } else {
        m_view->setFleet(m_fleet.tick(0.3), m_nowMs);
    }
    m_nowMs += 1'000;
}

} // namespace busbar::samples
