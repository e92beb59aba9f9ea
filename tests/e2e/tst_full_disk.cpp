// A disk that fills up under the controller's database, for real: a tmpfs in a mount namespace of its own. What cannot be journaled is
// refused with a sentence, nothing is lost, and it goes on when there is room again.
#include "tests/support/site_fixture.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonObject>
#include <QTest>

#include <csignal>

using namespace busbar::test;

class TestFullDisk : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void whatCannotBeJournaledIsRefusedAndTheRestIsKept();
    void aRunningDrainWaitsForRoomAndEndsWell();

private:
    QStringList words(const QString& text) const { return text.split(QLatin1Char(' ')); }
    QString state(const QString& actionId) const;
    bool fill();
    void free();

    SiteFixture m_site;
    QString m_filler; ///< on the small disk, seen through the controller's own root
};

void TestFullDisk::initTestCase() {
    const QString disk = m_site.path(QStringLiteral("disk"));
    QDir().mkpath(disk);
    QProcess probe;
    probe.start(QStringLiteral("unshare"), {QStringLiteral("-rm"), QStringLiteral("mount"), QStringLiteral("-t"), QStringLiteral("tmpfs"), QStringLiteral("none"), disk});
    if (!probe.waitForFinished(10'000) || probe.exitCode() != 0) QSKIP("this machine lets nobody mount in a namespace of its own");
    m_site.setController({QStringLiteral("unshare"), QStringLiteral("-rm"), QStringLiteral("sh"), QStringLiteral("-c"), QStringLiteral("mount -t tmpfs -o size=1m none '%1' && exec \"$@\"").arg(disk), QStringLiteral("sh")}, disk);
    QVERIFY2(m_site.start(), qPrintable(m_site.error()));
    QVERIFY2(m_site.startAgent(QStringLiteral("sim1")), qPrintable(m_site.error()));
    QVERIFY2(m_site.waitForLink(QStringLiteral("sim1"), QStringLiteral("connected")), qPrintable(m_site.error()));
    m_filler = QStringLiteral("/proc/%1/root%2/filler").arg(m_site.process(QStringLiteral("controller"))->processId()).arg(disk);
}

bool TestFullDisk::fill() {
    QFile file(m_filler);
    if (!file.open(QIODevice::WriteOnly | QIODevice::Append | QIODevice::Unbuffered)) return false;
    while (file.write(QByteArray(4096, 'x')) == 4096) {}
    return true;
}

void TestFullDisk::free() { QFile::remove(m_filler); }

QString TestFullDisk::state(const QString& actionId) const {
    return m_site.ctl({QStringLiteral("-o"), QStringLiteral("json"), QStringLiteral("action"), actionId}).json().object().value(QStringLiteral("state")).toString();
}

void TestFullDisk::whatCannotBeJournaledIsRefusedAndTheRestIsKept() {
    const CtlResult before = m_site.ctl(words(QStringLiteral("-o json drain tst1/sim1 --reason before --yes --wait")));
    QVERIFY2(before.exitCode == 0, before.err);
    const QString id = before.json().object().value(QStringLiteral("id")).toString();
    QVERIFY(fill());
    const CtlResult refused = m_site.ctl(words(QStringLiteral("return tst1/sim1 --reason full --yes")));
    QVERIFY2(refused.exitCode == 1 && refused.err.contains("no space left for the state file"), QByteArray::number(refused.exitCode) + refused.err);
    QVERIFY2(refused.err.contains("free space on its disk"), refused.err);
    // Reading goes on, and what was written is there.
    QCOMPARE(state(id), QStringLiteral("succeeded"));
    QCOMPARE(m_site.ctl(words(QStringLiteral("-o json actions"))).json().object().value(QStringLiteral("actions")).toArray().size(), 1);
    free();
    const CtlResult after = m_site.ctl(words(QStringLiteral("return tst1/sim1 --reason again --yes --wait")));
    QVERIFY2(after.exitCode == 0, after.err);
}

void TestFullDisk::aRunningDrainWaitsForRoomAndEndsWell() {
    QProcess holder;
    holder.start(QStringLiteral("sh"), {QStringLiteral("-c"), QStringLiteral("sleep 120 & echo $!; wait")});
    QVERIFY(holder.waitForReadyRead(10'000));
    const QByteArray pid = holder.readLine().trimmed();
    QVERIFY(m_site.driver(QStringLiteral("sim1"), {QStringLiteral("add-process"), QStringLiteral("0"), QString::fromLatin1(pid), QStringLiteral("100")}));
    const QString id = m_site.ctl(words(QStringLiteral("-o json drain tst1/sim1 --reason held --yes"))).json().object().value(QStringLiteral("id")).toString();
    QTRY_COMPARE_WITH_TIMEOUT(state(id), QStringLiteral("running"), 10'000);
    QVERIFY(fill());
    ::kill(static_cast<pid_t>(pid.toLongLong()), SIGKILL);
    holder.waitForFinished();
    // The agent reports that nothing holds the node any more; it is not believed before the journal has it.
    QTest::qWait(3'000);
    QCOMPARE(state(id), QStringLiteral("running"));
    free();
    QTRY_COMPARE_WITH_TIMEOUT(state(id), QStringLiteral("succeeded"), 20'000);
}

QTEST_GUILESS_MAIN(TestFullDisk)
#include "tst_full_disk.moc"
