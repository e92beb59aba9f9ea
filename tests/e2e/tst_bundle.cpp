// The node bundle as it is installed: every program finds its libraries in it, and the driver's come from the loader's cache, then from
// BUSBAR_DRIVER_PATH, /usr/local/nvidia/lib64 and LD_LIBRARY_PATH. No root: the bundle's copy of the loader is made to read a cache of ours.
#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <QtEndian>

#include <algorithm>

namespace {

// As long as what they stand for, because they are put in its place in the loader's file. The first is relative to where the program is started.
constexpr const char* kCache = "./the_test.cache";
constexpr const char* kNoFolder = "/nil/";

QByteArray contentOf(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void write(const QString& path, const QByteArray& content) {
    QFile::remove(path);
    QFile file(path);
    QVERIFY2(file.open(QIODevice::WriteOnly) && file.write(content) == content.size(), qPrintable(path));
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
}

template <typename Number>
void append(QByteArray& to, Number number) {
    number = qToLittleEndian(number);
    to.append(reinterpret_cast<const char*>(&number), sizeof number);
}

/// What ldconfig would write for these libraries in `folder` (glibc-ld.so.cache1.1).
QByteArray cacheOf(const QString& folder, QStringList libraries) {
    constexpr quint32 kHeader = 48, kEntry = 24;
    std::sort(libraries.begin(), libraries.end(), std::greater<>()); // The loader halves its way through them.
    QByteArray head("glibc-ld.so.cache1.1"), entries, texts;
    const quint32 textsBegin = kHeader + kEntry * static_cast<quint32>(libraries.size());
    for (const QString& library : libraries) {
        const QByteArray name = library.toUtf8(), path = (folder + QLatin1Char('/') + library).toUtf8();
        const quint32 nameAt = textsBegin + static_cast<quint32>(texts.size()), pathAt = nameAt + static_cast<quint32>(name.size()) + 1;
        append(entries, quint32{0x0303}); // A library of glibc for x86-64.
        append(entries, nameAt);
        append(entries, pathAt);
        append(entries, quint32{0});
        append(entries, quint64{0});
        texts += name + '\0' + path + '\0';
    }
    for (const quint32 number : {static_cast<quint32>(libraries.size()), static_cast<quint32>(texts.size()), quint32{2}, quint32{0}, quint32{0}, quint32{0}, quint32{0}}) append(head, number);
    return head + entries + texts;
}

QByteArray run(const QString& folder, const QString& program, const QStringList& words, const QStringList& environment = {}) {
    QProcess process;
    process.setWorkingDirectory(folder);
    process.setEnvironment(environment + QStringList{QStringLiteral("PATH=/usr/bin:/bin")});
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(program, words);
    process.waitForFinished(60'000);
    return process.exitCode() == 0 ? process.readAll() : "exit code " + QByteArray::number(process.exitCode()) + ": " + process.readAll();
}

} // namespace

class tst_Bundle : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void everyProgramIsWhole();
    void theDriverIsTakenInOrder_data();
    void theDriverIsTakenInOrder();

private:
    QString in(const QString& path) const { return m_folder.filePath(path); }
    void takeOurCache();

    QTemporaryDir m_folder;
    const QString m_loader = in(QStringLiteral("bundle/lib/ld-linux-x86-64.so.2"));
};

void tst_Bundle::initTestCase() {
    const QByteArray said = run(m_folder.path(), QStringLiteral(CMAKE_PROGRAM), {QStringLiteral("--install"), QStringLiteral(BUSBAR_BUILD_DIR), QStringLiteral("--component"), QStringLiteral("busbar-node-bundle"), QStringLiteral("--prefix"), in(QStringLiteral("bundle"))});
    QVERIFY2(QFile::exists(m_loader), said);
}

void tst_Bundle::everyProgramIsWhole() {
    const QStringList programs = QDir(in(QStringLiteral("bundle/bin"))).entryList(QDir::Files);
    QVERIFY(programs.contains(QStringLiteral("busbar-agent")) && programs.contains(QStringLiteral("busbarctl")));
    for (const QString& program : programs) {
        const QByteArray list = run(m_folder.path(), m_loader, {QStringLiteral("--inhibit-cache"), QStringLiteral("--library-path"), in(QStringLiteral("bundle/lib")), QStringLiteral("--list"), in(QStringLiteral("bundle/libexec/") + program)});
        QVERIFY2(list.contains("libc.so.6 => "), list);
        for (const QByteArray& line : list.split('\n'))
            if (const qsizetype at = line.indexOf("=> "); at >= 0) QVERIFY2(line.mid(at + 3).startsWith(in(QStringLiteral("bundle/lib/")).toUtf8()), line);
    }
}

void tst_Bundle::theDriverIsTakenInOrder_data() {
    takeOurCache();
    QTest::addColumn<QStringList>("there"); // "FOLDER/LIBRARY", or "FOLDER/LIBRARY=empty" or "=gone"
    QTest::addColumn<QStringList>("taken");
    const auto row = [](const char* name, const char* there, const char* taken) { QTest::newRow(name) << QString::fromLatin1(there).split(QLatin1Char(' ')) << QString::fromLatin1(taken).split(QLatin1Char(' ')); };
    row("the cache before all", "cache/libcuda.so.1 set/libcuda.so.1 nvidia/libcuda.so.1 path/libcuda.so.1", "cache/libcuda.so.1");
    row("then BUSBAR_DRIVER_PATH", "set/libcuda.so.1 nvidia/libcuda.so.1 path/libcuda.so.1", "set/libcuda.so.1");
    row("then /usr/local/nvidia/lib64", "nvidia/libcuda.so.1 path/libcuda.so.1", "nvidia/libcuda.so.1");
    row("then LD_LIBRARY_PATH", "path/libcuda.so.1", "path/libcuda.so.1");
    row("each library for itself", "cache/libnvidia-ml.so.1 set/libcuda.so.1 set/libnvidia-ml.so.1", "set/libcuda.so.1 cache/libnvidia-ml.so.1");
    row("a PTX compiler that only the folder has", "cache/libcuda.so.1 nvidia/libcuda.so.1 nvidia/libnvidia-ptxjitcompiler.so.1", "cache/libcuda.so.1 nvidia/libnvidia-ptxjitcompiler.so.1");
    row("a folder with the PTX compiler alone", "cache/libcuda.so.1 nvidia/libnvidia-ptxjitcompiler.so.1", "cache/libcuda.so.1 nvidia/libnvidia-ptxjitcompiler.so.1");
    row("a PTX compiler beside the driver", "nvidia/libcuda.so.1 nvidia/libnvidia-ptxjitcompiler.so.1", "nvidia/libnvidia-ptxjitcompiler.so.1");
    row("cuBLASLt beside an older driver", "cache/libcuda.so.1 set/libcublasLt.so.13 set/libcuda.so.1", "cache/libcuda.so.1 set/libcublasLt.so.13");
    row("cuBLASLt of the cache", "cache/libcublasLt.so.12 set/libcublasLt.so.12 set/libcuda.so.1", "cache/libcublasLt.so.12 set/libcuda.so.1");
    row("an empty file that a container left", "cache/libcuda.so.1=empty set/libcuda.so.1", "set/libcuda.so.1");
    row("a cache that is out of date", "cache/libcuda.so.1=gone nvidia/libcuda.so.1", "nvidia/libcuda.so.1");
}

/// The bundle's loader reads our cache and has no folders of its own, and start.sh looks into ours for /usr/local/nvidia/lib64.
void tst_Bundle::takeOurCache() {
    QByteArray loader = contentOf(m_loader), script = contentOf(in(QStringLiteral("bundle/bin/busbar-agent")));
    QVERIFY(loader.contains("/etc/ld.so.cache") && script.contains(" /usr/local/nvidia/lib64 "));
    write(m_loader, loader.replace("/etc/ld.so.cache", kCache).replace("/lib/", kNoFolder));
    write(in(QStringLiteral("bundle/bin/busbar-gpu-probe")), script.replace("/usr/local/nvidia/lib64", in(QStringLiteral("nvidia")).toUtf8()));
    write(in(QStringLiteral("bundle/libexec/busbar-gpu-probe")), contentOf(QStringLiteral(BUNDLE_PROBE)));
}

void tst_Bundle::theDriverIsTakenInOrder() {
    QFETCH(QStringList, there);
    QFETCH(QStringList, taken);
    for (const char* folder : {"cache", "set", "nvidia", "path"}) QVERIFY(QDir(in(QLatin1String(folder))).removeRecursively() && QDir(m_folder.path()).mkpath(QLatin1String(folder)));
    const QByteArray library = contentOf(QStringLiteral(BUNDLE_LIBRARY));
    QStringList cached, asked;
    for (const QString& one : there) {
        const QString path = one.section(QLatin1Char('='), 0, 0), how = one.section(QLatin1Char('='), 1);
        if (how != QLatin1String("gone")) write(in(path), how == QLatin1String("empty") ? QByteArray() : library);
        if (path.startsWith(QLatin1String("cache/"))) cached << path.section(QLatin1Char('/'), 1);
    }
    write(in(QLatin1String(kCache)), cacheOf(in(QStringLiteral("cache")), cached));
    QByteArray wanted;
    for (const QString& one : taken) {
        asked << one.section(QLatin1Char('/'), 1);
        wanted += in(one).toUtf8() + '\n';
    }
    const QByteArray said = run(m_folder.path(), in(QStringLiteral("bundle/bin/busbar-gpu-probe")), asked, {QStringLiteral("BUSBAR_DRIVER_PATH=") + in(QStringLiteral("set")), QStringLiteral("LD_LIBRARY_PATH=/nowhere:") + in(QStringLiteral("path"))});
    QCOMPARE(said, wanted);
}

QTEST_GUILESS_MAIN(tst_Bundle)
#include "tst_bundle.moc"
