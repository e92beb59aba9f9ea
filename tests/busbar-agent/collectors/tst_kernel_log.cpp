// Kernel log → events: record format, the driver's messages in all recorded spellings, resuming, overruns, each fault counted once.
#include "busbar-agent/collectors/kmsg.h"
#include "tests/support/fake_clock.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <deque>

using namespace busbar;
using namespace busbar::agent;
using Kind = DriverMessage::Kind;

Q_DECLARE_METATYPE(busbar::agent::DriverMessage::Kind)

namespace {

// A ring buffer that a test fills; "overrun" stands for EPIPE.
class FakeKernelLog final : public KernelLog {
public:
    explicit FakeKernelLog(std::deque<std::string> records) : m_records(std::move(records)) {}
    Read read(std::string& record) override {
        if (m_records.empty()) return Read::nothing;
        record = m_records.front();
        m_records.pop_front();
        return record == "overrun" ? Read::overrun : Read::record;
    }

private:
    std::deque<std::string> m_records;
};

std::vector<GpuIdentity> twoGpus() {
    GpuIdentity first, second;
    first.pciAddress = "00000000:1B:00.0";
    second.pciAddress = "00000000:9B:00.0";
    return {first, second};
}

QStringList linesOf(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) return {};
    return QString::fromUtf8(file.readAll()).split(QLatin1Char('\n'), Qt::SkipEmptyParts);
}

} // namespace

class TestKernelLog : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void records_data();
    void records();
    void messages_data();
    void messages();
    void recordedLogs_data();
    void recordedLogs();
    void addressesFindTheirSlot();
    void goesOnWhereItWas();
    void otherBootStartsAnew();
    void notKeptIsReadAgain();
    void overrunIsAnEvent();
    void linesLostWhileTheAgentWasAway();
    void linesBeforeTheAgentAreMarked();
    void programsCannotForgeFaults();
    void aGpuThatWasNotGivenIsNoFault_data();
    void aGpuThatWasNotGivenIsNoFault();
    void oneFaultOfSeveralLines();
    void busLostAfterXid79IsTheSame();
    void missingLogHasAReason();
    void halfWrittenLineWaits();
    void thisMachinesOwnLog();

private:
    std::vector<FleetEvent> eventsOf(std::deque<std::string> records, const std::string& boot = "boot-1", bool keep = true);

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<Journal> m_journal;
    test::FakeClock m_clock;
};

void TestKernelLog::init() {
    m_dir = std::make_unique<QTemporaryDir>();
    auto journal = Journal::open(m_dir->filePath(QStringLiteral("journal.db")).toStdString());
    QVERIFY2(journal.ok(), journal.status().ToString().c_str());
    m_journal = *std::move(journal);
}

std::vector<FleetEvent> TestKernelLog::eventsOf(std::deque<std::string> records, const std::string& boot, bool keep) {
    KmsgCollector collector(std::unique_ptr<KernelLog>(std::make_unique<FakeKernelLog>(std::move(records))), boot, *m_journal, m_clock);
    std::vector<FleetEvent> events = collector.poll(twoGpus());
    if (keep && !collector.keep().ok()) qWarning("not kept");
    return events;
}

void TestKernelLog::records_data() {
    QTest::addColumn<QByteArray>("record");
    QTest::addColumn<bool>("valid");
    QTest::addColumn<bool>("fromKernel");
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("plain") << QByteArray("4,1234,5678,-;hello") << true << true << QByteArray("hello");
    QTest::newRow("with keys after it") << QByteArray("4,1234,5678,-;hello\n SUBSYSTEM=pci\n DEVICE=+pci:0000:9b:00.0\n") << true << true << QByteArray("hello");
    QTest::newRow("semicolon in the text") << QByteArray("4,1,2,-;a;b") << true << true << QByteArray("a;b");
    QTest::newRow("escaped line break") << QByteArray("4,1,2,-;a\\x0ab\\x5cc") << true << true << QByteArray("a\nb\\c");
    QTest::newRow("broken escape stays") << QByteArray("4,1,2,-;a\\xzz\\x1") << true << true << QByteArray("a\\xzz\\x1");
    QTest::newRow("more fields than we know") << QByteArray("6,1,2,c,caller=T1;x") << true << true << QByteArray("x");
    QTest::newRow("written by a program") << QByteArray("12,1,2,-;x") << true << false << QByteArray("x");
    QTest::newRow("key line") << QByteArray(" SUBSYSTEM=pci") << false << false << QByteArray();
    QTest::newRow("empty") << QByteArray() << false << false << QByteArray();
    QTest::newRow("no semicolon") << QByteArray("4,1,2,-") << false << false << QByteArray();
    QTest::newRow("too few fields") << QByteArray("4,1;x") << false << false << QByteArray();
    QTest::newRow("no number") << QByteArray("4,x,2,-;x") << false << false << QByteArray();
    QTest::newRow("number too large") << QByteArray("4,99999999999999999999999,2,-;x") << false << false << QByteArray();
}

void TestKernelLog::records() {
    QFETCH(QByteArray, record);
    QFETCH(bool, valid);
    QFETCH(bool, fromKernel);
    QFETCH(QByteArray, text);
    const auto line = parseKmsg(record.toStdString());
    QCOMPARE(line.has_value(), valid);
    if (!valid) return;
    QCOMPARE(line->fromKernel, fromKernel);
    QCOMPARE(QByteArray::fromStdString(line->text), text);
}

void TestKernelLog::messages_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<bool>("known");
    QTest::addColumn<Kind>("kind");
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("address");
    const auto row = [](const char* name, const char* text, Kind kind, int code, const char* address) { QTest::newRow(name) << QByteArray(text) << true << kind << code << QByteArray(address); };
    const auto none = [](const char* name, const char* text) { QTest::newRow(name) << QByteArray(text) << false << Kind::complaint << 0 << QByteArray(); };
    row("xid", "NVRM: Xid (PCI:0000:1b:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.", Kind::xid, 79, "0000:1b:00");
    row("xid of an old driver", "NVRM: Xid (0000:03:00): 31, Ch 00000001, engmask 00000101", Kind::xid, 31, "0000:03:00");
    row("xid, large domain", "NVRM: Xid (PCI:0019:01:00): 149, NETIR Fatal XC0 i0 Link -1 (0x000fe406)", Kind::xid, 149, "0019:01:00");
    row("xid with a function", "NVRM: Xid (PCI:0000:1b:00.0): 48, pid=1, DBE", Kind::xid, 48, "0000:1b:00.0");
    row("xid without a text", "NVRM: Xid (PCI:0000:1b:00): 8", Kind::xid, 8, "0000:1b:00");
    row("consequence", "NVRM: Xid (PCI:0000:1b:00): 45, pid=7, name=python3, Ch 00000001 caused by previous Xid 149", Kind::consequence, 45, "0000:1b:00");
    row("sxid", "nvidia-nvswitch3: SXid (PCI:0000:04:00.0): 22013, Non-fatal, Link 44 Minion Link DLREQ interrupt", Kind::sxid, 22013, "0000:04:00.0");
    row("fatal sxid", "nvidia-nvswitch0: SXid (PCI:0000:04:00.0): 20034, Fatal, Link 30 LTSSM Fault Up", Kind::sxid, 20034, "0000:04:00.0");
    row("sxid registers", "nvidia-nvswitch1: SXid (PCI:0000:84:00.0): 12028, Data {0x000001c0, 0x00000000}", Kind::sxidDetail, 12028, "0000:84:00.0");
    row("off the bus", "NVRM: GPU 0000:1b:00.0: GPU has fallen off the bus.", Kind::busLost, 0, "0000:1b:00.0");
    row("off the bus, older", "NVRM: GPU at PCI:0000:1b:00 has fallen off the bus.", Kind::busLost, 0, "0000:1b:00");
    row("off the bus in three lines", "NVRM: The NVIDIA GPU 0000:1b:00.0\nNVRM: (PCI ID: 10de:26b5) installed in this system has\nNVRM: fallen off the bus and is not responding to commands.", Kind::busLost, 0,
        "0000:1b:00.0");
    row("its first line alone", "NVRM: The NVIDIA GPU 0000:1b:00.0", Kind::busLostStart, 0, "0000:1b:00.0");
    row("its last line alone", "NVRM: fallen off the bus and is not responding to commands.", Kind::busLost, 0, "");
    row("peer memory", "nvidia-peermem nv_get_p2p_free_callback:127 ERROR detected invalid context, skipping further processing", Kind::complaint, 0, "");
    row("probe", "NVRM: The NVIDIA probe routine failed for 1 device(s).", Kind::complaint, 0, "");
    row("nccl", "python[12]: segfault at 0 ip 00007f sp 00007f error 4 in libnccl.so.2[7f+1]", Kind::complaint, 0, "");
    none("empty", "");
    none("another program's fault", "python[12]: segfault at 0 ip 00007f sp 00007f error 4 in libc.so.6[7f+1]");
    none("driver loads", "NVRM: loading NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12 19:39:15 UTC 2024");
    none("board serial", "NVRM: GPU Board Serial Number: 1650423013443");
    none("no number", "NVRM: Xid (PCI:0000:1b:00): , pid=1");
    none("open bracket", "NVRM: Xid (PCI:0000:1b:00");
    none("absurd number", "NVRM: Xid (PCI:0000:1b:00): 99999999999999999999, x");
    none("not the driver's", "myprogram: Xid (PCI:0000:1b:00): 79, x");
    none("network", "eth0: link becomes ready");
}

void TestKernelLog::messages() {
    QFETCH(QByteArray, text);
    QFETCH(bool, known);
    QFETCH(Kind, kind);
    QFETCH(int, code);
    QFETCH(QByteArray, address);
    const auto message = parseDriverMessage(text.toStdString());
    QCOMPARE(message.has_value(), known);
    if (!known) return;
    QCOMPARE(static_cast<int>(message->kind), static_cast<int>(kind));
    QCOMPARE(message->code, code);
    QCOMPARE(QByteArray::fromStdString(message->address), address);
    if (kind == Kind::consequence) QCOMPARE(message->cause, 149);
    if (kind == Kind::sxid) QCOMPARE(message->fatal, code == 20034);
}

// What whole recorded logs hold, by the data's own README.
void TestKernelLog::recordedLogs_data() {
    QTest::addColumn<QString>("path");
    QTest::addColumn<QMap<int, int>>("xids"); // code → lines
    QTest::addColumn<QMap<int, int>>("sxids");
    QTest::addColumn<int>("consequences");
    QTest::addColumn<int>("complaints");
    QTest::addColumn<int>("busLost");
    using Counts = QMap<int, int>;
    const QString own = QStringLiteral(BUSBAR_FIXTURES "/logs/");
    const QString shared = qEnvironmentVariable("BUSBAR_DATA") + QStringLiteral("/logs/issues/");
    QTest::newRow("119") << own + QStringLiteral("dmesg-with-xid-119.log") << Counts{{119, 5}} << Counts{} << 0 << 1 << 0;
    QTest::newRow("kmsg.1") << own + QStringLiteral("kmsg.1.log") << Counts{} << Counts{} << 0 << 0 << 0;
    QTest::newRow("peermem") << own + QStringLiteral("kmsg.2.peermem.log") << Counts{} << Counts{} << 0 << 7 << 0;
    QTest::newRow("nccl") << own + QStringLiteral("nccl-segfault-dmesg.log") << Counts{} << Counts{} << 0 << 2 << 0;
    QTest::newRow("13 and 109") << shared + QStringLiteral("gpud-46-xid13-xid109-dmesg-ctime.log") << Counts{{13, 3}, {109, 1}} << Counts{} << 0 << 1 << 0;
    QTest::newRow("sxid 12028") << shared + QStringLiteral("gpud-338-sxid12028-dmesg-iso.log") << Counts{} << Counts{{12028, 1}} << 0 << 0 << 0;
    QTest::newRow("145 and 149") << shared + QStringLiteral("gpud-1174-xid144-149-kmsg.log") << Counts{{145, 1}, {149, 2}} << Counts{} << 0 << 0 << 0;
    QTest::newRow("sxid 22013") << shared + QStringLiteral("nvtrust-124-sxid22013-dmesg.log") << Counts{} << Counts{{22013, 8}} << 0 << 0 << 0;
    QTest::newRow("45 after 145 and 149") << shared + QStringLiteral("open-gpu-kernel-modules-1150-xid45-after-145-149.log") << Counts{} << Counts{} << 7 << 0 << 0;
    QTest::newRow("off the bus") << shared + QStringLiteral("nvsentinel-155-off-the-bus-without-xid.log") << Counts{} << Counts{} << 0 << 1 << 1;
    QTest::newRow("43, 31, 94") << shared + QStringLiteral("akash-244-xid43-31-94-dmesg.log") << Counts{{43, 2}, {31, 1}, {94, 1}} << Counts{} << 0 << 0 << 0;
}

void TestKernelLog::recordedLogs() {
    QFETCH(QString, path);
    QFETCH(int, consequences);
    QFETCH(int, complaints);
    QFETCH(int, busLost);
    if (!QFile::exists(path)) QSKIP("the recorded data is not on this machine (BUSBAR_DATA)");
    QMap<int, int> xids, sxids;
    int foundConsequences = 0, foundComplaints = 0, foundBusLost = 0;
    for (const QString& line : linesOf(path)) {
        const auto message = parseDriverMessage(line.toStdString());
        if (!message) continue;
        if (message->kind == Kind::xid) ++xids[message->code];
        if (message->kind == Kind::sxid || message->kind == Kind::sxidDetail) ++sxids[message->code];
        foundConsequences += message->kind == Kind::consequence ? 1 : 0;
        foundComplaints += message->kind == Kind::complaint ? 1 : 0;
        foundBusLost += message->kind == Kind::busLost ? 1 : 0;
    }
    QTEST(xids, "xids");
    QTEST(sxids, "sxids");
    QCOMPARE(foundConsequences, consequences);
    QCOMPARE(foundComplaints, complaints);
    QCOMPARE(foundBusLost, busLost);
}

void TestKernelLog::addressesFindTheirSlot() {
    QCOMPARE(slotAt("0000:9b:00", twoGpus()), 1);
    QCOMPARE(slotAt("0000:9B:00.0", twoGpus()), 1);
    QCOMPARE(slotAt("00000000:1b:00.0", twoGpus()), 0);
    QCOMPARE(slotAt("0001:9b:00", twoGpus()), -1);
    QCOMPARE(slotAt("", twoGpus()), -1);
    QCOMPARE(slotAt("0000:9b:00", {}), -1);
}

void TestKernelLog::goesOnWhereItWas() {
    const std::string xid = "NVRM: Xid (PCI:0000:9b:00): 79, pid=1";
    QCOMPARE(eventsOf({"4,10,1000000,-;" + xid, "6,11,1000001,-;eth0: up"}).size(), 1u);
    const auto events = eventsOf({"4,10,1000000,-;" + xid, "6,11,1000001,-;eth0: up", "4,12,900000000000,-;NVRM: Xid (PCI:0000:1b:00): 48, pid=1"});
    QCOMPARE(events.size(), 1u);
    QCOMPARE(events[0].xid, 48);
    QCOMPARE(events[0].gpu, 0);
    QVERIFY(events[0].kind == EventKind::xid);
}

void TestKernelLog::otherBootStartsAnew() {
    QCOMPARE(eventsOf({"4,100,1,-;NVRM: Xid (PCI:0000:9b:00): 79, pid=1"}, "boot-1").size(), 1u);
    QCOMPARE(eventsOf({"4,3,1,-;NVRM: Xid (PCI:0000:9b:00): 31, pid=1"}, "boot-2").size(), 1u);
}

void TestKernelLog::notKeptIsReadAgain() {
    const std::deque<std::string> records{"4,10,1,-;NVRM: Xid (PCI:0000:9b:00): 79, pid=1"};
    QCOMPARE(eventsOf(records, "boot-1", false).size(), 1u);
    QCOMPARE(eventsOf(records, "boot-1", true).size(), 1u); // The controller never got it: told again.
    QCOMPARE(eventsOf(records, "boot-1", true).size(), 0u);
}

void TestKernelLog::overrunIsAnEvent() {
    const auto events = eventsOf({"6,10,1,-;a", "overrun", "6,31,2,-;b"});
    QCOMPARE(events.size(), 1u);
    QVERIFY(events[0].kind == EventKind::agent);
    QCOMPARE(events[0].severity, 1);
    QVERIFY2(events[0].text.find("20 lines are lost") != std::string::npos, events[0].text.c_str());
}

void TestKernelLog::linesLostWhileTheAgentWasAway() {
    QVERIFY(eventsOf({"6,10,1,-;a"}).empty());
    const auto events = eventsOf({"6,12,1,-;b"});
    QCOMPARE(events.size(), 1u);
    QVERIFY2(events[0].text.find("1 line is lost") != std::string::npos, events[0].text.c_str());
}

void TestKernelLog::linesBeforeTheAgentAreMarked() {
    // The fake clock stands 1,000 s after boot.
    const auto events = eventsOf({"4,10,999000000,-;NVRM: Xid (PCI:0000:9b:00): 31, pid=1", "4,11,1001000000,-;NVRM: Xid (PCI:0000:9b:00): 43, pid=1"});
    QCOMPARE(events.size(), 2u);
    QVERIFY(events[0].beforeAgent);
    QVERIFY(!events[1].beforeAgent);
    QCOMPARE(events[0].wallMs, m_clock.wallMs() - 1'000);
    QCOMPARE(events[1].wallMs, m_clock.wallMs() + 1'000);
}

void TestKernelLog::programsCannotForgeFaults() { QVERIFY(eventsOf({"12,10,1,-;NVRM: Xid (PCI:0000:9b:00): 79, pid=1"}).empty()); }

void TestKernelLog::aGpuThatWasNotGivenIsNoFault_data() {
    QTest::addColumn<QByteArray>("information"); // Of the driver's GPU at 0000:c1:00.0; empty: it lists none there.
    QTest::addColumn<bool>("masked");
    QTest::addColumn<bool>("withheld");
    QTest::newRow("its device file is not here") << QByteArray("Model: \t\t NVIDIA H200\nDevice Minor: \t 3\n") << false << true;
    QTest::newRow("it has its device file") << QByteArray("Device Minor: \t 0\n") << false << false;
    QTest::newRow("given to this container") << QByteArray("Device Minor: \t 0\n") << true << false;
    QTest::newRow("not among those given to this container") << QByteArray() << true << true;
    QTest::newRow("unknown to the driver") << QByteArray() << false << false;
    QTest::newRow("a driver that does not say") << QByteArray("Model: \t\t NVIDIA H200\n") << false << false;
}

void TestKernelLog::aGpuThatWasNotGivenIsNoFault() {
    QFETCH(QByteArray, information);
    QFETCH(bool, masked);
    QFETCH(bool, withheld);
    const auto write = [&](const QString& path, const QByteArray& text) {
        QFile file(m_dir->filePath(path));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) == text.size());
    };
    QVERIFY(QDir(m_dir->path()).mkpath(QStringLiteral("driver/gpus/0000:c1:00.0")));
    QVERIFY(QDir(m_dir->path()).mkpath(QStringLiteral("driver/gpus/0000:1b:00.0")));
    if (information.isEmpty()) QVERIFY(QDir(m_dir->filePath(QStringLiteral("driver/gpus/0000:c1:00.0"))).removeRecursively());
    else write(QStringLiteral("driver/gpus/0000:c1:00.0/information"), information);
    write(QStringLiteral("nvidia0"), "");
    const std::string root = m_dir->path().toStdString();
    std::deque<std::string> records{"3,1,1000000,-;NVRM: Xid (PCI:0000:C1:00): 79, GPU has fallen off the bus.", "3,2,1000100,-;NVRM: GPU 0000:c1:00.0: GPU has fallen off the bus.",
                                    "3,3,1000200,-;NVRM: Xid (PCI:0000:1b:00): 13, Graphics Exception"};
    KmsgCollector collector(std::unique_ptr<KernelLog>(std::make_unique<FakeKernelLog>(std::move(records))), "boot-1", *m_journal, m_clock, {root + "/driver", root + "/nvidia", masked});
    const std::vector<FleetEvent> events = collector.poll(twoGpus());
    QVERIFY(!events.empty());
    QCOMPARE(events.front().kind == EventKind::kernel, withheld);
    QCOMPARE(events.front().severity, withheld ? 0 : 2);
    QCOMPARE(events.front().text.starts_with("of a GPU that this node was not given: NVRM: Xid (PCI:0000:C1:00): 79"), withheld);
    for (const FleetEvent& event : events) QVERIFY(!withheld || event.gpu >= 0 || event.severity == 0);
    QVERIFY(events.back().kind == EventKind::xid && events.back().gpu == 0 && events.back().xid == 13); // Ours is ours.
}

void TestKernelLog::oneFaultOfSeveralLines() {
    const auto xids = eventsOf({"4,10,5000000,-;NVRM: Xid (PCI:0000:9b:00): 13, Graphics SM Warp Exception on (GPC 7, TPC 7, SM 0)", "4,11,5000010,-;NVRM: Xid (PCI:0000:9b:00): 13, Graphics Exception: ESR 0x57c730",
                                "4,12,5000020,-;NVRM: Xid (PCI:0000:1b:00): 13, Graphics Exception: ESR 0x57c730", "4,13,9000000,-;NVRM: Xid (PCI:0000:9b:00): 13, again"});
    QCOMPARE(xids.size(), 3u); // Two devices, and one of them again later.
    const auto consequences = eventsOf({"4,20,10000000,-;NVRM: Xid (PCI:0000:9b:00): 149, NETIR Fatal", "4,21,10000001,-;NVRM: Xid (PCI:0000:9b:00): 45, Ch 1 caused by previous Xid 149",
                                        "4,22,10000002,-;NVRM: Xid (PCI:0000:9b:00): 45, Ch 2 caused by previous Xid 149"});
    QCOMPARE(std::count_if(consequences.begin(), consequences.end(), [](const FleetEvent& e) { return e.kind == EventKind::xid; }), 1);
    QVERIFY(std::all_of(consequences.begin() + 2, consequences.end(), [](const FleetEvent& e) { return e.severity == 0 && e.kind == EventKind::kernel; }));
    const auto sxids = eventsOf({"3,30,38175561,-;nvidia-nvswitch3: SXid (PCI:0000:04:00.0): 22013, Data {0x2b}", "3,31,38178720,-;nvidia-nvswitch3: SXid (PCI:0000:04:00.0): 22013, Non-fatal, Link 44 Minion",
                                 "3,32,38180708,-;nvidia-nvswitch3: SXid (PCI:0000:04:00.0): 22013, Severity 0 Engine instance 44", "3,33,38183583,-;nvidia-nvswitch3: SXid (PCI:0000:04:00.0): 22013, Data {0x2c}",
                                 "3,34,38187830,-;nvidia-nvswitch3: SXid (PCI:0000:04:00.0): 22013, Non-fatal, Link 45 Minion"});
    QCOMPARE(std::count_if(sxids.begin(), sxids.end(), [](const FleetEvent& e) { return e.kind == EventKind::sxid && e.xid == 22013; }), 3); // Links 43, 44, 45.
}

void TestKernelLog::busLostAfterXid79IsTheSame() {
    const auto both = eventsOf({"4,10,5000000,-;NVRM: Xid (PCI:0000:9b:00): 79, pid=1, GPU has fallen off the bus.", "4,11,5000900,-;NVRM: GPU 0000:9b:00.0: GPU has fallen off the bus."});
    QCOMPARE(both.size(), 1u);
    QCOMPARE(both[0].xid, 79);
    const auto alone = eventsOf({"4,20,60000000,-;NVRM: The NVIDIA GPU 0000:9b:00.0", "4,21,60000001,-;NVRM: (PCI ID: 10de:26b5) installed in this system has",
                                 "4,22,60000002,-;NVRM: fallen off the bus and is not responding to commands."});
    QVERIFY(alone.back().kind == EventKind::kernel);
    QCOMPARE(alone.back().severity, 3);
    QCOMPARE(alone.back().gpu, 1);
    QCOMPARE(alone.back().xid, 0);
}

void TestKernelLog::missingLogHasAReason() {
    KmsgCollector collector(openKernelLog("/nonexistent/kmsg"), "boot-1", *m_journal, m_clock);
    QVERIFY(!collector.supported().ok());
    QCOMPARE(std::string(sentenceOf(collector.supported())), std::string("the kernel log '/nonexistent/kmsg' cannot be read: No such file or directory"));
    QVERIFY(collector.poll(twoGpus()).empty());
    QVERIFY(collector.keep().ok());
}

void TestKernelLog::halfWrittenLineWaits() {
    QFile file(m_dir->filePath(QStringLiteral("kmsg")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("4,10,1,-;NVRM: Xid (PCI:0000:9b:00): 7");
    file.flush();
    KmsgCollector collector(openKernelLog(file.fileName().toStdString()), "boot-1", *m_journal, m_clock);
    QVERIFY2(collector.supported().ok(), collector.supported().ToString().c_str());
    QVERIFY(collector.poll(twoGpus()).empty());
    file.write("9, pid=1\n");
    file.flush();
    const auto events = collector.poll(twoGpus());
    QCOMPARE(events.size(), 1u);
    QCOMPARE(events[0].xid, 79);
}

void TestKernelLog::thisMachinesOwnLog() {
    auto log = openKernelLog("/dev/kmsg");
    if (!log.ok()) QSKIP(std::string(sentenceOf(log.status())).c_str());
    std::string record;
    int records = 0;
    for (KernelLog::Read read = (*log)->read(record); read != KernelLog::Read::nothing; read = (*log)->read(record)) {
        if (read != KernelLog::Read::record) continue;
        ++records;
        QVERIFY2(parseKmsg(record).has_value(), record.c_str());
    }
    QVERIFY(records > 0);
}

QTEST_APPLESS_MAIN(TestKernelLog)
#include "tst_kernel_log.moc"
