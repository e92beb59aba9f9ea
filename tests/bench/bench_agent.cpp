// What the agent costs its node (design.md §10): own CPU time and private memory of the real program on the simulated driver with 8 busy GPUs
// at 1 Hz, connected to a real controller over mutual TLS. Reads /proc/<pid>/stat and smaps_rollup.  bench_agent [SECONDS]
#include "tests/support/site_fixture.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QThread>

#include <cstdio>
#include <unistd.h>

namespace {

constexpr int kDefaultSeconds = 30;
constexpr int kSettleSeconds = 5; // First readings, Hello, the inventory's second look.

QByteArray procFile(qint64 pid, const char* name) {
    QFile file(QStringLiteral("/proc/%1/%2").arg(pid).arg(QLatin1String(name)));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// User and system time of a process, seconds.
double cpuSeconds(qint64 pid) {
    const QByteArray stat = procFile(pid, "stat");
    const QList<QByteArray> fields = stat.mid(stat.lastIndexOf(')') + 2).split(' '); // From field 3 on.
    return (fields.value(11).toDouble() + fields.value(12).toDouble()) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

/// Memory that only this process has, MiB.
double privateMib(qint64 pid) {
    double kib = 0;
    for (const QByteArray& line : procFile(pid, "smaps_rollup").split('\n'))
        if (line.startsWith("Private_Clean:") || line.startsWith("Private_Dirty:")) kib += line.simplified().split(' ').value(1).toDouble();
    return kib / 1024;
}

int fail(const QString& why) {
    std::fprintf(stderr, "bench_agent: %s\n", qPrintable(why));
    return 1;
}

} // namespace

int main(int argc, char** argv) {
    QCoreApplication app(argc, argv);
    const int seconds = argc > 1 ? std::max(1, QString::fromLocal8Bit(argv[1]).toInt()) : kDefaultSeconds;
    const QString name = QStringLiteral("sim1");
    busbar::test::SiteFixture site;
    if (!site.start() || !site.startAgent(name) || !site.waitForLink(name, QStringLiteral("connected"))) return fail(site.error());
    for (int gpu = 0; gpu < 8; ++gpu)
        if (!site.driver(name, {QStringLiteral("add-process"), QString::number(gpu), QString::number(getpid()), QStringLiteral("40000")})) return fail(QStringLiteral("fake_driverctl"));
    QThread::sleep(kSettleSeconds);
    const qint64 pid = site.process(name)->processId();
    QElapsedTimer timer;
    timer.start();
    const double before = cpuSeconds(pid);
    QThread::sleep(static_cast<unsigned long>(seconds));
    const double used = cpuSeconds(pid) - before, elapsed = static_cast<double>(timer.elapsed()) / 1000;
    if (used <= 0 && privateMib(pid) <= 0) return fail(QStringLiteral("the agent ended"));
    std::printf("agent, 8 simulated GPUs at 1 Hz, %.0f s: %.2f %% of a core (reach 0.5, dream 0.2), %.1f MiB private with the simulated driver's own (reach 12, dream 8)\n", elapsed, 100 * used / elapsed,
                privateMib(pid));
    return 0;
}
