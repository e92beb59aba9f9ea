// How the console's GUI thread fares on a running fleet: time to the first window and the first data, then for each view how late a 2 ms
// timer fires (a block of the GUI thread is a late timer) and how often the fleet changed. Prints figures for design.md §10.
//
// usage: bench_console PROFILE [SECONDS a view] [NODE]     e.g. with the demo running:
//   BUSBAR_CONFIG=…/config QT_QPA_PLATFORM=offscreen bench_console demo 10 fra1/sim-agent-1
#include "busbar/fleet_views.h"
#include "busbar/live_fleet.h"
#include "busbar/window.h"
#include "items/fleet_trends.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QTimer>

#include <algorithm>
#include <cstdio>
#include <vector>

using namespace busbar;
using namespace busbar::console;

namespace {

constexpr int kProbeMs = 2;
constexpr int kDefaultSeconds = 5;

void waitUntil(const std::function<bool()>& done) {
    while (!done()) QCoreApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents);
}

struct Lateness {
    std::vector<double> ms;
    double at(double share) {
        std::ranges::sort(ms);
        return ms.empty() ? 0 : ms[static_cast<std::size_t>(share * static_cast<double>(ms.size() - 1))];
    }
};

Lateness probe(int seconds) {
    Lateness lateness;
    QElapsedTimer sinceLast, whole;
    QTimer timer;
    timer.setTimerType(Qt::PreciseTimer);
    QObject::connect(&timer, &QTimer::timeout, &timer, [&] { lateness.ms.push_back(static_cast<double>(sinceLast.nsecsElapsed()) / 1e6 - kProbeMs); sinceLast.start(); });
    whole.start();
    sinceLast.start();
    timer.start(kProbeMs);
    waitUntil([&] { return whole.elapsed() > seconds * 1000; });
    return lateness;
}

} // namespace

int main(int argc, char** argv) {
    QElapsedTimer clock;
    clock.start();
    QApplication application(argc, argv);
    const QStringList words = QCoreApplication::arguments();
    auto session = session::FleetSession::open(words.value(1).toStdString());
    if (!session.ok()) {
        std::fprintf(stderr, "bench_console: %s\n", std::string(session.status().message()).c_str());
        return 1;
    }
    controls::setTheme(application, controls::Theme::dark);
    LiveFleet live(*std::move(session));
    Window window(0, std::make_shared<items::FleetTrends>());
    window.frame().resize(1920, 1080);
    window.setLive(live);
    window.frame().show();
    QCoreApplication::processEvents();
    std::printf("first window %lld ms\n", static_cast<long long>(clock.elapsed()));
    waitUntil([&] { return std::ranges::all_of(live.fleet()->sites, [](const store::SitePtr& site) { return site->state() == store::SiteState::live; }); });
    const store::SiteRollup all = store::sumOf(*live.fleet());
    std::printf("first data of all sites %lld ms: %u nodes, %u GPUs\n", static_cast<long long>(clock.elapsed()), all.nodes, all.installed);
    int changes = 0;
    QObject::connect(&live.session(), &session::FleetSession::fleetChanged, &window, [&changes] { ++changes; });
    const int seconds = std::max(1, words.value(2, QString::number(kDefaultSeconds)).toInt());
    std::vector<ViewRef> views{{view_id::kOverview, {}, {}}, {view_id::kHeatmap, {}, {}}, {view_id::kNodes, {}, {}}, {view_id::kActions, {}, {}}};
    if (words.size() > 3) views.push_back({view_id::kNode, words[3], {}});
    for (const ViewRef& where : views) {
        changes = 0;
        window.goTo(where);
        Lateness lateness = probe(seconds);
        std::printf("%-10s GUI thread late by p50 %.1f p99 %.1f max %.1f ms; %.1f fleet changes/s\n", qPrintable(where.view), lateness.at(0.5), lateness.at(0.99), lateness.at(1.0), static_cast<double>(changes) / seconds);
    }
    return 0;
}
