// What a person reads of a plan and of an action: all that is confirmed, and who decided what.
#include "busbarctl/output/text.h"
#include "busbarctl/output/text_details.h"

#include <QTest>

using namespace busbar;
using namespace busbar::ctl;

Q_DECLARE_METATYPE(busbar::VerbDetails)
Q_DECLARE_METATYPE(busbar::Action)

namespace {

constexpr std::int64_t kTwoOClock = 1'795'485'600'000; ///< 2026-11-24 02:00:00 UTC

Action withTargets(std::initializer_list<std::pair<int, TargetState>> targets) {
    Action action;
    for (const auto& [wave, state] : targets) {
        TargetRecord target;
        target.nodeId = "alp1/n" + std::to_string(action.targets.size());
        target.wave = wave;
        target.state = state;
        action.targets.push_back(target);
    }
    return action;
}

} // namespace

class TestCtlText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void detailsAreTold_data();
    void detailsAreTold();
    void anActionTellsWhoDecided_data();
    void anActionTellsWhoDecided();
    void whatIsDestructiveIsMarkedInThePlan();
    void aFigureTellsWhereItStands_data();
    void aFigureTellsWhereItStands();
};

void TestCtlText::detailsAreTold_data() {
    QTest::addColumn<int>("verb");
    QTest::addColumn<VerbDetails>("details");
    QTest::addColumn<QByteArray>("text");
    const auto row = [](const char* name, Verb verb, const VerbDetails& details, const char* text) { QTest::newRow(name) << static_cast<int>(verb) << details << QByteArray(text); };
    VerbDetails lease;
    lease.tenant = "acme";
    row("an open-ended lease that sets nothing", Verb::lease, lease, "Tenant     acme\nUntil      open-ended\nSettings   left as they are\n");
    lease.leaseId = "L-1";
    lease.untilWallMs = kTwoOClock;
    lease.settings.persistence = true;
    lease.settings.mig = false;
    lease.settings.ecc = true;
    lease.settings.computeMode = 3;
    lease.settings.powerLimitWatts = 500;
    lease.settings.lockedClockMhz = 1500;
    row("a lease with all it can have", Verb::lease, lease,
        "Tenant     acme\nLease      L-1\nUntil      2026-11-24 02:00:00 UTC\nSettings   persistence on, MIG off, ECC on, compute mode exclusive-process, power limit 500 W, locked clock 1500 MHz\n");
    VerbDetails provision, swap, release;
    provision.profile = "soak";
    row("provision", Verb::provision, provision, "Burn-in    soak\n");
    swap.replacement = "alp1/n9";
    row("swap", Verb::swap, swap, "Comes      alp1/n9\n");
    release.faultyNodes = {"alp1/n1", "alp1/n2"};
    release.faultText = "loses a GPU";
    row("release of faulty nodes", Verb::release, release, "Faulty     alp1/n1, alp1/n2: loses a GPU\n");
    row("a drain has none", Verb::drain, {}, "");
}

void TestCtlText::detailsAreTold() {
    QFETCH(int, verb);
    QFETCH(VerbDetails, details);
    QFETCH(QByteArray, text);
    QCOMPARE(QByteArray::fromStdString(detailsText(static_cast<Verb>(verb), details)), text);
    Plan plan;
    plan.request.verb = static_cast<Verb>(verb);
    plan.request.details = details;
    QVERIFY2(QByteArray::fromStdString(planText(plan)).contains(text + "Blast radius"), planText(plan).c_str());
    Action action;
    action.verb = static_cast<Verb>(verb);
    action.details = details;
    QVERIFY2(QByteArray::fromStdString(actionText(action)).contains(text), actionText(action).c_str());
}

void TestCtlText::whatIsDestructiveIsMarkedInThePlan() {
    Plan plan;
    plan.request.verb = Verb::lease;
    plan.targets.push_back({.nodeId = "alp1/n1", .eligible = true, .sentence = "", .steps = {StepKind::precheck, StepKind::scrub, StepKind::canary}, .leases = {}, .queuedBehind = ""});
    QVERIFY2(QByteArray::fromStdString(planText(plan)).contains("precheck > scrub (!) > canary"), planText(plan).c_str());
    QVERIFY2(QByteArray::fromStdString(planText(plan)).contains("\n(!) destructive: "), planText(plan).c_str());
    plan.targets.front().steps = {StepKind::precheck, StepKind::canary};
    QVERIFY2(!QByteArray::fromStdString(planText(plan)).contains("(!)"), planText(plan).c_str());
}

void TestCtlText::anActionTellsWhoDecided_data() {
    QTest::addColumn<Action>("action");
    QTest::addColumn<QByteArray>("says");
    QTest::addColumn<QByteArray>("saysNot");
    Action action;
    action.approvalWhy = "PDU p1 as a whole (2 nodes)";
    QTest::newRow("it waits for a second person") << action << QByteArray("\nApproval   PDU p1 as a whole (2 nodes)\n") << QByteArray("Approved");
    action.approvedBy = "admin";
    action.approvedWallMs = kTwoOClock;
    QTest::newRow("approved") << action << QByteArray("\nApproval   PDU p1 as a whole (2 nodes)\nApproved   by admin, 2026-11-24 02:00:00 UTC\n") << QByteArray("Paused");
    action.pausedWhy = "by operator: lunch";
    QTest::newRow("paused") << action << QByteArray("\nPaused     by operator: lunch\n") << QByteArray("Waves");
    QTest::newRow("waves") << withTargets({{1, TargetState::succeeded}, {1, TargetState::failed}, {2, TargetState::running}, {2, TargetState::refused}})
                           << QByteArray("\nWaves      1: 2 of 2 nodes ended, 1 of them failed or unknown\n           2: 0 of 1 nodes ended\n") << QByteArray("Paused");
    QTest::newRow("one wave is none") << withTargets({{1, TargetState::succeeded}}) << QByteArray("alp1/n0: succeeded") << QByteArray("Waves");
    Action many = withTargets({});
    for (int wave = 1; wave <= 25; ++wave) many.targets.push_back(withTargets({{wave, TargetState::waiting}}).targets.front());
    QTest::newRow("many waves") << many << QByteArray("           20: 0 of 1 nodes ended\n           and 5 more\n") << QByteArray("21: 0 of");
}

void TestCtlText::anActionTellsWhoDecided() {
    QFETCH(Action, action);
    QFETCH(QByteArray, says);
    QFETCH(QByteArray, saysNot);
    const QByteArray text = QByteArray::fromStdString(actionText(action));
    QVERIFY2(text.contains(says), text);
    QVERIFY2(!text.contains(saysNot), text);
}

void TestCtlText::aFigureTellsWhereItStands_data() {
    QTest::addColumn<int>("rank");
    QTest::addColumn<int>("count");
    QTest::addColumn<QString>("says");
    QTest::newRow("among many") << 3 << 128 << QStringLiteral("median 2903.5, 3 of 128");
    QTest::newRow("alone") << 1 << 1 << QStringLiteral("the first of its kind");
    QTest::newRow("not compared") << 0 << 0 << QStringLiteral("-");
}

void TestCtlText::aFigureTellsWhereItStands() {
    QFETCH(int, rank);
    QFETCH(int, count);
    QFETCH(QString, says);
    ProvenEvidence evidence;
    StepRecord step{.kind = StepKind::burnIn, .state = StepState::succeeded};
    step.figures = {{.subject = "GPU-1", .name = "HBM copy", .unit = "GB/s", .value = 2'950, .rule = TestFigure::Rule::atLeast, .threshold = 2'213, .thresholdSource = "thresholds.toml: H200", .fleetMedian = count == 0 ? 0 : 2'903.5, .fleetRank = rank, .fleetCount = count}};
    evidence.targets = {{.record = {.nodeId = "alp1/n1"}, .steps = {{.record = step}}}};
    QStringList cells;
    for (const QString& line : QString::fromStdString(evidenceText(evidence)).split(QLatin1Char('\n')))
        if (line.contains(QStringLiteral("HBM copy"))) cells = line.split(QStringLiteral("  "), Qt::SkipEmptyParts);
    for (QString& cell : cells) cell = cell.trimmed();
    QCOMPARE(cells, QStringList({QStringLiteral("GPU-1"), QStringLiteral("HBM copy"), QStringLiteral("2950"), QStringLiteral("GB/s"), QStringLiteral("at least 2213"), QStringLiteral("passed"), says, QStringLiteral("thresholds.toml: H200")}));
}

QTEST_GUILESS_MAIN(TestCtlText)
#include "tst_ctl_text.moc"
