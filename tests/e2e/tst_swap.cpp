// A lease's node is swapped for an equal free one with real programs, and a node that its tenant reports as faulty: both end in triage, proven step by
// step, and have no short cut back.
#include "tests/e2e/verb_flow.h"

#include <QTest>

using namespace busbar::test;

namespace {

/// One target of an action, looked at as if it were its only one.
ActionView part(const ActionView& action, int target) {
    QJsonObject json = action.json();
    json.insert(QStringLiteral("targets"), QJsonArray{action.json().value(QStringLiteral("targets")).toArray().at(target)});
    return ActionView(json);
}

QString nodeOf(const ActionView& part) { return part.target().value(QStringLiteral("node")).toString(); }

QStringList well(const QStringList& kinds) {
    QStringList steps;
    for (const QString& kind : kinds) steps << kind + QStringLiteral(" succeeded");
    return steps;
}

} // namespace

class TestSwap : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY2(m_site.start(), qPrintable(m_site.error())); }
    void failingNodeIsSwappedAndGoesToTriage();
    void unequalNodeIsRefused();
    void faultyNodeGoesToTriageOnRelease();

private:
    SiteFixture m_site;
};

void TestSwap::failingNodeIsSwappedAndGoesToTriage() {
    VerbFlow bad(m_site), spare(m_site);
    QVERIFY2(bad.addNode(QStringLiteral("bad")) && spare.addNode(QStringLiteral("spare")), qPrintable(m_site.error()));
    const ActionView leased = bad.act(QStringLiteral("lease"), {QStringLiteral("--tenant"), QStringLiteral("acme"), QStringLiteral("--power-limit"), QStringLiteral("500")});
    QVERIFY2(bad.exitCode() == 0, bad.said());
    const QString lease = leased.json().value(QStringLiteral("details")).toObject().value(QStringLiteral("lease")).toString();

    const QJsonObject planned = bad.plan(QStringLiteral("swap"));
    QCOMPARE(planned.value(QStringLiteral("node")).toString(), spare.node());
    QVERIFY2(planned.value(QStringLiteral("sentence")).toString().startsWith(QStringLiteral("comes into lease %1 of acme with 2 x NVIDIA H100 80GB HBM3 (simulated)").arg(lease)), QJsonDocument(planned).toJson());
    const ActionView swapped = bad.act(QStringLiteral("swap"));
    QVERIFY2(bad.exitCode() == 0, bad.said());
    const ActionView comes = part(swapped, 0), leaves = part(swapped, 1);
    QCOMPARE(nodeOf(comes), spare.node());
    QCOMPARE(comes.steps(), well({QStringLiteral("precheck"), QStringLiteral("scrub"), QStringLiteral("configure"), QStringLiteral("open"), QStringLiteral("canary")}));
    QCOMPARE(nodeOf(leaves), bad.node());
    QCOMPARE(leaves.steps(), well({QStringLiteral("close"), QStringLiteral("wait"), QStringLiteral("scrub"), QStringLiteral("configure"), QStringLiteral("release"), QStringLiteral("verify")}));
    QCOMPARE(comes.evidence(QStringLiteral("canary"), QStringLiteral("lease")).first().value(QStringLiteral("after")).toString(), lease);
    QCOMPARE(leaves.evidence(QStringLiteral("close"), QStringLiteral("lease")).first().value(QStringLiteral("before")).toString(), lease);
    QCOMPARE(leaves.evidence(QStringLiteral("scrub"), QStringLiteral("memory after scrub")).size(), 2);
    // The tenant goes on with its settings on the other node; this one has nothing of it any more.
    QCOMPARE(spare.fact(QStringLiteral("occupancy")), QStringLiteral("leased"));
    QCOMPARE(spare.gpu(0).value(QStringLiteral("power_limit_w")).toInt(), 500);
    QCOMPARE(spare.hooksRun(), QStringList({QStringLiteral("open")}));
    QCOMPARE(bad.fact(QStringLiteral("occupancy")), QStringLiteral("free"));
    QCOMPARE(bad.fact(QStringLiteral("service")), QStringLiteral("drained"));
    QCOMPARE(bad.fact(QStringLiteral("state")), QStringLiteral("triage"));
    QCOMPARE(bad.gpu(0).value(QStringLiteral("power_limit_w")).toInt(), 700);
    QCOMPARE(bad.hooksRun(), QStringList({QStringLiteral("open"), QStringLiteral("release")}));

    (void)bad.act(QStringLiteral("return"));
    QCOMPARE(bad.exitCode(), 1);
    QVERIFY2(bad.said().contains("it is in triage and stays closed until it is repaired"), bad.said());
    const ActionView ended = spare.act(QStringLiteral("release"));
    QVERIFY2(spare.exitCode() == 0, spare.said());
    QVERIFY2(ended.steps().contains(QStringLiteral("reopen succeeded")), ended.text());
}

void TestSwap::unequalNodeIsRefused() {
    VerbFlow bad(m_site), other(m_site);
    AgentOptions options;
    options.model = QStringLiteral("NVIDIA L40S");
    QVERIFY2(bad.addNode(QStringLiteral("bad2")) && other.addNode(QStringLiteral("l40s"), options), qPrintable(m_site.error()));
    (void)bad.act(QStringLiteral("lease"), {QStringLiteral("--tenant"), QStringLiteral("acme")});
    QVERIFY2(bad.exitCode() == 0, bad.said());
    (void)bad.act(QStringLiteral("swap"), {QStringLiteral("--with"), other.node()});
    QCOMPARE(bad.exitCode(), 1);
    QVERIFY2(bad.said().contains("it is not equal, it has 2 x NVIDIA L40S (simulated)"), bad.said());
    QCOMPARE(bad.fact(QStringLiteral("occupancy")), QStringLiteral("leased"));
    QCOMPARE(other.fact(QStringLiteral("occupancy")), QStringLiteral("free"));
}

void TestSwap::faultyNodeGoesToTriageOnRelease() {
    VerbFlow flow(m_site);
    QVERIFY2(flow.addNode(QStringLiteral("hangs")), qPrintable(m_site.error()));
    (void)flow.act(QStringLiteral("lease"), {QStringLiteral("--tenant"), QStringLiteral("acme")});
    QVERIFY2(flow.exitCode() == 0, flow.said());
    const ActionView released = flow.act(QStringLiteral("release"), {QStringLiteral("--faulty"), flow.node(), QStringLiteral("--fault-text"), QStringLiteral("NCCL hangs on GPU 1")});
    QVERIFY2(flow.exitCode() == 0, flow.said());
    QVERIFY2(!released.steps().contains(QStringLiteral("reopen succeeded")) && released.steps().last() == QStringLiteral("verify succeeded"), released.text());
    QCOMPARE(flow.fact(QStringLiteral("state")), QStringLiteral("triage"));
    QCOMPARE(flow.fact(QStringLiteral("service")), QStringLiteral("drained"));
    QCOMPARE(flow.fact(QStringLiteral("occupancy")), QStringLiteral("free"));
    const QByteArray node = m_site.ctl({QStringLiteral("node"), flow.node(), QStringLiteral("-o"), QStringLiteral("json")}).out;
    QVERIFY2(node.contains("reported as faulty on release: NCCL hangs on GPU 1"), node);
}

QTEST_GUILESS_MAIN(TestSwap)
#include "tst_swap.moc"
