// Shows one view with hand-made values, to look at beside its picture in design/mock. usage: shell_gallery
// plan|refused|small|welcome|action|action-lost|heatmap|overview|overview-two|overview-states|node|node-lost|node-stale|node-bare|node-unknown [light] [GPUs]
// nodes|nodes-marked|nodes-loading [light] [QUERY]
#include "base/clock.h"
#include "domain/lifecycle.h"
#include "items/node_selection.h"
#include "shell_samples.h"
#include "tests/support/node_sample.h"
#include "tests/support/nodes_sample.h"
#include "tests/support/overview_sample.h"
#include "tests/support/synthetic_fleet.h"
#include "widgets/controls/query_bar.h"
#include "widgets/views/action/action_view.h"
#include "widgets/views/frame/main_frame.h"
#include "widgets/views/frame/top_band.h"
#include "widgets/views/heatmap/heatmap_view.h"
#include "widgets/views/overview/overview_view.h"
#include "widgets/views/plan/plan_dialog.h"
#include "widgets/views/welcome/welcome_view.h"

#include <QApplication>

using namespace busbar;

namespace {

QWidget* makePlan(const QString& what) {
    const auto now = systemClock().wallMs();
    const Plan plan = what == QStringLiteral("small") ? samples::smallPlan(now) : samples::drainPlan(now);
    auto* dialog = new views::PlanDialog(QStringLiteral("lga1 New York"), plan.request);
    dialog->start();
    dialog->setPlan(plan, dialog->question());
    if (what == QStringLiteral("refused")) dialog->setRefused(QStringLiteral("Refused: 2 things changed since the plan of 14:32:07"), {QStringLiteral("b07-r05-u08: service was open, is draining (drain A-8812 of j.silva)"), QStringLiteral("b07-r05-u14: health was ok, is failed (XID 79 on GPU 3)")});
    return dialog;
}

/// The form of a lease or a provision, filled in or not, and its plan.
QWidget* makeForm(const QString& what) {
    const auto now = systemClock().wallMs();
    const Verb verb = what.contains(QStringLiteral("provision")) ? Verb::provision : Verb::lease;
    Plan plan = samples::smallPlan(now);
    auto* dialog = new views::PlanDialog(QStringLiteral("lga1 New York"), {.verb = verb, .nodeIds = plan.request.nodeIds, .site = "lga1"});
    QObject::connect(dialog, &views::PlanDialog::planRequested, dialog, [dialog, plan](const PlanRequest& request, int question) mutable {
        plan.request = request;
        plan.targets.front().steps = stepsOf(request.verb);
        plan.targets.front().sentence = "precheck, scrub, open for helix-bio, canary on 8 GPUs; the settings asked for are skipped: its agent's settings are read-only";
        plan.inverse = "release of the 1 leased node";
        dialog->setPlan(plan, question);
    });
    dialog->start();
    return dialog;
}

QWidget* makeEvidence() {
    auto action = std::make_shared<Action>(samples::burnInAction(systemClock().wallMs()));
    auto* dialog = new views::EvidenceDialog(action, action->targets.front().nodeId, nullptr);
    dialog->view().allowExport();
    dialog->view().setSignature({views::SignatureState::Kind::verified, QStringLiteral("signed by busbar://node/lga1/b07-r05-u08, taken into its books by busbar://controller/lga1/c1 at 14:32:07 UTC")});
    return dialog;
}

QWidget* makeWelcome() {
    auto* view = new views::WelcomeView;
    view->resize(1600, 900);
    view->setProfiles({QStringLiteral("demo"), QStringLiteral("prod")}, QStringLiteral("~/.config/busbar/profiles"));
    view->setDemoCommand(QStringLiteral("packaging/demo.sh"));
    view->setProblem(QStringLiteral("The profile \u201cprod\u201d cannot be used: its certificate cert.pem expired on 2026-11-01. Renew it with: busbarctl pki enrol --profile prod."));
    return view;
}

QWidget* inFrame(const QString& id, QWidget* view) {
    auto* frame = new views::MainFrame;
    frame->addView(QStringLiteral("overview"), QStringLiteral("Overview"), views::RailIcon::overview, QStringLiteral("G, O"), id == QStringLiteral("overview") ? view : new QWidget, QStringLiteral("Enter scope \u00b7 h heatmap here \u00b7 R order of now"));
    frame->addView(QStringLiteral("heatmap"), QStringLiteral("Heatmap"), views::RailIcon::heatmap, QStringLiteral("G, H"), id == QStringLiteral("heatmap") ? view : new QWidget, QStringLiteral("Arrows move \u00b7 Shift+drag lasso \u00b7 Alt adds \u00b7 wheel zooms \u00b7 0 fits"));
    frame->addView(QStringLiteral("nodes"), QStringLiteral("Nodes"), views::RailIcon::nodes, QStringLiteral("G, N"), id == QStringLiteral("nodes") ? view : new QWidget, QStringLiteral("j k move \u00b7 Space mark \u00b7 Alt+click filter by cell"));
    frame->addView(QStringLiteral("actions"), QStringLiteral("Actions"), views::RailIcon::actions, QStringLiteral("G, X"), id == QStringLiteral("action") ? view : new QWidget, QStringLiteral("j k move \u00b7 Enter node \u00b7 Ctrl+. focuses Stop, does not stop"));
    if (id != QStringLiteral("action") && id != QStringLiteral("heatmap") && id != QStringLiteral("overview") && id != QStringLiteral("nodes")) frame->addDetail(id, view, QStringLiteral("nodes"), {});
    QAction* keys = frame->commands().add(QStringLiteral("keys"), QStringLiteral("Keys"), QStringLiteral("?"), QStringLiteral("Window"), [frame] { frame->openKeys(); });
    frame->commands().add(QStringLiteral("palette"), QStringLiteral("Command palette"), QStringLiteral("Ctrl+K"), QStringLiteral("Window"), [frame] { frame->openPalette(); });
    frame->rail().addFoot(views::RailIcon::keys, keys, QStringLiteral("Keys"));
    frame->band().setBreadcrumb({QStringLiteral("Fleet"), QStringLiteral("lga1"), QStringLiteral("A-08815")});
    frame->band().setUser(QStringLiteral("m.chen \u00b7 operator"));
    views::FrameFacts facts{.worstLiveAgeMs = 600, .usableSites = 1, .priority = {0, 2, 7, 23}, .actionsRunning = 4, .actionsWaiting = 1, .nodes = 5'600, .simulated = 5'600, .nowWallMs = systemClock().wallMs()};
    facts.sites = {{QStringLiteral("lga1"), store::SiteState::live, 600}, {QStringLiteral("osl1"), store::SiteState::stale, 94'000, facts.nowWallMs - 94'000}};
    frame->setFacts(facts);
    frame->showView(id == QStringLiteral("action") ? QStringLiteral("actions") : id);
    frame->showFullScreen();
    return frame;
}

QWidget* makeAction(const QString& what) {
    const auto now = systemClock().wallMs();
    auto* view = new views::ActionView;
    const views::SiteSilence silence = what == QStringLiteral("action-lost") ? views::SiteSilence{QStringLiteral("lost"), now - 94'000} : views::SiteSilence{};
    view->setDesk({.title = [](const QString& site) { return site + QStringLiteral(" New York"); }, .silence = [silence](const QString&) { return silence; }});
    if (silence.isSilent()) view->setLoading(QStringLiteral("Waiting for the actions of pdx1 \u2026"));
    view->setActions({std::make_shared<const Action>(samples::runningDrain(now)), std::make_shared<const Action>(samples::burnInAction(now)), std::make_shared<const Action>(samples::finishedDrain(now))});
    return inFrame(QStringLiteral("action"), view);
}

/// GPUs at 14 sites, one of them not heard of for a while.
QWidget* makeHeatmap(std::uint32_t gpus) {
    static items::NodeSelection selection;
    test::SyntheticFleet fleet(14, gpus / 14, 1);
    constexpr std::size_t kStale = 7;
    fleet.shard(kStale).setReceived(test::kSyntheticNowMs - 94'000);
    fleet.shard(kStale).setState(store::SiteState::stale, "no word for 1 m 34 s");
    auto* view = new views::HeatmapView(selection);
    const store::FleetPtr snapshot = fleet.snapshot();
    view->setFleet(snapshot, test::kSyntheticNowMs);
    QWidget* frame = inFrame(QStringLiteral("heatmap"), view);
    auto* bar = new controls::QueryBar;
    bar->setSaved({{"sick-h100", "model:H100 health:degraded,failed"}});
    bar->setFleet(snapshot, test::kSyntheticNowMs);
    QObject::connect(bar, &controls::QueryBar::queryChanged, view, &views::HeatmapView::setQuery);
    static_cast<views::MainFrame*>(frame)->band().setQueryWidget(bar);
    QObject::connect(view, &views::FleetView::statusChanged, frame, [frame](const QString& text) { static_cast<views::MainFrame*>(frame)->status().setSelection(text); });
    return frame;
}

QWidget* makeOverview(const QString& what) {
    auto* sample = new samples::OverviewSample(what);
    auto* frame = static_cast<views::MainFrame*>(inFrame(QStringLiteral("overview"), sample->view()));
    sample->setParent(frame);
    sample->start(*frame);
    return frame;
}

QWidget* makeNodes(const QString& what, QStringList words) {
    words.removeAll(QStringLiteral("light"));
    auto* sample = new samples::NodesSample(what, words.mid(2).join(QLatin1Char(' ')));
    auto* frame = static_cast<views::MainFrame*>(inFrame(QStringLiteral("nodes"), sample->view()));
    sample->setParent(frame);
    sample->start(*frame);
    return frame;
}

} // namespace

int main(int argc, char** argv) {
    QApplication app(argc, argv);
    controls::setTheme(app, app.arguments().contains(QStringLiteral("light")) ? controls::Theme::light : controls::Theme::dark);
    const QString what = app.arguments().value(1, QStringLiteral("plan"));
    QWidget* widget = what == QStringLiteral("welcome") ? makeWelcome() : what == QStringLiteral("evidence") ? makeEvidence() : what.startsWith(QStringLiteral("form")) ? makeForm(what) : what.startsWith(QStringLiteral("action")) ? makeAction(what) : what == QStringLiteral("heatmap") ? makeHeatmap(std::max(45'000U, app.arguments().last().toUInt())) : what.startsWith(QStringLiteral("overview")) ? makeOverview(what) : what.startsWith(QStringLiteral("nodes")) ? makeNodes(what, app.arguments()) : what.startsWith(QStringLiteral("node")) ? inFrame(QStringLiteral("node"), samples::makeNodeSample(what)) : makePlan(what);
    widget->show();
    return QApplication::exec();
}
