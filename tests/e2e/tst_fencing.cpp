// A controller with an old fencing term (its state was restored from a backup while another one ruled): agents refuse its commands, both
// terms are named, and an admin's adoption is the way out. And roles: the configuration fills an empty store only, and says so.
#include "tests/e2e/verb_flow.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QTest>

using namespace busbar::test;

class TestFencing : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY2(m_site.start(), qPrintable(m_site.error())); }
    void anOldTermIsRefusedUntilAdopted_data();
    void anOldTermIsRefusedUntilAdopted();
    void rolesOfTheFileAreTheFirstOnly();

private:
    bool copyState(const QString& from, const QString& to) const;
    QString alarm(const VerbFlow& flow) const;
    SiteFixture m_site;
};

bool TestFencing::copyState(const QString& from, const QString& to) const {
    QDir().mkpath(m_site.path(to));
    for (const QString& old : QDir(m_site.path(to)).entryList({QStringLiteral("state.db*")})) QFile::remove(m_site.path(to) + QLatin1Char('/') + old);
    bool copied = false;
    for (const QString& file : QDir(m_site.path(from)).entryList({QStringLiteral("state.db*")})) copied = QFile::copy(m_site.path(from) + QLatin1Char('/') + file, m_site.path(to) + QLatin1Char('/') + file);
    return copied;
}

QString TestFencing::alarm(const VerbFlow& flow) const {
    QString text;
    for (const QJsonValue& event : m_site.ctl({QStringLiteral("-o"), QStringLiteral("json"), QStringLiteral("node"), flow.node()}).json().object().value(QStringLiteral("events")).toArray())
        if (event.toObject().value(QStringLiteral("text")).toString().contains(QStringLiteral("the agent has seen term"))) text = event.toObject().value(QStringLiteral("text")).toString();
    return text;
}

void TestFencing::anOldTermIsRefusedUntilAdopted_data() {
    QTest::addColumn<int>("starts"); // of the site's other life, after the backup
    QTest::addColumn<int>("backupStarts");
    QTest::newRow("older") << 3 << 1;
    QTest::newRow("started as often") << 1 << 1; // Counting starts alone cannot tell the two apart.
    QTest::newRow("started more often") << 1 << 3;
}

void TestFencing::anOldTermIsRefusedUntilAdopted() {
    QFETCH(int, starts);
    QFETCH(int, backupStarts);
    VerbFlow flow(m_site);
    QVERIFY2(flow.addNode(QStringLiteral("f%1%2").arg(starts).arg(backupStarts)), qPrintable(m_site.error()));
    m_site.killController();
    QVERIFY(copyState(QStringLiteral("."), QStringLiteral("backup")));
    for (int start = 0; start < starts; ++start) { // The other life of the site goes on, and its term rises.
        QVERIFY2(m_site.startController() && m_site.waitForLink(flow.name(), QStringLiteral("connected")), qPrintable(m_site.error()));
        m_site.killController();
    }
    QVERIFY(copyState(QStringLiteral("backup"), QStringLiteral(".")));
    for (int start = 0; start < backupStarts; ++start) {
        if (start > 0) m_site.killController();
        QVERIFY2(m_site.startController() && m_site.waitForLink(flow.name(), QStringLiteral("connected")), qPrintable(m_site.error()));
    }

    QTRY_VERIFY_WITH_TIMEOUT(!alarm(flow).isEmpty(), 10'000);
    const QString told = alarm(flow);
    static const QRegularExpression kTerms(QStringLiteral("the agent has seen term (\\d+), this controller is at (\\d+)"));
    const auto terms = kTerms.match(told);
    QVERIFY2(terms.hasMatch() && terms.captured(1) != terms.captured(2), qPrintable(told));
    const bool isOlder = terms.captured(1).toULongLong() > terms.captured(2).toULongLong();
    QVERIFY2(told.contains(QStringLiteral("busbarctl adopt --site tst1 --term ") + terms.captured(1)), qPrintable(told));

    const ActionView drained = flow.act(QStringLiteral("drain"));
    QCOMPARE(flow.exitCode(), 1);
    QVERIFY2(drained.sentence().contains(QStringLiteral("has fencing term ") + (isOlder ? terms.captured(2) : QStringLiteral("0,"))) && drained.sentence().contains(terms.captured(1)), qPrintable(drained.sentence()));
    QCOMPARE(flow.gpu(0).value(QStringLiteral("compute_mode")).toInt(), 0); // Nothing was done.

    const auto adopt = [&](const QString& term, const QString& profile) {
        return m_site.ctl({QStringLiteral("adopt"), QStringLiteral("--site"), QStringLiteral("tst1"), QStringLiteral("--term"), term, QStringLiteral("--reason"), QStringLiteral("restored from the backup")}, profile);
    };
    const CtlResult denied = adopt(terms.captured(1), QStringLiteral("operator"));
    QVERIFY2(denied.exitCode == 4, denied.err);
    const CtlResult wrong = adopt(QStringLiteral("5"), QStringLiteral("admin"));
    QVERIFY2(wrong.exitCode == 1 && wrong.err.contains("is " + terms.captured(1).toUtf8() + ", not 5"), wrong.err);
    const CtlResult adopted = adopt(terms.captured(1), QStringLiteral("admin"));
    QVERIFY2(adopted.exitCode == 0 && adopted.out.contains("rules with term"), adopted.out + adopted.err);
    const CtlResult again = adopt(terms.captured(1), QStringLiteral("admin"));
    QVERIFY2(again.exitCode == 1, again.out);

    QVERIFY2(m_site.waitForLink(flow.name(), QStringLiteral("connected")), qPrintable(m_site.error()));
    const ActionView returned = flow.act(QStringLiteral("return"));
    QVERIFY2(returned.state() == QStringLiteral("succeeded"), flow.said());
    QCOMPARE(flow.fact(QStringLiteral("service")), QStringLiteral("open"));
    // It lasts.
    m_site.killController();
    QVERIFY2(m_site.startController() && m_site.waitForLink(flow.name(), QStringLiteral("connected")), qPrintable(m_site.error()));
    (void)flow.act(QStringLiteral("drain"));
    QVERIFY2(flow.exitCode() == 0, flow.said());
}

void TestFencing::rolesOfTheFileAreTheFirstOnly() {
    m_site.killController();
    m_site.setRoles(QStringLiteral("operator = [\"operator\", \"planner\"]\nviewer = [\"viewer\"]\nadmin = [\"admin\"]\n"));
    QVERIFY2(m_site.startController(), qPrintable(m_site.error()));
    QTRY_VERIFY2_WITH_TIMEOUT(m_site.logOf(QStringLiteral("controller")).contains("user 'operator' has the roles [operator] of the state store, not [operator,planner]"), m_site.logOf(QStringLiteral("controller")), 5'000);
    const QStringList set{QStringLiteral("access"), QStringLiteral("set"), QStringLiteral("operator"), QStringLiteral("--site"), QStringLiteral("tst1"), QStringLiteral("--roles"), QStringLiteral("operator,planner"), QStringLiteral("--reason"), QStringLiteral("plans leases too")};
    QCOMPARE(m_site.ctl(set, QStringLiteral("operator")).exitCode, 4);
    const CtlResult done = m_site.ctl(set, QStringLiteral("admin"));
    QVERIFY2(done.exitCode == 0, done.err);
    const CtlResult who = m_site.ctl({QStringLiteral("whoami")}, QStringLiteral("operator"));
    QVERIFY2(who.out.contains("planner"), who.out);
    m_site.killController();
    QVERIFY2(m_site.startController(), qPrintable(m_site.error()));
    QVERIFY(!m_site.logOf(QStringLiteral("controller")).contains("of the state store, not"));
}

QTEST_GUILESS_MAIN(TestFencing)
#include "tst_fencing.moc"
