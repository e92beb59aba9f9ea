// The agent's GPU tests on the CUDA double: the same kernels from the same source, computed on the CPU, with faults on demand.
#include "busbar-agent/compute/gemm_tests.h"
#include "busbar-agent/compute/kernel_module.h"
#include "busbar-agent/compute/memory_tests.h"
#include "busbar-agent/compute/near_cpus.h"
#include "busbar-agent/compute/peer_tests.h"
#include "busbar-agent/compute/test_area.h"
#include "busbar-agent/compute/transfer_tests.h"
#include "busbar-agent/kernels/gemm.h"
#include "busbar-agent/kernels/memory.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

using namespace busbar;
using namespace busbar::agent;

namespace {

constexpr int kGpuMib = 1'800; // Small, so that the CPU is done soon: 560 MiB are the driver's, 1 GiB stays free, the rest is tested.

const QString kUuid = QStringLiteral("GPU-00000001-0000-4000-8000-000000000001");
const QString kUuid2 = QStringLiteral("GPU-00000001-0000-4000-8000-000000000002");

Status goOn() { return absl::OkStatus(); }
void noProgress(double, const std::string&) {}

} // namespace

class TestGpuCompute : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init() { writeState({}); }
    void opensByUuid();
    void aGpuInMigModeIsNoDevice();
    void refusesProhibitedMode();
    void scrubs();
    void scrubFindsStuckBits_data();
    void scrubFindsStuckBits();
    void patternsFindStuckBits();
    void stopsBetweenPieces();
    void leavesNothingBehind();
    void measuresMemory();
    void gemmIsExact();
    void gemmFindsWrongSum();
    void fp8IsExact();
    void fp8IsNotSupported_data();
    void fp8IsNotSupported();
    void uncorrectableErrorIsAFault();
    void peersFindStuckBits();
    void sizesBeyond32Bits();
    void thePtxIsWhatDriversTake();
    void cpuLists();
    void cpusNearAreToldOnlyWhereTheyAreKnown_data();
    void cpusNearAreToldOnlyWhereTheyAreKnown();
    void transfers();
    void peerCopiesNameTheirWay_data();
    void peerCopiesNameTheirWay();
    void transfersFromAnywhereAreToldOnly();
    void holds();
    void driverErrorsAreSentences();
    void sameResultForAnyGrid();
    void everyPairIsReadOnceForAnyGrid_data();
    void everyPairIsReadOnceForAnyGrid();

private:
    void writeState(const QJsonObject& change);
    QJsonObject state() const;
    std::unique_ptr<CudaDevice> open(const QString& uuid = kUuid) const;

    QTemporaryDir m_dir;
    CudaApi m_api;
};

void TestGpuCompute::initTestCase() {
    qputenv("BUSBAR_FAKE_DRIVER", m_dir.filePath(QStringLiteral("driver.json")).toUtf8());
    writeState({});
    auto api = loadCuda(BUSBAR_LIB_DIR "/libfake_cuda.so");
    QVERIFY2(api.ok(), api.status().ToString().c_str());
    m_api = *std::move(api);
    QVERIFY(m_api.simulated);
}

void TestGpuCompute::writeState(const QJsonObject& change) {
    QJsonArray gpus;
    for (const QString& uuid : {kUuid, kUuid2}) {
        QJsonObject gpu{{QStringLiteral("uuid"), uuid}, {QStringLiteral("memory_mib"), kGpuMib}, {QStringLiteral("processes"), QJsonArray()}, {QStringLiteral("failures"), QJsonObject()}};
        if (uuid == kUuid)
            for (auto it = change.begin(); it != change.end(); ++it) gpu.insert(it.key(), it.value());
        gpus.append(gpu);
    }
    // Renamed into place like the double's own writes, so that the change is seen.
    const QString path = m_dir.filePath(QStringLiteral("driver.json"));
    QFile file(path + QStringLiteral(".test"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QJsonDocument(QJsonObject{{QStringLiteral("gpus"), gpus}}).toJson());
    file.close();
    QVERIFY(::rename(file.fileName().toUtf8().constData(), path.toUtf8().constData()) == 0);
}

QJsonObject TestGpuCompute::state() const {
    QFile file(m_dir.filePath(QStringLiteral("driver.json")));
    if (!file.open(QIODevice::ReadOnly)) return {};
    return QJsonDocument::fromJson(file.readAll()).object().value(QStringLiteral("gpus")).toArray().at(0).toObject();
}

std::unique_ptr<CudaDevice> TestGpuCompute::open(const QString& uuid) const {
    auto device = CudaDevice::open(m_api, uuid.toStdString());
    if (!device.ok()) {
        qWarning("%s", device.status().ToString().c_str());
        return nullptr;
    }
    return *std::move(device);
}

void TestGpuCompute::opensByUuid() {
    QCOMPARE(open()->computeCapability(), 90);
    const auto absent = CudaDevice::open(m_api, "GPU-ffffffff-0000-4000-8000-000000000001");
    QVERIFY(absl::IsNotFound(absent.status()));
    QVERIFY(absent.status().ToString().find("GPU-ffffffff") != std::string::npos);
}

void TestGpuCompute::aGpuInMigModeIsNoDevice() {
    writeState({{QStringLiteral("mig_mode"), 1}}); // Of the first: the second moves up to its number.
    const auto absent = CudaDevice::open(m_api, kUuid.toStdString());
    QVERIFY(absl::IsNotFound(absent.status()));
    QVERIFY2(absent.status().ToString().find("in MIG mode") != std::string::npos, absent.status().ToString().c_str());
    QVERIFY(CudaDevice::open(m_api, kUuid2.toStdString()).ok());
}

void TestGpuCompute::refusesProhibitedMode() {
    writeState({{QStringLiteral("compute_mode"), 2}});
    const auto device = CudaDevice::open(m_api, kUuid.toStdString());
    QVERIFY(!device.ok());
    QVERIFY2(device.status().ToString().find("PROHIBITED") != std::string::npos, device.status().ToString().c_str());
}

void TestGpuCompute::scrubs() {
    const auto device = open();
    std::vector<std::string> parts;
    const auto outcome = scrubMemory(*device, 7, goOn, [&](double, const std::string& sentence) { parts.push_back(sentence); });
    QVERIFY2(outcome.ok(), outcome.status().ToString().c_str());
    QCOMPARE(outcome->faults.count, 0U);
    QCOMPARE(parts.size(), 4U);
    QVERIFY(outcome->valueOf("memory covered") >= 97);
    QVERIFY(outcome->valueOf("bytes covered") > 100.0 * 1024 * 1024);
    const auto memory = device->memory();
    QVERIFY(memory.ok());
    QCOMPARE(outcome->valueOf("memory covered of total"), 100 * outcome->valueOf("bytes covered") / static_cast<double>(memory->total));
    QVERIFY(outcome->valueOf("scrub of copy engine") >= 70);
    for (const char* name : {"scrub rate", "copy engine", "fill engine"}) QVERIFY2(outcome->valueOf(name) > 0, name);
}

void TestGpuCompute::scrubFindsStuckBits_data() {
    QTest::addColumn<qint64>("offset");
    QTest::addColumn<qint64>("mask");
    QTest::newRow("first word") << qint64(0) << qint64(1);
    QTest::newRow("far in") << qint64(96) * 1024 * 1024 << qint64(0x80);
}

void TestGpuCompute::scrubFindsStuckBits() {
    QFETCH(qint64, offset);
    QFETCH(qint64, mask);
    writeState({{QStringLiteral("bad_memory"), QJsonObject{{QStringLiteral("offset"), offset}, {QStringLiteral("mask"), mask}}}});
    const auto device = open();
    const auto outcome = scrubMemory(*device, 7, goOn, noProgress);
    QVERIFY2(outcome.ok(), outcome.status().ToString().c_str());
    // A bit stuck at 1 is seen against zero at the latest; against the random word only where that has a 0 there.
    QVERIFY(outcome->faults.count >= 1 && outcome->faults.count <= 2);
    QCOMPARE(outcome->faults.places.front().address, static_cast<std::uint64_t>(offset));
    QCOMPARE(outcome->faults.places.back().expected, 0U);
    QCOMPARE(outcome->faults.places.back().got, static_cast<std::uint64_t>(mask));
    QVERIFY(outcome->faults.sentence("byte").find("not as expected; first at byte") != std::string::npos);
}

void TestGpuCompute::patternsFindStuckBits() {
    {
        const auto device = open();
        const auto outcome = testPatterns(*device, 1, 3, goOn, noProgress);
        QVERIFY2(outcome.ok(), outcome.status().ToString().c_str());
        QCOMPARE(outcome->faults.count, 0U);
        QCOMPARE(outcome->valueOf("patterns"), 6.0);
    }
    writeState({{QStringLiteral("bad_memory"), QJsonObject{{QStringLiteral("offset"), 4096}, {QStringLiteral("mask"), 2}}}});
    const auto device = open();
    const auto outcome = testPatterns(*device, 1, 3, goOn, noProgress);
    QVERIFY(outcome.ok());
    QVERIFY(outcome->faults.count >= 4); // Each constant or its complement has a 0 there.
    for (const auto& place : outcome->faults.places) QCOMPARE(place.address, 4096U);
}

void TestGpuCompute::stopsBetweenPieces() {
    const auto device = open();
    int looks = 0;
    const auto outcome = scrubMemory(*device, 7, [&]() -> Status { return ++looks > 2 ? absl::CancelledError("cancelled by the test") : absl::OkStatus(); }, noProgress);
    QVERIFY(absl::IsCancelled(outcome.status()));
    QVERIFY(device->memory()->free > (std::size_t{1} << 30));
}

void TestGpuCompute::leavesNothingBehind() {
    {
        const auto device = open();
        QCOMPARE(state().value(QStringLiteral("processes")).toArray().size(), 1);
        QVERIFY(measureMemory(*device, goOn).ok());
        const int held = state().value(QStringLiteral("processes")).toArray().at(0).toObject().value(QStringLiteral("memory_mib")).toInt();
        QVERIFY2(held < 16, qPrintable(QString::number(held)));
    }
    QCOMPARE(state().value(QStringLiteral("processes")).toArray().size(), 0);
}

void TestGpuCompute::measuresMemory() {
    writeState({{QStringLiteral("hbm_gbps"), 1000}});
    const auto device = open();
    const auto outcome = measureMemory(*device, goOn);
    QVERIFY2(outcome.ok(), outcome.status().ToString().c_str());
    for (const char* name : {"HBM read", "HBM write", "HBM copy", "copy engine", "fill engine"}) {
        // The double's times are those of its model: 1000 GB/s less a launch.
        QVERIFY2(outcome->valueOf(name) > 900 && outcome->valueOf(name) <= 1001, name);
    }
    QVERIFY(outcome->valueOf("HBM copy of copy engine") >= 90);
}

void TestGpuCompute::gemmIsExact() {
    std::uint64_t first = 0, second = 0, otherInput = 0;
    const auto device = open();
    const auto outcome = testGemm(*device, Precision::bf16, 2, 11, goOn, &first);
    QVERIFY2(outcome.ok(), outcome.status().ToString().c_str());
    QCOMPARE(outcome->faults.count, 0U);
    QCOMPARE(outcome->valueOf("fingerprints differing"), 0.0);
    QVERIFY(outcome->valueOf("bf16 GEMM") > 0);
    const auto other = open(kUuid2);
    QVERIFY(testGemm(*other, Precision::bf16, 0, 11, goOn, &second).ok());
    QCOMPARE(second, first);
    QVERIFY(testGemm(*other, Precision::bf16, 0, 12, goOn, &otherInput).ok());
    QVERIFY(otherInput != first);
}

void TestGpuCompute::gemmFindsWrongSum() {
    writeState({{QStringLiteral("bad_gemm"), 1234}});
    const auto device = open();
    const auto outcome = testGemm(*device, Precision::bf16, 0, 11, goOn);
    QVERIFY(outcome.ok());
    QCOMPARE(outcome->faults.count, 1U);
    QCOMPARE(outcome->faults.places.front().address, 1234U);
    QCOMPARE(outcome->faults.places.front().expected ^ outcome->faults.places.front().got, 1U);
}

void TestGpuCompute::fp8IsExact() {
    std::uint64_t first = 0, second = 0;
    const auto device = open(), other = open(kUuid2);
    const auto outcome = testGemm(*device, Precision::fp8, 1, 11, goOn, &first);
    QVERIFY2(outcome.ok(), outcome.status().ToString().c_str());
    QCOMPARE(outcome->faults.count, 0U);
    QCOMPARE(outcome->valueOf("fp8 fingerprints differing"), 0.0);
    QVERIFY(outcome->valueOf("fp8 GEMM") > 0 && outcome->valueOf("fp8 GEMM") <= 900);
    QVERIFY(testGemm(*other, Precision::fp8, 0, 11, goOn, &second).ok());
    QCOMPARE(second, first);
    writeState({{QStringLiteral("bad_gemm"), 777}});
    const auto bad = open();
    const auto wrong = testGemm(*bad, Precision::fp8, 0, 11, goOn);
    QVERIFY(wrong.ok());
    QCOMPARE(wrong->faults.count, 1U);
    QCOMPARE(wrong->faults.places.front().address, 777U);
}

void TestGpuCompute::fp8IsNotSupported_data() {
    QTest::addColumn<QString>("key");
    QTest::addColumn<int>("value");
    QTest::addColumn<QString>("why");
    QTest::newRow("A100") << QStringLiteral("compute_capability") << 80 << QStringLiteral("not supported: fp8 needs compute capability 8.9");
    QTest::newRow("an older driver") << QStringLiteral("ptx") << 78 << QStringLiteral("its compiler says: ptxas fatal: Unsupported .version");
}

void TestGpuCompute::fp8IsNotSupported() {
    QFETCH(QString, key);
    QFETCH(int, value);
    QFETCH(QString, why);
    writeState({{key, value}});
    const auto device = open();
    QVERIFY(device != nullptr);
    const auto outcome = testGemm(*device, Precision::fp8, 0, 11, goOn);
    QVERIFY(absl::IsNotFound(outcome.status()));
    QVERIFY2(outcome.status().ToString().find(why.toStdString()) != std::string::npos, outcome.status().ToString().c_str());
    QVERIFY(testGemm(*device, Precision::bf16, 0, 11, goOn).ok());
}

void TestGpuCompute::uncorrectableErrorIsAFault() {
    writeState({{QStringLiteral("failures"), QJsonObject{{QStringLiteral("cuStreamQuery"), 214}}}});
    const auto device = open();
    const auto outcome = scrubMemory(*device, 7, goOn, noProgress);
    QVERIFY2(absl::IsDataLoss(outcome.status()), outcome.status().ToString().c_str());
    QVERIFY(outcome.status().ToString().find("CUDA_ERROR_ECC_UNCORRECTABLE, 214") != std::string::npos);
}

void TestGpuCompute::peersFindStuckBits() {
    writeState({{QStringLiteral("bad_memory"), QJsonObject{{QStringLiteral("offset"), 8192}, {QStringLiteral("mask"), -1}}}});
    const auto device = open(), other = open(kUuid2);
    const auto into = measurePeerCopy(*other, *device, goOn);
    QVERIFY2(into.ok(), into.status().ToString().c_str());
    QCOMPARE(into->faults.count, 1U);
    QCOMPARE(into->faults.places.front().address, 8192U);
}

void TestGpuCompute::sizesBeyond32Bits() {
    // One pair in the middle of an area far larger than 4 GiB, by a thread whose number is larger than 32 bits: what a kernel computes of it
    // must not be cut. The pointer is that of the area's start; nothing but the pair is touched.
    constexpr std::uint64_t kPair = (std::uint64_t{1} << 33) + 8, kOffset = std::uint64_t{3} << 40; // The first of a tile.
    std::vector<kernels::Word2> pair(1), target(1);
    auto* const area = reinterpret_cast<kernels::Word2*>(reinterpret_cast<std::uintptr_t>(pair.data()) - kPair * 16);
    auto* const to = reinterpret_cast<kernels::Word2*>(reinterpret_cast<std::uintptr_t>(target.data()) - kPair * 16);
    kernels::t_hostThread = {kPair, std::uint64_t{1} << 40};
    kernels::busbarFill(area, (kPair + 1) * 16, kOffset, kernels::kAddress, 0);
    QCOMPARE(pair[0][0], kOffset + kPair * 16);
    QCOMPARE(pair[0][1], kOffset + kPair * 16 + 8);
    kernels::t_hostThread = {kPair / kernels::kTilePairs, std::uint64_t{1} << 40};
    kernels::busbarCopy(to, area, (kPair + 1) * 16);
    QCOMPARE(target[0][1], kOffset + kPair * 16 + 8);
    pair[0][1] ^= 1;
    kernels::Faults faults{};
    kernels::busbarCheck(area, (kPair + 1) * 16, kOffset, kernels::kAddress, 0, &faults);
    kernels::t_hostThread = {0, 1};
    QCOMPARE(faults.count, 1U);
    QCOMPARE(faults.first[0].address, kOffset + kPair * 16 + 8);
    QCOMPARE(productSize(132), 8192U);
    QCOMPARE(productSize(108), 8192U); // A100
    QCOMPARE(productSize(8), 512U);
}

void TestGpuCompute::thePtxIsWhatDriversTake() {
    const std::string kernels = kernelPtx(), fp8 = fp8Ptx();
    const auto count = [](const std::string& text, const std::string& what) {
        int found = 0;
        for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
        return found;
    };
    // PTX 7.0 is of CUDA 11.0: R450 and newer take it. sm_80 code runs on every later GPU, H200 included.
    QVERIFY(count(kernels, ".version 7.0\n.target sm_80\n") == 1 && count(fp8, ".version 8.4\n.target sm_89\n") == 1);
    QCOMPARE(count(kernels, ".maxntid 256, 1, 1"), count(kernels, ".visible .entry"));
    QCOMPARE(count(kernels, ".local") + count(fp8, ".local"), 0); // No array fell out of the registers.
    QCOMPARE(count(kernels, "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32"), 64);
    QCOMPARE(count(fp8, "mma.sync.aligned.m16n8k32.row.col.f32.e4m3.e4m3.f32"), 64);
    QVERIFY(count(kernels, "cp.async.cg.shared.global") > 0 && count(kernels, "ldmatrix.sync.aligned.m8n8.x4.shared.b16") > 0);
    // Memory is moved 16 bytes at a time: 8-byte loads are the fingerprint's only.
    QVERIFY(count(kernels, "ld.global.v2.u64") > count(kernels, "ld.global.u64"));
    // A tile's four loads and stores lie at constant distances from one pointer each, so that a copy needs few registers.
    const std::string copy = kernels.substr(kernels.find(".entry busbarCopy("), kernels.find("ret;", kernels.find(".entry busbarCopy(")) - kernels.find(".entry busbarCopy("));
    for (const char* distance : {"+4096]", "+8192]", "+12288]"}) QCOMPARE(count(copy, distance), 2);
}

void TestGpuCompute::cpuLists() {
    const cpu_set_t some = parseCpuList("0-2,64,70-71\n");
    QCOMPARE(CPU_COUNT(&some), 6);
    QVERIFY(CPU_ISSET(64, &some) && CPU_ISSET(71, &some) && !CPU_ISSET(65, &some));
    for (const char* bad : {"", "x", "3-1", "0-99999", "1-2-3"}) {
        const cpu_set_t none = parseCpuList(bad);
        QCOMPARE(CPU_COUNT(&none), 0);
    }
}

void TestGpuCompute::cpusNearAreToldOnlyWhereTheyAreKnown_data() {
    QTest::addColumn<QByteArray>("node");
    QTest::addColumn<QByteArray>("cpuinfo");
    QTest::addColumn<int>("near");
    const QByteArray one("processor\t: 0\nphysical id\t: 0\nflags\t\t: fpu sse2\nprocessor\t: 1\nphysical id\t: 0\nflags\t\t: fpu sse2\n"), two = one + "processor\t: 2\nphysical id\t: 1\nflags\t\t: fpu sse2\n";
    const QByteArray guest("processor\t: 0\nphysical id\t: 0\nflags\t\t: fpu sse2 hypervisor lahf_lm\n");
    QTest::newRow("a server with two sockets") << QByteArray("1\n") << two << 4;
    QTest::newRow("one socket, no node told") << QByteArray("-1\n") << one << 4;
    QTest::newRow("two sockets, no node told") << QByteArray("-1\n") << two << 0;
    QTest::newRow("a virtual machine that was not told") << QByteArray("-1\n") << guest << 0;
    QTest::newRow("a virtual machine that was told") << QByteArray("0\n") << guest << 4;
    QTest::newRow("nothing readable") << QByteArray() << QByteArray() << 0;
}

void TestGpuCompute::cpusNearAreToldOnlyWhereTheyAreKnown() {
    QFETCH(QByteArray, node);
    QFETCH(QByteArray, cpuinfo);
    QFETCH(int, near);
    const QTemporaryDir root;
    const auto put = [&](const QString& path, const QByteArray& text) {
        QFile file(root.filePath(path));
        QVERIFY(QDir(root.path()).mkpath(QFileInfo(path).path()) && file.open(QIODevice::WriteOnly));
        file.write(text);
    };
    put(QStringLiteral("sys/bus/pci/devices/0000:1b:00.0/local_cpulist"), "0-3\n");
    if (!node.isEmpty()) put(QStringLiteral("sys/bus/pci/devices/0000:1b:00.0/numa_node"), node);
    if (!cpuinfo.isEmpty()) put(QStringLiteral("proc/cpuinfo"), cpuinfo);
    const cpu_set_t set = cpusNear("0000:1B:00.0", root.path().toStdString());
    QCOMPARE(CPU_COUNT(&set), near);
}

void TestGpuCompute::transfers() {
    const auto device = open();
    const auto outcome = measureTransfers(*device, goOn);
    QVERIFY2(outcome.ok(), outcome.status().ToString().c_str());
    QCOMPARE(outcome->faults.count, 0U);
    QVERIFY(std::abs(outcome->valueOf("host to device") - 54.8) < 1);
}

void TestGpuCompute::peerCopiesNameTheirWay_data() {
    QTest::addColumn<QString>("way");
    QTest::addColumn<QString>("figure");
    QTest::addColumn<double>("rate");
    QTest::addColumn<QString>("note");
    QTest::newRow("NVLink: the name that thresholds know") << "nvlink" << "peer copy" << 380.0 << "direct, over NVLink";
    QTest::newRow("PCIe") << "pcie" << "peer copy over PCIe" << 54.8 << "direct, over PCIe";
    QTest::newRow("host") << "host" << "peer copy through the host" << 54.8 << "through the host";
    QTest::newRow("the driver does not tell") << "unknown" << "peer copy, way unknown" << 54.8 << "direct";
}

void TestGpuCompute::peerCopiesNameTheirWay() {
    QFETCH(QString, way);
    QFETCH(QString, figure);
    QFETCH(double, rate);
    QFETCH(QString, note);
    writeState({{QStringLiteral("peer_way"), way}});
    const auto device = open(), other = open(kUuid2);
    const auto peer = measurePeerCopy(*device, *other, goOn);
    QVERIFY2(peer.ok(), peer.status().ToString().c_str());
    QVERIFY(std::abs(peer->valueOf(figure.toStdString()) - rate) < rate / 50);
    QCOMPARE(peer->valueOf("peer copy") > 0, way == QStringLiteral("nvlink"));
    QCOMPARE(peer->faults.count, 0U);
    QCOMPARE(QString::fromStdString(peer->note), note);
}

void TestGpuCompute::transfersFromAnywhereAreToldOnly() {
    CudaApi real = m_api;
    real.simulated = false; // As on a machine that shows no PCI devices: nothing says which CPUs are near.
    const auto device = CudaDevice::open(real, kUuid.toStdString());
    QVERIFY(device.ok());
    const auto outcome = measureTransfers(**device, goOn);
    QVERIFY2(outcome.ok(), outcome.status().ToString().c_str());
    QCOMPARE(outcome->valueOf("host to device"), -1.0); // The name that thresholds know.
    QVERIFY(outcome->valueOf(std::string("host to device") + kFromAnywhere) > 0);
    QVERIFY2(outcome->note.find("told only") != std::string::npos, outcome->note.c_str());
}

void TestGpuCompute::holds() {
    const auto device = open();
    int samples = 0;
    const auto outcome = holdPower(*device, 0.3, 5, goOn, [&] { ++samples; });
    QVERIFY2(outcome.ok(), outcome.status().ToString().c_str());
    QVERIFY(samples >= 1);
    QVERIFY(outcome->valueOf("held") >= 0.3);
    QVERIFY(outcome->valueOf("bf16 GEMM held") > 0);
}

void TestGpuCompute::driverErrorsAreSentences() {
    writeState({{QStringLiteral("failures"), QJsonObject{{QStringLiteral("cuLaunchKernel"), 719}}}});
    const auto device = open();
    const auto outcome = scrubMemory(*device, 7, goOn, noProgress);
    QVERIFY(!outcome.ok());
    QVERIFY2(outcome.status().ToString().find("busbarFill: unknown error (CUDA_ERROR_UNKNOWN, 719)") != std::string::npos, outcome.status().ToString().c_str());
}

void TestGpuCompute::sameResultForAnyGrid() {
    // The kernels' own promise: any number of threads, one result.
    std::vector<kernels::Word2> one(1024), many(1024);
    kernels::t_hostThread = {0, 1};
    kernels::busbarFill(one.data(), one.size() * 16, 64, kernels::kRandom, 9);
    for (std::uint64_t thread = 0; thread < 7; ++thread) {
        kernels::t_hostThread = {thread, 7};
        kernels::busbarFill(many.data(), many.size() * 16, 64, kernels::kRandom, 9);
    }
    kernels::t_hostThread = {0, 1};
    QVERIFY(std::memcmp(one.data(), many.data(), one.size() * 16) == 0);
    kernels::Faults faults{};
    kernels::busbarCheck(one.data(), one.size() * 16, 64, kernels::kRandom, 9, &faults);
    QCOMPARE(faults.count, 0U);
    one[5][1] ^= 0x40;
    kernels::busbarCheck(one.data(), one.size() * 16, 64, kernels::kRandom, 9, &faults);
    QCOMPARE(faults.count, 1U);
    QCOMPARE(faults.first[0].address, 64U + 5 * 16 + 8);
}

void TestGpuCompute::everyPairIsReadOnceForAnyGrid_data() {
    QTest::addColumn<int>("pairs");
    QTest::addColumn<int>("blocks");
    for (const int pairs : {1, 3, 4, 5, 1'000, 1'023, 4'096})
        for (const int blocks : {1, 7, 300}) QTest::addRow("%d pairs, %d blocks", pairs, blocks) << pairs << blocks;
}

void TestGpuCompute::everyPairIsReadOnceForAnyGrid() {
    QFETCH(int, pairs);
    QFETCH(int, blocks);
    const auto bytes = static_cast<std::uint64_t>(pairs) * 16;
    std::vector<kernels::Word2> from(static_cast<std::size_t>(pairs)), to(from.size());
    std::uint64_t expected = 0, sum = 0;
    for (std::size_t i = 0; i < from.size(); ++i) {
        from[i] = kernels::Word2{kernels::mixed(i), i};
        expected += from[i][0] ^ from[i][1];
    }
    const auto forBlocks = [&](const std::function<void()>& kernel) {
        for (int block = 0; block < blocks; ++block) {
            kernels::t_hostThread = {static_cast<std::uint64_t>(block), static_cast<std::uint64_t>(blocks)};
            kernel();
        }
        kernels::t_hostThread = {0, 1};
    };
    forBlocks([&] { kernels::busbarRead(from.data(), bytes, &sum); });
    QCOMPARE(sum, expected);
    forBlocks([&] { kernels::busbarCopy(to.data(), from.data(), bytes); });
    QVERIFY(std::memcmp(from.data(), to.data(), bytes) == 0);
    kernels::Faults faults{};
    forBlocks([&] { kernels::busbarFill(from.data(), bytes, 0, kernels::kAddress, 0); });
    from.back()[1] ^= 1;
    forBlocks([&] { kernels::busbarCheckInvert(from.data(), bytes, 0, kernels::kAddress, 0, &faults); });
    QCOMPARE(faults.count, 1U);
    QCOMPARE(faults.first[0].address, bytes - 8);
    forBlocks([&] { kernels::busbarCheck(from.data(), bytes, 0, kernels::kAddress | kernels::kInverted, 0, &faults); });
    QCOMPARE(faults.count, 1U);
}

QTEST_GUILESS_MAIN(TestGpuCompute)
#include "tst_gpu_compute.moc"
