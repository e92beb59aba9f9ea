// The real agent program: what it tells of the machine and its GPUs, faults from kernel log and driver, a lost link bridged, sampling on
// request, systemd's protocol, policies and terms that no wire can widen, kill -9 at each border of a step.
#include "tests/busbar-agent/program/agent_process.h"

#include "transport/evidence.h"
#include "transport/x509.h"
#include "wire/codec.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <set>
#include <unistd.h>

using namespace busbar;
using test::AgentProcess;
using test::FakeController;

namespace {

using Messages = std::vector<v1::AgentMessage>;

std::vector<TelemetryFrame> framesOf(const Messages& messages, std::size_t gpus = 8) {
    std::vector<TelemetryFrame> frames;
    for (const v1::AgentMessage& message : messages)
        if (message.has_telemetry()) frames.push_back(*wire::decode(message.telemetry(), gpus));
    return frames;
}

std::vector<FleetEvent> eventsOf(const Messages& messages) {
    std::vector<FleetEvent> events;
    for (const v1::AgentMessage& message : messages)
        if (message.has_event()) events.push_back(*wire::decode(message.event()));
    return events;
}

std::int64_t valueIn(const TelemetryFrame& frame, Metric metric, std::size_t slot) {
    for (const MetricColumn& column : frame.columns)
        if (column.metric == metric) return column.values.at(slot);
    return -99;
}

StepCommand commandOf(StepKind kind, const std::string& id, std::uint64_t term = 1) {
    StepCommand command;
    command.commandId = id;
    command.actionId = "tst1/ACTION";
    command.nodeId = "tst1/n1";
    command.kind = kind;
    command.term = term;
    command.secondsLeft = 600;
    return command;
}

} // namespace

class TestAgentProgram : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();
    void saysWhatItIs();
    void saysWhyThereIsNoDriver();
    void inventoryFollowsWhatItLearns();
    void xidFromTheKernelLogOnceOverRestarts();
    void xidFromTheDriver();
    void aHangingGpuStopsNothingElse();
    void bridgesALostLink();
    void samplesTenTimesASecondOnRequest();
    void speaksWithSystemd();
    void termsOfTheWelcomeCount();
    void noCommandWidensThePolicy();
    void badMessagesEndTheSession_data();
    void badMessagesEndTheSession();
    void killedAtAnyBorder_data();
    void killedAtAnyBorder();
    void killedWhileHooksRun();
    void refusesToStart_data();
    void refusesToStart();

private:
    bool waitForFrame(const std::function<bool(const TelemetryFrame&)>& wanted) {
        return m_controller->waitFor([&](const Messages& all) {
            const auto frames = framesOf(all);
            return std::any_of(frames.begin(), frames.end(), wanted);
        });
    }
    std::unique_ptr<test::FakeDriver> m_driver;
    std::unique_ptr<FakeController> m_controller;
    std::unique_ptr<AgentProcess> m_agent;
};

void TestAgentProgram::init() {
    m_driver = std::make_unique<test::FakeDriver>();
    m_controller = std::make_unique<FakeController>();
    m_controller->open();
    m_agent = std::make_unique<AgentProcess>(*m_controller);
}

void TestAgentProgram::cleanup() {
    if (QTest::currentTestFailed()) qWarning("%s", m_agent->log().constData());
    m_agent.reset();
    m_controller.reset();
    m_driver.reset();
}

void TestAgentProgram::saysWhatItIs() {
    m_agent->start();
    const AgentHello hello = m_controller->hello();
    QCOMPARE(hello.nodeId, std::string("tst1/n1"));
    QVERIFY(hello.source == Source::simulated);
    QCOMPARE(hello.inventory.driver, std::string("simulated NVML 580.95.05"));
    QCOMPARE(hello.inventory.gpus.size(), 8u);
    QVERIFY(hello.inventory.cpuThreads > 0 && hello.inventory.memoryMib > 0 && !hello.inventory.hostname.empty());
    QVERIFY(hello.policy.settingsAllowed && hello.policy.terminateHolders);
    QVERIFY(std::any_of(hello.inventory.provenance.begin(), hello.inventory.provenance.end(), [](const std::string& s) { return s.find("simulated driver library") != std::string::npos; }));
    QVERIFY(waitForFrame([](const TelemetryFrame& frame) { return valueIn(frame, Metric::temperature, 7) == 41 && frame.host.load1 >= 0; }));
}

void TestAgentProgram::saysWhyThereIsNoDriver() {
    m_agent->nvml = QStringLiteral("/nonexistent/libnvidia-ml.so.1");
    m_agent->policy.clear();
    m_agent->start();
    const AgentHello hello = m_controller->hello();
    QVERIFY(hello.source == Source::live);
    QVERIFY(!hello.inventory.driverPresent);
    QVERIFY2(hello.inventory.driver.find("no NVIDIA driver: /nonexistent/libnvidia-ml.so.1 cannot be loaded") == 0, hello.inventory.driver.c_str());
    QVERIFY(!hello.policy.settingsAllowed && !hello.policy.terminateHolders); // The defaults.
    QVERIFY(std::any_of(hello.inventory.provenance.begin(), hello.inventory.provenance.end(), [](const std::string& s) { return s.find("the kernel log '") == 0; }));
    m_controller->send(commandOf(StepKind::verify, "c1"));
    QCOMPARE(m_controller->waitForReport("c1").evidence.at(0).source, std::string("kernel"));
}

void TestAgentProgram::inventoryFollowsWhatItLearns() {
    m_agent->start();
    m_controller->hello();
    // Reasons for what the device lacks come with the first readings.
    QVERIFY(m_controller->waitFor([](const Messages& all) {
        return std::any_of(all.begin(), all.end(), [](const v1::AgentMessage& message) {
            if (!message.has_inventory() && !message.has_hello()) return false;
            const auto inventory = message.has_hello() ? wire::decode(message.hello())->inventory : *wire::decode(message.inventory());
            const auto fan = inventory.unsupported.find(Metric::fanPercent);
            return fan != inventory.unsupported.end() && fan->second == "Not Supported";
        });
    }));
}

void TestAgentProgram::xidFromTheKernelLogOnceOverRestarts() {
    m_agent->kmsg = m_controller->path(QStringLiteral("kmsg"));
    QFile kmsg(m_agent->kmsg);
    QVERIFY(kmsg.open(QIODevice::WriteOnly));
    kmsg.write("4,10,1000000,-;NVRM: Xid (PCI:0000:2b:00): 79, pid=1, GPU has fallen off the bus.\n");
    kmsg.flush();
    const auto came = [](int xid, std::size_t count) {
        return [=](const Messages& all) {
            const auto events = eventsOf(all);
            return static_cast<std::size_t>(std::count_if(events.begin(), events.end(), [=](const FleetEvent& e) { return e.xid == xid; })) >= count;
        };
    };
    m_agent->start();
    QVERIFY(m_controller->waitFor(came(79, 1)));
    const FleetEvent event = eventsOf(m_controller->messages())[0];
    QCOMPARE(event.gpu, 1);
    QVERIFY(event.beforeAgent);
    QTest::qWait(2'500); // It went out: the position is kept.
    m_agent->kill();
    m_controller->clear();
    kmsg.write("4,11,1000001,-;NVRM: Xid (PCI:0000:2b:00): 48, pid=1, DBE\n");
    kmsg.flush();
    m_agent->start();
    QVERIFY(m_controller->waitFor(came(48, 1)));
    QVERIFY(!came(79, 1)(m_controller->messages()));
}

void TestAgentProgram::xidFromTheDriver() {
    m_agent->start();
    QVERIFY(waitForFrame([](const TelemetryFrame& frame) { return valueIn(frame, Metric::temperature, 0) > 0; }));
    QVERIFY(m_driver->control("xid 6 119"));
    QVERIFY(m_controller->waitFor([](const Messages& all) {
        const auto events = eventsOf(all);
        return std::any_of(events.begin(), events.end(), [](const FleetEvent& e) { return e.kind == EventKind::xid && e.xid == 119 && e.gpu == 6; });
    }));
}

void TestAgentProgram::aHangingGpuStopsNothingElse() {
    m_agent->start();
    QVERIFY(waitForFrame([](const TelemetryFrame& frame) { return valueIn(frame, Metric::temperature, 3) > 0; }));
    QVERIFY(m_driver->control("fail 3 * hang"));
    QVERIFY(waitForFrame([](const TelemetryFrame& frame) { return frame.stuck.size() == 1 && frame.stuck[0].find("GPU 3 (GPU-") == 0 && frame.stuck[0].find("stuck since") != std::string::npos; }));
    QVERIFY(m_driver->control("set 4 temperature 71"));
    QVERIFY(waitForFrame([](const TelemetryFrame& frame) { return valueIn(frame, Metric::temperature, 4) == 71 && valueIn(frame, Metric::temperature, 3) == kNotRead; }));
    // Steps go on too, by the kernel for that GPU.
    m_controller->send(commandOf(StepKind::verify, "c1"));
    QVERIFY(m_controller->waitForReport("c1").state == StepState::succeeded);
    m_controller->clear();
    QVERIFY(m_driver->control("heal 3"));
    QVERIFY(waitForFrame([](const TelemetryFrame& frame) { return frame.stuck.empty() && valueIn(frame, Metric::temperature, 3) > 0; }));
    QCOMPARE(m_agent->stop(), 0);
}

void TestAgentProgram::bridgesALostLink() {
    m_agent->start();
    QVERIFY(waitForFrame([](const TelemetryFrame& frame) { return valueIn(frame, Metric::temperature, 0) == 41; }));
    m_controller->shut();
    m_controller->clear();
    QVERIFY(m_driver->control("set 0 temperature 66"));
    QTest::qWait(3'000);
    QVERIFY(m_driver->control("set 0 temperature 50"));
    QTest::qWait(2'500);
    QVERIFY(m_driver->control("xid 2 31"));
    QTest::qWait(500);
    const std::int64_t backMs = QDateTime::currentMSecsSinceEpoch();
    m_controller->open();
    QVERIFY(waitForFrame([=](const TelemetryFrame& frame) { return frame.observedWallMs > backMs; }));
    // The hot seconds that nobody saw are there, in their order and with their own time.
    std::vector<TelemetryFrame> frames = framesOf(m_controller->messages());
    QVERIFY(std::is_sorted(frames.begin(), frames.end(), [](const TelemetryFrame& a, const TelemetryFrame& b) { return a.observedWallMs < b.observedWallMs; }));
    const auto hot = std::count_if(frames.begin(), frames.end(), [=](const TelemetryFrame& frame) { return valueIn(frame, Metric::temperature, 0) == 66 && frame.observedWallMs < backMs - 2'000; });
    QVERIFY2(hot >= 2, std::to_string(hot).c_str());
    QVERIFY(m_controller->waitFor([](const Messages& all) {
        const auto events = eventsOf(all);
        return std::any_of(events.begin(), events.end(), [](const FleetEvent& e) { return e.xid == 31; });
    }));
}

void TestAgentProgram::samplesTenTimesASecondOnRequest() {
    m_agent->start();
    QVERIFY(waitForFrame([](const TelemetryFrame& frame) { return valueIn(frame, Metric::temperature, 0) > 0; }));
    m_controller->clear();
    QTest::qWait(3'000);
    const auto slow = framesOf(m_controller->messages()).size();
    QVERIFY2(slow <= 5, std::to_string(slow).c_str());
    v1::ControllerMessage faster;
    faster.mutable_sampling()->set_sample_ms(100);
    m_controller->send(faster);
    m_controller->clear();
    QTest::qWait(3'000);
    const auto fast = framesOf(m_controller->messages()).size();
    QVERIFY2(fast >= 15 && fast <= 35, std::to_string(fast).c_str());
    v1::ControllerMessage tooFast; // Out of range: the session ends with that, the agent goes on.
    tooFast.mutable_sampling()->set_sample_ms(1);
    m_controller->clear();
    m_controller->send(tooFast);
    m_controller->hello();
}

void TestAgentProgram::speaksWithSystemd() {
    const QByteArray path = m_controller->path(QStringLiteral("notify")).toUtf8();
    const int socketFd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), address.sun_path);
    QCOMPARE(bind(socketFd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    timeval patience{10, 0};
    setsockopt(socketFd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const auto next = [socketFd] {
        char buffer[256];
        const ssize_t got = recv(socketFd, buffer, sizeof buffer, 0);
        return got > 0 ? QByteArray(buffer, got) : QByteArray();
    };
    m_agent->environment = {QStringLiteral("NOTIFY_SOCKET=") + QString::fromUtf8(path)};
    m_agent->start();
    QCOMPARE(next(), QByteArray("READY=1"));
    QCOMPARE(next(), QByteArray("WATCHDOG=1"));
    m_controller->shut(); // The watchdog is about the agent, not about its controller.
    QCOMPARE(next(), QByteArray("WATCHDOG=1"));
    QCOMPARE(m_agent->stop(), 0);
    QByteArray last, now;
    for (timeval short_{0, 200'000}; setsockopt(socketFd, SOL_SOCKET, SO_RCVTIMEO, &short_, sizeof short_) == 0 && !(now = next()).isEmpty();) last = now;
    QCOMPARE(last, QByteArray("STOPPING=1"));
    close(socketFd);
}

void TestAgentProgram::termsOfTheWelcomeCount() {
    m_controller->setWelcome({20, 1'000, 0});
    m_agent->start();
    m_controller->hello();
    QTest::qWait(300);
    m_controller->send(commandOf(StepKind::close, "old", 19));
    const StepReport refused = m_controller->waitForReport("old");
    QVERIFY(refused.state == StepState::failed);
    QVERIFY2(refused.sentence.find("fencing term 19, this agent has seen 20") != std::string::npos, refused.sentence.c_str());
    m_agent->kill();
    m_controller->setWelcome({3, 1'000, 0}); // A controller from a restored backup.
    m_controller->clear();
    m_agent->start();
    QCOMPARE(m_controller->hello().highestTerm, 20u);
    m_controller->send(commandOf(StepKind::close, "older", 3));
    QVERIFY(m_controller->waitForReport("older").state == StepState::failed);
    m_controller->send(commandOf(StepKind::inspect, "new", 20));
    QVERIFY(m_controller->waitForReport("new").state == StepState::succeeded);
}

void TestAgentProgram::noCommandWidensThePolicy() {
    m_agent->policy = QStringLiteral("settings = \"read-only\"\nterminate = \"never\"\n");
    const test::Tenant tenant;
    QVERIFY(m_driver->control(QStringLiteral("add-process 0 %1 64").arg(tenant.pid()).split(QLatin1Char(' '))));
    m_agent->start();
    m_controller->hello();
    StepCommand force = commandOf(StepKind::terminate, "c1");
    force.force = true;
    m_controller->send(force);
    QVERIFY(m_controller->waitForReport("c1").state == StepState::failed);
    QVERIFY(tenant.alive());
    m_controller->send(commandOf(StepKind::close, "c2"));
    for (const Evidence& evidence : m_controller->waitForReport("c2").evidence) QCOMPARE(evidence.after, std::string("default"));
}

void TestAgentProgram::badMessagesEndTheSession_data() {
    QTest::addColumn<int>("which");
    QTest::newRow("command without an id") << 0;
    QTest::newRow("command with a node id that is none") << 1;
    QTest::newRow("too many GPUs") << 2;
    QTest::newRow("a reason of a megabyte") << 3;
    QTest::newRow("time left of a century") << 4;
}

void TestAgentProgram::badMessagesEndTheSession() {
    QFETCH(int, which);
    m_agent->start();
    m_controller->hello();
    v1::ControllerMessage bad;
    wire::encode(commandOf(StepKind::close, "bad"), bad.mutable_command());
    if (which == 0) bad.mutable_command()->clear_command_id();
    if (which == 1) bad.mutable_command()->set_node_id("../../etc");
    if (which == 2)
        for (int i = 0; i < 10'000; ++i) bad.mutable_command()->add_gpu_uuids("GPU-1");
    if (which == 3) bad.mutable_command()->set_reason(std::string(1'000'000, 'x'));
    if (which == 4) bad.mutable_command()->set_seconds_left(4'000'000'000U);
    m_controller->clear();
    m_controller->send(bad);
    m_controller->hello(); // It hung up and dialled again.
    m_controller->send(commandOf(StepKind::verify, "good"));
    QVERIFY(m_controller->waitForReport("good").state == StepState::succeeded);
    QVERIFY(m_controller->reports("bad").empty());
}

void TestAgentProgram::killedAtAnyBorder_data() {
    QTest::addColumn<QString>("border");
    QTest::addColumn<int>("kind");
    for (const char* border : {"agent.command.received", "agent.command.journaled", "agent.close.hooks", "agent.step.done", "agent.outcome.journaled", "agent.reported"})
        QTest::addRow("close: %s", border) << QString::fromUtf8(border) << static_cast<int>(StepKind::close);
    for (const char* border : {"agent.command.received", "agent.command.journaled", "agent.reopen.settings", "agent.step.done", "agent.outcome.journaled"})
        QTest::addRow("reopen: %s", border) << QString::fromUtf8(border) << static_cast<int>(StepKind::reopen);
    for (const char* border : {"agent.command.journaled", "agent.step.done", "agent.outcome.journaled"}) QTest::addRow("wait: %s", border) << QString::fromUtf8(border) << static_cast<int>(StepKind::wait);
}

// The controller asks again after the reconnect, as it does for every step that it has no report of: nothing is lost, nothing done twice.
void TestAgentProgram::killedAtAnyBorder() {
    QFETCH(QString, border);
    QFETCH(int, kind);
    const auto step = static_cast<StepKind>(kind);
    const QString folder = m_controller->path(QStringLiteral("hooks.d")), runs = m_controller->path(QStringLiteral("runs"));
    for (const QString& event : {QStringLiteral("close"), QStringLiteral("return")}) {
        QVERIFY(QDir().mkpath(folder + QLatin1Char('/') + event));
        QFile hook(folder + QLatin1Char('/') + event + QStringLiteral("/10-count"));
        QVERIFY(hook.open(QIODevice::WriteOnly));
        hook.write("#!/bin/sh\necho " + event.toUtf8() + " >>" + runs.toUtf8() + "\n");
        hook.close();
        chmod(hook.fileName().toUtf8().constData(), 0755);
        chmod((folder + QLatin1Char('/') + event).toUtf8().constData(), 0755);
    }
    chmod(folder.toUtf8().constData(), 0755);
    m_agent->hooks = folder;
    if (step == StepKind::reopen) { // There has to be something to open.
        m_agent->start();
        m_controller->send(commandOf(StepKind::close, "before"));
        QVERIFY(m_controller->waitForReport("before").state == StepState::succeeded);
        m_agent->kill();
        QFile::remove(runs);
    }
    m_agent->environment = {QStringLiteral("BUSBAR_CRASH_AT=") + border};
    m_controller->clear();
    m_agent->start();
    m_controller->hello();
    m_controller->send(commandOf(step, "c1"));
    QVERIFY(m_agent->waitForEnd());
    m_agent->environment.clear();
    m_controller->clear();
    m_agent->start();
    const AgentHello hello = m_controller->hello();
    const bool told = std::any_of(hello.journal.begin(), hello.journal.end(), [](const StepReport& report) { return report.commandId == "c1"; });
    QCOMPARE(told, border == QStringLiteral("agent.outcome.journaled") || border == QStringLiteral("agent.reported"));
    m_controller->send(commandOf(step, "c1"));
    const StepReport report = m_controller->waitForReport("c1");
    QVERIFY2(report.state == StepState::succeeded, report.sentence.c_str());
    // Signed by the node's own key; what the journal told and what is told again are the same, to the bit of the signature.
    const auto signer = transport::verifyReport("tst1/n1", report, *transport::readFile(m_controller->path(QStringLiteral("pki/root.pem")).toStdString()));
    QVERIFY2(signer.ok(), signer.status().ToString().c_str());
    for (const StepReport& journaled : hello.journal)
        if (journaled.commandId == "c1") QVERIFY(journaled.origin == report.origin);
    QFile file(runs);
    const QByteArray ran = file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    QCOMPARE(ran, step == StepKind::close ? QByteArray("close\n") : step == StepKind::reopen ? QByteArray("return\n") : QByteArray());
}

void TestAgentProgram::killedWhileHooksRun() {
    const QString folder = m_controller->path(QStringLiteral("hooks.d")), runs = m_controller->path(QStringLiteral("runs"));
    QVERIFY(QDir().mkpath(folder + QStringLiteral("/close")));
    QFile hook(folder + QStringLiteral("/close/10-once"));
    QVERIFY(hook.open(QIODevice::WriteOnly));
    hook.write("#!/bin/sh\necho ran >>" + runs.toUtf8() + "\n");
    hook.close();
    for (const QString& path : {folder, folder + QStringLiteral("/close"), hook.fileName()}) chmod(path.toUtf8().constData(), 0755);
    m_agent->hooks = folder;
    m_agent->environment = {QStringLiteral("BUSBAR_CRASH_AT=agent.hook.ran")};
    m_agent->start();
    m_controller->hello();
    m_controller->send(commandOf(StepKind::close, "c1"));
    QVERIFY(m_agent->waitForEnd());
    m_agent->environment.clear();
    m_controller->clear();
    m_agent->start();
    m_controller->hello();
    m_controller->send(commandOf(StepKind::close, "c1"));
    const StepReport report = m_controller->waitForReport("c1");
    QVERIFY2(report.state == StepState::unknown, report.sentence.c_str()); // Nobody knows how it ended: a person has to look.
    QVERIFY2(report.sentence.find("cut off by a restart") != std::string::npos, report.sentence.c_str());
    QFile file(runs);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), QByteArray("ran\n"));
}

void TestAgentProgram::refusesToStart_data() {
    QTest::addColumn<QByteArray>("from");
    QTest::addColumn<QByteArray>("to");
    QTest::addColumn<int>("mode");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char* name, const char* from, const char* to, const char* says, int mode = 0600) { QTest::newRow(name) << QByteArray(from) << QByteArray(to) << mode << QByteArray(says); };
    row("no TOML", "node =", "node", "line 1");
    row("no site", "tst1/n1", "n1", "site/name");
    row("no controllers", "controllers = [", "others = [", "'controllers' lists no address");
    row("settings misspelt", "settings = \"allowed\"", "settings = \"all\"", "read-only or allowed");
    row("terminate misspelt", "terminate = \"holders\"", "terminate = \"always\"", "never or holders");
    row("no state", "state =", "folder =", "'state' must name a folder");
    row("no key", "\nkey =", "\nschluessel =", "busbarctl pki enrol");
    row("writable by others", "", "", "can be written by others", 0666);
}

void TestAgentProgram::refusesToStart() {
    QFETCH(QByteArray, from);
    QFETCH(QByteArray, to);
    QFETCH(int, mode);
    QFETCH(QByteArray, says);
    m_agent->writeConfig();
    QFile file(m_agent->configPath());
    QVERIFY(file.open(QIODevice::ReadWrite));
    QByteArray text = file.readAll();
    if (!from.isEmpty()) {
        QVERIFY(text.contains(from));
        text.replace(from, to);
    }
    file.resize(0);
    file.seek(0);
    file.write(text);
    file.close();
    chmod(m_agent->configPath().toUtf8().constData(), static_cast<mode_t>(mode));
    QProcess process;
    process.start(QStringLiteral(BUSBAR_BIN_DIR "/busbar-agent"), {QStringLiteral("--config"), m_agent->configPath()});
    QVERIFY(process.waitForFinished(20'000));
    QCOMPARE(process.exitCode(), 2);
    const QByteArray error = process.readAllStandardError();
    QVERIFY2(error.contains(says) && error.contains("agent.toml"), error);
}

QTEST_GUILESS_MAIN(TestAgentProgram)
#include "tst_agent_program.moc"
