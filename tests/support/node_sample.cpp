#include "tests/support/node_sample.h"

#include "base/clock.h"
#include "items/node_selection.h"
#include "node_site.h"
#include "shell_samples.h"

#include <QTimer>

#include <memory>

namespace busbar::samples {

views::NodeView* makeNodeSample(const QString& what) {
    static items::NodeSelection selection;
    const auto start = systemClock().wallMs();
    const bool bare = what == QStringLiteral("node-bare"), stale = what == QStringLiteral("node-stale"),
               unknown = what == QStringLiteral("node-unknown");
    const auto detail = [bare](std::int64_t now) { return bare ? driverlessNode(now) : busyNode(now); };
    const LeaseInfo lease{1, "LS-4402", "helix-bio", start - 4'500'000'000, start + 5'900'000'000};
    const auto site = std::make_shared<NodeSite>(detail(start), bare ? LeaseInfo{} : lease, start);
    if (what == QStringLiteral("node-lost"))
        site->setFacts({NodeState::ready, Service::open, Occupancy::leased, Health::degraded, Link::lost}, start - 94'000);
    auto* view = new views::NodeView(selection);
    QObject::connect(view, &views::NodeView::detailWanted, view, [=](const QString& id) {
        if (unknown) return view->setDetail(id, notFound("no node {} is known at site lga1.", id.toStdString()));
        view->setDetail(id, detail(stale ? start - 12'000 : systemClock().wallMs()));
    });
    QObject::connect(view, &views::NodeView::historyWanted, view, [=](const QString& id) { view->setHistory(id, historyOf(detail(start), start)); });
    const auto step = [=] {
        const auto now = systemClock().wallMs();
        if (!stale) site->beat(now);
        view->setFleet(site->fleet(), stale ? start + 12'000 : now);
    };
    auto* timer = new QTimer(view);
    QObject::connect(timer, &QTimer::timeout, view, step);
    timer->start(250);
    step();
    view->showNode(unknown ? QStringLiteral("lga1/n-nowhere") : QString::fromStdString(detail(start).id));
    return view;
}

} // namespace busbar::samples
