// The real busbar-agent as a child process, against a FakeController and a simulated driver. GUI-less; one thread.
#pragma once

#include "tests/busbar-agent/driver_kit.h"
#include "tests/busbar-agent/program/fake_controller.h"

#include <QProcess>
#include <QTest>

namespace busbar::test {

class AgentProcess {
public:
    explicit AgentProcess(FakeController& controller) : m_controller(controller) {}
    ~AgentProcess() { kill(); }
    AgentProcess(const AgentProcess&) = delete;
    AgentProcess& operator=(const AgentProcess&) = delete;

    QString nvml = QStringLiteral(FAKE_NVML);          ///< driver library
    QString policy = QStringLiteral("settings = \"allowed\"\nterminate = \"holders\"\n");
    QString kmsg;                                      ///< a file of records; empty: a file that is not there
    QString hooks;                                     ///< folder; empty: none
    QStringList environment;                           ///< "NAME=value"

    QString configPath() const { return m_controller.path(QStringLiteral("agent.toml")); }
    QString statePath() const { return m_controller.path(QStringLiteral("state")); }
    void writeConfig() const {
        const transport::TlsFiles tls = m_controller.nodeTls();
        QString text = QStringLiteral("node = \"tst1/n1\"\ncontrollers = [\"%1\"]\nstate = \"%2\"\nkmsg = \"%3\"\n")
                           .arg(QString::fromStdString(m_controller.address()), statePath(), kmsg.isEmpty() ? m_controller.path(QStringLiteral("no-kmsg")) : kmsg);
        if (!hooks.isEmpty()) text += QStringLiteral("hooks = \"%1\"\n").arg(hooks);
        text += QStringLiteral("ca = \"%1\"\ncert = \"%2\"\nkey = \"%3\"\n[policy]\n%4[driver]\nnvml = \"%5\"\n")
                    .arg(QString::fromStdString(tls.ca), QString::fromStdString(tls.cert), QString::fromStdString(tls.key), policy, nvml);
        QFile file(configPath());
        if (!file.open(QIODevice::WriteOnly) || file.write(text.toUtf8()) < 0) qFatal("agent.toml");
        file.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner);
    }
    void start() {
        writeConfig();
        QProcessEnvironment env = QProcessEnvironment::systemEnvironment();
        for (const QString& entry : environment) env.insert(entry.section(QLatin1Char('='), 0, 0), entry.section(QLatin1Char('='), 1));
        m_process.setProcessEnvironment(env);
        m_process.setProcessChannelMode(QProcess::MergedChannels);
        m_process.start(QStringLiteral(BUSBAR_BIN_DIR "/busbar-agent"), {QStringLiteral("--config"), configPath()});
        if (!m_process.waitForStarted()) qFatal("busbar-agent does not start");
    }
    /// SIGTERM; the exit code, -1 when it does not end.
    int stop() {
        m_process.terminate();
        return m_process.waitForFinished(20'000) && m_process.exitStatus() == QProcess::NormalExit ? m_process.exitCode() : -1;
    }
    void kill() {
        if (m_process.state() == QProcess::NotRunning) return;
        m_process.kill();
        m_process.waitForFinished();
    }
    /// True when it ended by itself within 20 s (a crash point).
    bool waitForEnd() { return m_process.state() == QProcess::NotRunning || m_process.waitForFinished(20'000); }
    qint64 pid() const { return m_process.processId(); }
    QByteArray log() {
        m_process.waitForReadyRead(10);
        return m_process.readAll();
    }

private:
    FakeController& m_controller;
    QProcess m_process;
};

} // namespace busbar::test
