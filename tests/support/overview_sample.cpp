#include "tests/support/overview_sample.h"

#include "items/node_selection.h"
#include "shell_samples.h"
#include "store/action_book.h"
#include "widgets/views/frame/main_frame.h"
#include "widgets/views/overview/overview_view.h"

#include <QElapsedTimer>
#include <QTimer>

namespace busbar::samples {

namespace {

using store::SiteState;

constexpr int kHistorySteps = 480;
constexpr std::int64_t kHistoryStepMs = 2'500, kStaleMs = 94'000;
constexpr std::size_t kStaleSite = 7; // osl1

std::vector<std::uint32_t> sizesOf(const QString& what) {
    if (what == QStringLiteral("overview-two")) return {6'212, 2'048};
    if (what == QStringLiteral("overview-states")) return {4'000, 2'000, 1'000};
    return {5'120, 3'584, 3'840, 3'840, 5'760, 2'560, 3'072, 4'096, 2'560, 1'000, 1'120, 1'920, 2'048, 1'480};
}

} // namespace

OverviewSample::OverviewSample(const QString& what) : m_what(what), m_fleet(sizesOf(what), 4), m_selection(new items::NodeSelection(this)), m_view(new views::OverviewView(*m_selection)) {
    if (what == QStringLiteral("overview-states")) {
        const std::vector<std::pair<SiteState, std::string>> states{{SiteState::connecting, "connecting to ord1 at ord1.example:7443"},
                                                                    {SiteState::loading, ""},
                                                                    {SiteState::refused, "iad1 refused the certificate of m.chen: it expired on 2026-11-01. Renew it with: busbarctl pki enrol --profile prod"}};
        const std::vector<std::string> names{"ord1", "sjc1", "iad1"};
        for (std::size_t i = 0; i < states.size(); ++i) {
            m_others.push_back(std::make_unique<store::FleetStore>(names[i]));
            m_others.back()->setState(states[i].first, states[i].second);
        }
    }
    const auto now = test::kSyntheticNowMs;
    auto actions = std::make_shared<store::ActionsSnapshot>();
    actions->actions = {std::make_shared<const Action>(runningDrain(now)), std::make_shared<const Action>(finishedDrain(now))};
    m_view->setActions(actions);
}

store::FleetPtr OverviewSample::fleetNow(std::int64_t nowMs, bool tick) {
    const std::size_t sites = sizesOf(m_what).size();
    const std::size_t silent = m_what == QStringLiteral("overview") ? kStaleSite : m_what == QStringLiteral("overview-states") ? 1 : sites;
    for (std::size_t i = 0; i < sites; ++i) m_fleet.shard(i).setReceived(i == silent ? std::min(nowMs, test::kSyntheticNowMs - kStaleMs) : nowMs - 400);
    if (nowMs > test::kSyntheticNowMs - kStaleMs && silent < sites) m_fleet.shard(silent).setState(SiteState::stale, "");
    auto fleet = std::make_shared<store::FleetSnapshot>(*(tick ? m_fleet.tick(0.05) : m_fleet.snapshot()));
    for (const auto& other : m_others) fleet->sites.push_back(other->publish());
    return fleet;
}

void OverviewSample::step(std::int64_t nowMs) {
    m_newest = fleetNow(nowMs, true);
    m_view->setFleet(m_newest, nowMs);
}

void OverviewSample::start(views::MainFrame& frame) {
    for (int i = kHistorySteps; i > 0; --i) step(test::kSyntheticNowMs - i * kHistoryStepMs);
    auto* clock = new QElapsedTimer;
    clock->start();
    auto* timer = new QTimer(this);
    const auto show = [this, clock, &frame] {
        const std::int64_t now = test::kSyntheticNowMs + clock->elapsed();
        step(now);
        frame.setFacts(views::frameFacts(*m_newest, {}, now));
    };
    connect(timer, &QTimer::timeout, this, show);
    connect(m_view, &views::OverviewView::statusChanged, this, [&frame](const QString& text) { frame.status().setSelection(text); });
    show();
    timer->start(1'000);
}

} // namespace busbar::samples
