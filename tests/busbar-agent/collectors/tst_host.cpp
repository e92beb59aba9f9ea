// The host by /sys, /proc and /etc: a made-up machine in a folder, one with nothing, one that hangs, and this machine as it is.
#include "busbar-agent/collectors/host_collector.h"
#include "busbar-agent/collectors/safe_text.h"
#include "busbar-agent/collectors/sysfs.h"
#include "tests/support/fake_clock.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>

using namespace busbar;
using namespace busbar::agent;

class TestHost : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); }
    void identity();
    void cpuAndMemory();
    void nics();
    void disksAndPci();
    void temperatures();
    void load();
    void nothingIsThere();
    void aHangingFileStopsOnlyItsCollector();
    void thisMachine();
    void safeText_data();
    void safeText();

private:
    void put(const char* path, const QByteArray& text);
    void link(const char* path, const char* target);
    std::string root() const { return m_dir->path().toStdString(); }
    bool says(const Inventory& host, const char* what) const {
        return std::any_of(host.provenance.begin(), host.provenance.end(), [&](const std::string& gap) { return gap.find(what) != std::string::npos; });
    }

    std::unique_ptr<QTemporaryDir> m_dir;
};

void TestHost::put(const char* path, const QByteArray& text) {
    const QString full = m_dir->path() + QString::fromUtf8(path);
    QVERIFY(QDir().mkpath(QFileInfo(full).path()));
    QFile file(full);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text);
}

void TestHost::link(const char* path, const char* target) {
    const QString full = m_dir->path() + QString::fromUtf8(path);
    QVERIFY(QDir().mkpath(QFileInfo(full).path()));
    QVERIFY(QFile::link(QString::fromUtf8(target), full));
}

void TestHost::identity() {
    put("/sys/class/dmi/id/sys_vendor", "Supermicro\n");
    put("/sys/class/dmi/id/product_name", " SYS-821GE-TNHR \n");
    put("/sys/class/dmi/id/product_serial", "S\x01" "123\xff\n");
    put("/sys/class/dmi/id/bios_version", "2.1\n");
    put("/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
    put("/proc/sys/kernel/random/boot_id", "11111111-2222-3333-4444-555555555555\n");
    put("/etc/os-release", "NAME=\"Debian\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n");
    const Inventory host = readHost(root());
    QCOMPARE(host.vendor, std::string("Supermicro"));
    QCOMPARE(host.product, std::string("SYS-821GE-TNHR"));
    QCOMPARE(host.serial, std::string("S123"));
    QCOMPARE(host.machineId, std::string("0123456789abcdef0123456789abcdef"));
    QCOMPARE(host.bootId, std::string("11111111-2222-3333-4444-555555555555"));
    QCOMPARE(host.os, std::string("Debian GNU/Linux 12 (bookworm)"));
    QVERIFY(!says(host, "serial number"));
    QVERIFY(says(host, "network devices"));
}

void TestHost::cpuAndMemory() {
    put("/proc/cpuinfo", "processor\t: 0\nmodel name\t: INTEL(R) XEON(R) PLATINUM 8570\nphysical id\t: 0\ncore id\t\t: 0\n\nprocessor\t: 1\nmodel name\t: INTEL(R) XEON(R) PLATINUM 8570\nphysical id\t: 0\ncore id\t\t: 0\n\n"
                         "processor\t: 2\nmodel name\t: INTEL(R) XEON(R) PLATINUM 8570\nphysical id\t: 1\ncore id\t\t: 0\n");
    put("/proc/meminfo", "MemTotal:       2113929216 kB\nMemAvailable:   1056964608 kB\n");
    const Inventory host = readHost(root());
    QCOMPARE(host.cpuModel, std::string("INTEL(R) XEON(R) PLATINUM 8570"));
    QCOMPARE(host.cpuSockets, 2);
    QCOMPARE(host.cpuCores, 2);
    QCOMPARE(host.cpuThreads, 3);
    QCOMPARE(host.memoryMib, 2'064'384);
}

void TestHost::nics() {
    put("/sys/class/net/lo/speed", "0\n");
    put("/sys/class/net/eth0/speed", "400000\n");
    put("/sys/class/net/eth0/carrier", "1\n");
    link("/sys/class/net/eth0/device", "../../devices/0000:0c:00.0");
    put("/sys/class/net/eth1/speed", "-1\n");
    put("/sys/class/net/eth1/carrier", "0\n");
    put("/sys/class/net/veth0/operstate", "unknown\n");
    const Inventory host = readHost(root());
    QCOMPARE(host.nics.size(), 3u);
    QCOMPARE(host.nics[0], (Nic{"eth0", "", "0000:0c:00.0", 400'000, 1}));
    QCOMPARE(host.nics[1], (Nic{"eth1", "", "", -1, 0}));
    QCOMPARE(host.nics[2], (Nic{"veth0", "", "", -1, -1}));
}

void TestHost::disksAndPci() {
    put("/sys/block/nvme0n1/size", "7501476528\n");
    put("/sys/block/nvme0n1/device/model", "SAMSUNG MZWLO3T8HCLS-00A07   \n");
    put("/sys/block/loop0/size", "8\n");
    put("/sys/bus/pci/devices/0000:1b:00.0/vendor", "0x10de\n");
    put("/sys/bus/pci/devices/0000:1b:00.0/device", "0x2330\n");
    put("/sys/bus/pci/devices/0000:1b:00.0/class", "0x030200\n");
    put("/sys/bus/pci/devices/0000:1b:00.0/current_link_speed", "16.0 GT/s PCIe\n");
    put("/sys/bus/pci/devices/0000:1b:00.0/max_link_speed", "32.0 GT/s PCIe\n");
    put("/sys/bus/pci/devices/0000:1b:00.0/current_link_width", "8\n");
    put("/sys/bus/pci/devices/0000:1b:00.0/max_link_width", "16\n");
    put("/sys/bus/pci/devices/0000:00:00.0/vendor", "0x8086\n");
    put("/sys/bus/pci/devices/0000:00:00.0/current_link_speed", "Unknown\n");
    put("/sys/bus/pci/devices/0000:00:00.0/current_link_width", "255\n");
    const Inventory host = readHost(root());
    QCOMPARE(host.disks.size(), 1u);
    QCOMPARE(host.disks[0], (Disk{"nvme0n1", "SAMSUNG MZWLO3T8HCLS-00A07", 3'840'755'982'336}));
    QCOMPARE(host.pciDevices.size(), 2u);
    QCOMPARE(host.pciDevices[0].linkGen, 0);
    QCOMPARE(host.pciDevices[0].linkWidth, 0); // 255 says that the link is down.
    QCOMPARE(host.pciDevices[1], (PciDevice{"0000:1b:00.0", "10de:2330", "030200", 4, 8, 5, 16}));
    QCOMPARE(nvidiaGpusOf(host), std::vector<std::string>{"0000:1b:00.0"}); // What is beside it is none.
}

void TestHost::temperatures() {
    put("/sys/class/hwmon/hwmon0/name", "coretemp\n");
    put("/sys/class/hwmon/hwmon0/temp1_input", "48000\n");
    put("/sys/class/hwmon/hwmon0/temp2_input", "-273000\n"); // A sensor that is not connected.
    put("/sys/class/hwmon/hwmon0/fan1_input", "9000\n");
    put("/sys/class/thermal/thermal_zone0/type", "acpitz\n");
    put("/sys/class/thermal/thermal_zone0/temp", "27800\n");
    const HostSample sample = HostLoad(root()).sample();
    QCOMPARE(sample.temperaturesC, (std::map<std::string, double>{{"coretemp temp1", 48.0}, {"acpitz thermal_zone0", 27.8}}));
    QVERIFY(!says(readHost(root()), "temperatures"));
}

void TestHost::load() {
    put("/proc/loadavg", "12.50 10.00 9.00 3/1000 4242\n");
    put("/proc/meminfo", "MemTotal: 1048576 kB\nMemAvailable: 524288 kB\n");
    put("/proc/stat", "cpu  100 0 100 800 0 0 0 0 0 0\n");
    HostLoad load(root());
    const HostSample first = load.sample();
    QCOMPARE(first.load1, 12.5);
    QCOMPARE(first.memoryUsedMib, 512);
    QCOMPARE(first.cpuPercent, -1.0); // Needs two looks.
    put("/proc/stat", "cpu  200 0 200 1000 0 0 0 0 0 0\n");
    QCOMPARE(load.sample().cpuPercent, 50.0);
}

void TestHost::nothingIsThere() {
    const Inventory host = readHost(root());
    QCOMPARE(host.cpuThreads, 0);
    QVERIFY(host.serial.empty() && host.nics.empty() && host.disks.empty() && host.pciDevices.empty());
    for (const char* what : {"vendor and product", "serial number", "machine id", "boot id", "CPUs", "memory", "network devices", "disks", "PCI devices", "temperatures"}) QVERIFY2(says(host, what), what);
    QVERIFY(says(host, "(/sys/class/dmi/id/product_serial: No such file or directory)"));
    QVERIFY(host.provenance.size() <= 32); // What the wire takes.
    const HostSample sample = HostLoad(root()).sample();
    QCOMPARE(sample.load1, -1.0);
    QCOMPARE(sample.memoryUsedMib, -1);
    QVERIFY(sample.temperaturesC.empty());
}

void TestHost::aHangingFileStopsOnlyItsCollector() {
    put("/proc/loadavg", "1.00 1.00 1.00 1/1 1\n");
    test::FakeClock clock;
    auto collector = std::make_unique<HostCollector>(clock, root());
    TelemetryFrame frame;
    QTRY_VERIFY_WITH_TIMEOUT((collector->fill(frame), frame.host.load1 == 1.0), 5'000);
    // A pipe that nobody writes to blocks its reader as a broken sensor bus does.
    QVERIFY(QFile::remove(m_dir->path() + QStringLiteral("/proc/loadavg")));
    QCOMPARE(mkfifo((root() + "/proc/loadavg").c_str(), 0600), 0);
    QTest::qWait(1'500);
    clock.advance(HostCollector::kStuckAfterMs + 1);
    frame = TelemetryFrame();
    collector->fill(frame);
    QCOMPARE(frame.stuck.size(), 1u);
    QVERIFY2(frame.stuck[0].find("host readings: stuck since ") == 0, frame.stuck[0].c_str());
    QCOMPARE(frame.host.load1, -1.0); // Old values would look as if they were of now.
    collector.reset();
    put("/proc/loadavg", ""); // Lets the reader that was left behind go.
}

void TestHost::thisMachine() {
    const Inventory host = readHost();
    QVERIFY(host.cpuThreads > 0);
    QVERIFY(host.memoryMib > 100);
    QVERIFY(!host.hostname.empty() && !host.kernel.empty());
    QCOMPARE(host.serial.empty(), says(host, "serial number"));
    QCOMPARE(host.nics.empty(), says(host, "network devices"));
    HostLoad load;
    QVERIFY(load.sample().load1 >= 0);
    QVERIFY(load.sample().memoryUsedMib > 0);
}

void TestHost::safeText_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("safe");
    QTest::newRow("plain") << QByteArray("python train.py") << QByteArray("python train.py");
    QTest::newRow("command line") << QByteArray("python\0train.py\0", 16) << QByteArray("python train.py");
    QTest::newRow("letters of all kinds") << QByteArray("Prüfung 東京 🙂") << QByteArray("Prüfung 東京 🙂");
    QTest::newRow("no UTF-8") << QByteArray("a\xff\xc3z") << QByteArray("a??z");
    QTest::newRow("overlong slash") << QByteArray("\xc0\xaf") << QByteArray("??");
    QTest::newRow("surrogate") << QByteArray("\xed\xa0\x80") << QByteArray("???");
    QTest::newRow("cut in a character") << QByteArray("0123456789012345678东") << QByteArray("0123456789012345678");
    QTest::newRow("escapes of a terminal") << QByteArray("a\x1b[31mb\n\n") << QByteArray("a [31mb");
}

void TestHost::safeText() {
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, safe);
    QCOMPARE(QByteArray::fromStdString(agent::safeText(std::string_view(text.constData(), static_cast<std::size_t>(text.size())), 20)), safe);
}

QTEST_GUILESS_MAIN(TestHost)
#include "tst_host.moc"
