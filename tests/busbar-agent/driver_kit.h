// A simulated driver's state of a test's own, changed by fake_driverctl. Needs FAKE_DRIVERCTL (driver_test of driver/CMakeLists.txt).
#pragma once

#include <QProcess>
#include <QString>
#include <QStringList>
#include <QTemporaryDir>

#include <csignal>

namespace busbar::test {

class FakeDriver {
public:
    FakeDriver() { qputenv("BUSBAR_FAKE_DRIVER", m_dir.filePath(QStringLiteral("driver.json")).toUtf8()); }
    /// Runs fake_driverctl with these words, as "fail 3 * lost".
    bool control(const char* words) const { return control(QString::fromUtf8(words).split(QLatin1Char(' '))); }
    bool control(const QStringList& words) const { return QProcess::execute(QStringLiteral(FAKE_DRIVERCTL), words) == 0; }
    QString path(const QString& name) const { return m_dir.filePath(name); }

private:
    QTemporaryDir m_dir;
};

/// A process that is nobody's child here, as a tenant's is: the agent's own children are never taken for holders. Ends with the object.
class Tenant {
public:
    explicit Tenant(const QString& command = QStringLiteral("exec sleep 300")) {
        QProcess shell;
        // The shell in between ends at once, so that its child belongs to init.
        shell.start(QStringLiteral("sh"), {QStringLiteral("-c"), QStringLiteral("setsid sh -c '%1' >/dev/null 2>&1 </dev/null & echo $!").arg(command)});
        shell.waitForFinished();
        m_pid = shell.readAllStandardOutput().trimmed().toLongLong();
    }
    ~Tenant() {
        if (m_pid > 1) ::kill(static_cast<pid_t>(m_pid), SIGKILL);
    }
    Tenant(const Tenant&) = delete;
    Tenant& operator=(const Tenant&) = delete;
    qint64 pid() const { return m_pid; }
    bool alive() const { return ::kill(static_cast<pid_t>(m_pid), 0) == 0; }

private:
    qint64 m_pid = 0;
};

} // namespace busbar::test
