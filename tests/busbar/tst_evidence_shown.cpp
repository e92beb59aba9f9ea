// The evidence window once its evidence is verified: it shows what was proven, whatever the stream told or left out.
#include "busbar/evidence_binder.h"
#include "widgets/views/evidence/evidence_rows.h"

#include <QAbstractItemView>
#include <QSignalSpy>
#include <QTest>

using namespace busbar;
using namespace busbar::views;

namespace {

constexpr const char* kNode = "pdx1/n1";
using Kind = SignatureState::Kind;

StepRecord stepOf(StepKind kind, StepState state) {
    StepRecord step{.kind = kind, .state = state, .commandId = std::string(toString(kind))};
    if (!hasEnded(step)) return step;
    step.evidence = {{"node", "service", "open", "closing", "closing", "", "controller", Verdict::asSet, 1}};
    step.figures = {{.subject = "GPU-1", .name = "HBM copy", .unit = "GB/s", .value = 1'200, .rule = TestFigure::Rule::atLeast, .threshold = 2'000}};
    return step;
}

/// A drain whose node signed that two processes were left; its wait has ended, its verify `verify`.
session::EvidencePtr proven(StepState verify = StepState::failed) {
    auto evidence = std::make_shared<session::VerifiedEvidence>();
    ProvenTarget target;
    target.record.nodeId = kNode;
    target.record.state = hasEnded(stepOf(StepKind::verify, verify)) ? TargetState::failed : TargetState::verifying;
    target.record.sentence = "2 processes are left";
    for (const auto& [kind, state] : {std::pair(StepKind::wait, StepState::succeeded), {StepKind::verify, verify}}) {
        ProvenStep& step = target.steps.emplace_back();
        step.record = stepOf(kind, state);
        target.record.steps.push_back(step.record);
        if (!hasEnded(step.record)) continue;
        step.report.emplace().evidence = {{"GPU-1", "processes", "3", "2", "0", "", "nvml", Verdict::notAsSet, 2}};
        step.signedBy = "busbar://node/pdx1/n1";
    }
    evidence->proven.targets = {target};
    evidence->proven.madeBy = "busbar://controller/pdx1/c1";
    return evidence;
}

/// The same drain as a stream tells it that does not hold to what was signed.
std::shared_ptr<Action> told(StepState verify = StepState::succeeded) {
    auto action = std::make_shared<Action>();
    action->id = "pdx1/01JD0000000000000000000000";
    TargetRecord& target = action->targets.emplace_back();
    target.nodeId = kNode;
    target.state = hasEnded(stepOf(StepKind::verify, verify)) ? TargetState::succeeded : TargetState::verifying;
    target.sentence = "all well";
    for (const auto& [kind, state] : {std::pair(StepKind::wait, StepState::succeeded), {StepKind::verify, verify}}) {
        StepRecord& step = target.steps.emplace_back(stepOf(kind, state));
        if (!hasEnded(step)) continue;
        step.evidence = {{"GPU-1", "processes", "3", "0", "0", "", "nvml", Verdict::asSet, 2}};
        step.figures[0].value = 9'000;
    }
    return action;
}

struct Shown {
    explicit Shown(const std::shared_ptr<const Action>& action) { view.setTarget(action, kNode); }
    /// All cells of a table in a line.
    QString text(const char* table) const {
        QStringList words;
        const QAbstractItemModel& model = *view.findChild<QAbstractItemView*>(QLatin1String(table))->model();
        for (int row = 0; row < model.rowCount(); ++row)
            for (int column = 0; column < model.columnCount(); ++column) words << model.index(row, column).data().toString();
        return words.join(QLatin1Char('|'));
    }
    QString facts() const { return text("evidenceFacts"); }
    QString head() const {
        QStringList words;
        for (const Line* line : view.findChildren<Line*>()) words << line->text();
        return words.join(QLatin1Char('|'));
    }
    EvidenceView view;
    QSignalSpy changed{&view, &EvidenceView::proofChanged};
};

} // namespace

class TestEvidenceShown : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatWasProvenIsShown_data();
    void whatWasProvenIsShown();
    void whatIsUnderWayGoesOn();
    void wrongSignaturesProveNothing();
    void anotherNodesEvidenceIsNone();
    void nothingSignedIsSaid();
};

void TestEvidenceShown::whatWasProvenIsShown_data() {
    QTest::addColumn<int>("stream");
    QTest::newRow("the stream told other values") << 0;
    QTest::newRow("it left the evidence out") << 1;
    QTest::newRow("it left the steps out") << 2;
    QTest::newRow("it told of a step that nobody took") << 3;
}

void TestEvidenceShown::whatWasProvenIsShown() {
    QFETCH(int, stream);
    const auto action = told();
    std::vector<StepRecord>& steps = action->targets[0].steps;
    if (stream == 1 || stream == 2) action->leftOut = bitOf(ActionPart::evidence);
    if (stream == 1)
        for (StepRecord& step : steps) step = {.kind = step.kind, .state = step.state};
    if (stream == 2) steps.clear();
    if (stream == 3) steps.push_back(steps.back());
    Shown shown(action);
    QVERIFY2(stream == 0 || stream == 3 ? shown.facts().contains(QStringLiteral("as set")) : shown.facts().isEmpty(), qPrintable(shown.facts()));
    QCOMPARE(shown.head().contains(leftOutSentence()), stream == 1 || stream == 2);
    shown.view.setSignature(console::signatureOf(proven(), kNode));
    QVERIFY2(!shown.head().contains(leftOutSentence()) && shown.head().contains(QStringLiteral("Signatures verified")), qPrintable(shown.head()));
    // Facts, figures, steps and what became of the target: nothing of it is the stream's.
    QCOMPARE(shown.facts().count(QStringLiteral("not as set")), 2);
    QCOMPARE(shown.facts().count(QStringLiteral("processes")), 2);
    QCOMPARE(shown.facts().count(QStringLiteral("service")), 2); // The controller's own stand there, too.
    QVERIFY2(shown.text("evidenceFigures").count(QStringLiteral("1,200 GB/s")) == 2 && !shown.text("evidenceFigures").contains(QStringLiteral("9,000")), qPrintable(shown.text("evidenceFigures")));
    QVERIFY2(shown.text("evidenceSteps").contains(QStringLiteral("2 verify")), qPrintable(shown.text("evidenceSteps")));
    QVERIFY2(shown.head().contains(QStringLiteral("2 processes are left")) && shown.head().contains(QStringLiteral("failed")) && !shown.head().contains(QStringLiteral("all well")), qPrintable(shown.head()));
    // The same told once more changes nothing, and is no reason to ask again.
    shown.view.setTarget(std::make_shared<const Action>(*action), kNode);
    QCOMPARE(shown.changed.count(), 0);
    QCOMPARE(shown.facts().count(QStringLiteral("not as set")), 2);
}

/// Verified in the middle of it: what has ended stands as proven, the rest is the stream's until it is verified itself.
void TestEvidenceShown::whatIsUnderWayGoesOn() {
    Shown shown(told(StepState::running));
    shown.view.setSignature(console::signatureOf(proven(StepState::running), kNode));
    QCOMPARE(shown.facts().count(QStringLiteral("not as set")), 1);
    QVERIFY(shown.head().contains(QStringLiteral("all well"))); // How far it has come is no evidence.
    auto further = told(StepState::running);
    further->targets[0].steps[1].share = 0.5;
    further->targets[0].steps[1].evidence = {{"GPU-1", "memory used", "3", "0", "0", "", "nvml", Verdict::asSet, 2}};
    shown.view.setTarget(further, kNode);
    QVERIFY2(shown.text("evidenceSteps").contains(QStringLiteral("running 50 %")), qPrintable(shown.text("evidenceSteps")));
    QVERIFY2(!shown.facts().contains(QStringLiteral("memory used")), qPrintable(shown.facts())); // Beside "verified" nothing stands that was not.
    QCOMPARE(shown.changed.count(), 0);
    shown.view.setTarget(told(), kNode);
    QCOMPARE(shown.changed.count(), 1); // Asked again; the window says "checking" now.
    shown.view.setSignature({Kind::checking, {}, {}});
    QCOMPARE(shown.facts().count(QStringLiteral("not as set")), 1);
    QCOMPARE(shown.facts().count(QStringLiteral("processes")), 2);
    shown.view.setSignature(console::signatureOf(proven(), kNode));
    QCOMPARE(shown.facts().count(QStringLiteral("not as set")), 2);
}

void TestEvidenceShown::wrongSignaturesProveNothing() {
    Shown shown(told());
    shown.view.setSignature(console::signatureOf(proven(), kNode));
    shown.view.setSignature(console::signatureOf(absl::DataLossError("it has two signed reports"), kNode));
    QVERIFY(shown.head().contains(QStringLiteral("do NOT verify")) && shown.head().contains(QStringLiteral("it has two signed reports")));
    QVERIFY2(!shown.facts().contains(QStringLiteral("not as set")), qPrintable(shown.facts()));
    // That nobody answered refutes nothing that was proven before.
    shown.view.setSignature(console::signatureOf(proven(), kNode));
    shown.view.setSignature(console::signatureOf(absl::UnavailableError("pdx1 does not answer"), kNode));
    QVERIFY(shown.head().contains(QStringLiteral("not checked")));
    QCOMPARE(shown.facts().count(QStringLiteral("not as set")), 2);
}

void TestEvidenceShown::anotherNodesEvidenceIsNone() {
    const SignatureState state = console::signatureOf(proven(), "pdx1/n2");
    QVERIFY(state.kind == Kind::wrong && !state.proven);
    QVERIFY2(state.sentence.contains(QStringLiteral("no evidence of pdx1/n2")), qPrintable(state.sentence));
}

void TestEvidenceShown::nothingSignedIsSaid() {
    auto evidence = std::make_shared<session::VerifiedEvidence>(*proven());
    for (ProvenStep& step : evidence->proven.targets[0].steps) step.signedBy.clear(), step.report.reset();
    Shown shown(told());
    shown.view.setSignature(console::signatureOf(session::EvidencePtr(evidence), kNode));
    QVERIFY(shown.head().contains(QStringLiteral("Not signed")));
    QVERIFY2(!shown.facts().contains(QStringLiteral("processes")), qPrintable(shown.facts()));
}

QTEST_MAIN(TestEvidenceShown)
#include "tst_evidence_shown.moc"
