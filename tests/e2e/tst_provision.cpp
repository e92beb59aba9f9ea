// Provision with real programs: inspect, burn-in, ready, each figure beside its threshold; and what a burn-in refuses.
#include "tests/e2e/verb_flow.h"

#include <QFile>
#include <QTest>

using namespace busbar::test;

namespace {

const QStringList kQuick{QStringLiteral("--burn-in"), QStringLiteral("quick")};

/// Figures of that name; empty name: all that are judged.
QList<QJsonObject> figures(const ActionView& action, const QString& name = {}) {
    QList<QJsonObject> found;
    for (const QJsonValue& one : action.step(QStringLiteral("burn-in")).value(QStringLiteral("figures")).toArray())
        if (name.isEmpty() ? !one.toObject().value(QStringLiteral("threshold")).isNull() : one.toObject().value(QStringLiteral("name")).toString() == name) found << one.toObject();
    return found;
}

} // namespace

class TestProvision : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void quickEndsReadyWithFigures_data();
    void quickEndsReadyWithFigures();
    void aSlowGpuIsRefusedWithItsFigure();
    void anXidOfTheRunIsRefused();
    void aHigherBarOfTheSiteCounts();
    void wrongWordsAreRefusedWithTheirAddress();
    void aCancelledBurnInHasNotFailed();

private:
    SiteFixture m_site;
};

void TestProvision::initTestCase() {
    QFile bar(m_site.path(QStringLiteral("bar.toml")));
    QVERIFY(bar.open(QIODevice::WriteOnly));
    bar.write("threshold = [ { check = \"host_to_device\", model = \"A100 80GB\", value = 60, unit = \"GB/s\", source = \"this site's own bar\" } ]\n");
    bar.close();
    m_site.setControllerLines(QStringLiteral("new_nodes = \"discovered\"\nthresholds = \"%1\"\n").arg(bar.fileName()));
    QVERIFY2(m_site.start(), qPrintable(m_site.error()));
}

void TestProvision::quickEndsReadyWithFigures_data() {
    QTest::addColumn<QString>("settings");
    QTest::newRow("settings allowed") << QStringLiteral("allowed");
    QTest::newRow("read-only") << QStringLiteral("read-only");
}

void TestProvision::quickEndsReadyWithFigures() {
    QFETCH(QString, settings);
    VerbFlow flow(m_site);
    AgentOptions options;
    options.settings = settings;
    QVERIFY2(flow.addNode(QStringLiteral("p-") + settings, options), qPrintable(m_site.error()));
    QCOMPARE(flow.fact(QStringLiteral("state")), QStringLiteral("discovered"));
    const ActionView done = flow.act(QStringLiteral("provision"), kQuick);
    QVERIFY2(flow.exitCode() == 0, flow.said());
    QCOMPARE(done.steps(), QStringList({QStringLiteral("inspect succeeded"), QStringLiteral("burn-in succeeded")}));
    QCOMPARE(flow.fact(QStringLiteral("state")), QStringLiteral("ready"));
    QVERIFY(figures(done).size() >= 10); // Five bars and more, on each of two GPUs.
    for (const QJsonObject& figure : figures(done)) {
        QVERIFY2(figure.value(QStringLiteral("passed")).toBool(), QJsonDocument(figure).toJson());
        QVERIFY(!figure.value(QStringLiteral("threshold_source")).toString().isEmpty() && !figure.value(QStringLiteral("unit")).toString().isEmpty());
    }
    for (const char* fact : {"memory patterns", "bf16 products", "full load"}) QCOMPARE(done.evidence(QStringLiteral("burn-in"), QString::fromLatin1(fact)).size(), 2);
    // Judged by the limit that the driver enforces, and among the site's simulated GPUs of the model.
    const QJsonObject power = figures(done, QStringLiteral("highest power")).first(), copy = figures(done, QStringLiteral("HBM copy")).first();
    QVERIFY2(power.value(QStringLiteral("threshold")).toDouble() == 525, QJsonDocument(power).toJson());
    QVERIFY2(copy.value(QStringLiteral("fleet_count")).toInt() >= 2 && copy.value(QStringLiteral("fleet_rank")).toInt() >= 1 && copy.value(QStringLiteral("fleet_median")).toDouble() > 0, QJsonDocument(copy).toJson());
    QVERIFY(figures(done, QStringLiteral("bytes covered")).first().value(QStringLiteral("fleet_rank")).isNull());
    QVERIFY2(figures(done, QStringLiteral("held")).first().value(QStringLiteral("value")).toDouble() >= 1, done.text());
    QVERIFY(flow.holders().isEmpty());
    QCOMPARE(flow.gpu(0).value(QStringLiteral("compute_mode")).toInt(), 0);
    QCOMPARE(flow.settersCalled() == 0, settings == QStringLiteral("read-only"));
}

void TestProvision::aSlowGpuIsRefusedWithItsFigure() {
    VerbFlow flow(m_site);
    QVERIFY2(flow.addNode(QStringLiteral("slow")), qPrintable(m_site.error()));
    QVERIFY(m_site.driver(flow.name(), {QStringLiteral("set"), QStringLiteral("1"), QStringLiteral("hbm_gbps"), QStringLiteral("900")}));
    const ActionView done = flow.act(QStringLiteral("provision"), kQuick);
    QCOMPARE(flow.exitCode(), 1);
    QCOMPARE(flow.fact(QStringLiteral("state")), QStringLiteral("burn-in failed"));
    const QString uuid = flow.gpu(1).value(QStringLiteral("uuid")).toString();
    QVERIFY2(done.sentence().contains(uuid) && done.sentence().contains(QStringLiteral("HBM copy is")) && done.sentence().contains(QStringLiteral("at least 1905 is asked (thresholds.toml: memory_bandwidth of H100")), qPrintable(done.sentence()));
    const ActionView refused = flow.act(QStringLiteral("lease"), {QStringLiteral("--tenant"), QStringLiteral("acme")});
    QVERIFY2(flow.exitCode() == 1 && flow.said().contains("it is burn-in failed, only ready nodes are leased"), flow.said() + refused.text());
}

void TestProvision::anXidOfTheRunIsRefused() {
    VerbFlow flow(m_site);
    QVERIFY2(flow.addNode(QStringLiteral("xid")), qPrintable(m_site.error()));
    const ActionView begun = flow.begin(QStringLiteral("provision"), kQuick);
    QTRY_COMPARE_WITH_TIMEOUT(flow.fact(QStringLiteral("state")), QStringLiteral("burn-in"), 30'000);
    QVERIFY(m_site.driver(flow.name(), {QStringLiteral("xid"), QStringLiteral("1"), QStringLiteral("74")}));
    QTRY_COMPARE_WITH_TIMEOUT(flow.fact(QStringLiteral("state")), QStringLiteral("burn-in failed"), 90'000);
    const ActionView done = flow.action(begun.id());
    QVERIFY2(done.sentence().contains(QStringLiteral("XID 74 is 1 count, at most 0 is asked (xid.toml: NVLink error, class 2)")), qPrintable(done.sentence()));
    QCOMPARE(done.evidence(QStringLiteral("burn-in"), QStringLiteral("XIDs during the run")).last().value(QStringLiteral("after")).toString(), QStringLiteral("XID 74: see their figures"));
}

void TestProvision::aHigherBarOfTheSiteCounts() {
    VerbFlow flow(m_site);
    AgentOptions options;
    options.model = QStringLiteral("NVIDIA A100-SXM4-80GB");
    QVERIFY2(flow.addNode(QStringLiteral("bar"), options), qPrintable(m_site.error()));
    const ActionView done = flow.act(QStringLiteral("provision"), kQuick);
    QCOMPARE(flow.exitCode(), 1);
    QVERIFY2(done.sentence().contains(QStringLiteral("host to device is")) && done.sentence().contains(QStringLiteral("at least 60 is asked")) && done.sentence().contains(QStringLiteral("this site's own bar")), qPrintable(done.sentence()));
    QCOMPARE(flow.fact(QStringLiteral("state")), QStringLiteral("burn-in failed"));
}

void TestProvision::wrongWordsAreRefusedWithTheirAddress() {
    VerbFlow flow(m_site);
    QVERIFY2(flow.addNode(QStringLiteral("bad")), qPrintable(m_site.error()));
    QVERIFY(m_site.driver(flow.name(), {QStringLiteral("set"), QStringLiteral("0"), QStringLiteral("bad_memory"), QStringLiteral("{\"offset\": 4096, \"mask\": 4}")}));
    const ActionView done = flow.act(QStringLiteral("provision"), kQuick);
    QCOMPARE(flow.exitCode(), 1);
    QCOMPARE(flow.fact(QStringLiteral("state")), QStringLiteral("burn-in failed"));
    const QString seen = done.evidence(QStringLiteral("burn-in"), QStringLiteral("memory patterns")).first().value(QStringLiteral("after")).toString() + done.evidence(QStringLiteral("burn-in"), QStringLiteral("memory patterns")).last().value(QStringLiteral("after")).toString();
    QVERIFY2(seen.contains(QStringLiteral("expected")) && seen.contains(QStringLiteral("got")), done.text());
    QVERIFY(flow.holders().isEmpty());
}

void TestProvision::aCancelledBurnInHasNotFailed() {
    VerbFlow flow(m_site);
    QVERIFY2(flow.addNode(QStringLiteral("cut")), qPrintable(m_site.error()));
    const ActionView begun = flow.begin(QStringLiteral("provision"), kQuick);
    QTRY_COMPARE_WITH_TIMEOUT(flow.fact(QStringLiteral("state")), QStringLiteral("burn-in"), 30'000);
    const CtlResult cancelled = m_site.ctl({QStringLiteral("cancel"), begun.id(), QStringLiteral("--reason"), QStringLiteral("wrong rack"), QStringLiteral("--wait")});
    QVERIFY2(cancelled.exitCode == 0, cancelled.out + cancelled.err);
    QCOMPARE(flow.fact(QStringLiteral("state")), QStringLiteral("discovered"));
    const QString why = QStringLiteral("state is discovered: burn-in cancelled by operator (%1)").arg(begun.id());
    const CtlResult node = m_site.ctl({QStringLiteral("node"), flow.node()});
    QVERIFY2(node.out.contains(why.toUtf8()), node.out + node.err);
    (void)flow.act(QStringLiteral("lease"), {QStringLiteral("--tenant"), QStringLiteral("acme")});
    QVERIFY2(flow.exitCode() == 1 && flow.said().contains("only ready nodes are leased: provision proves it"), flow.said());
    (void)flow.act(QStringLiteral("provision"), kQuick);
    QVERIFY2(flow.exitCode() == 0, flow.said());
    QCOMPARE(flow.fact(QStringLiteral("state")), QStringLiteral("ready"));
}

QTEST_GUILESS_MAIN(TestProvision)
#include "tst_provision.moc"
