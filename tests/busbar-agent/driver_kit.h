// A simulated driver's state of a test's own, changed by fake_driverctl. Needs FAKE_DRIVERCTL (driver_test of driver/CMakeLists.txt).
#pragma once

#include <QFile>
#include <QProcess>
#include <QString>
#include <QStringList>
#include <QTemporaryDir>
#include <QThread>

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
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

/// A process that is not ours, as a tenant's is: the agent's own children are never taken for holders. Its parent, which is not ours either,
/// takes note of its end at once. Ends with the object.
class Tenant {
public:
    explicit Tenant(const QString& command = QStringLiteral("exec sleep 300")) {
        QFile script(m_dir.filePath(QStringLiteral("tenant")));
        const QString pid = m_dir.filePath(QStringLiteral("pid"));
        if (!script.open(QIODevice::WriteOnly)) return;
        script.write(QStringLiteral("(%1) </dev/null >/dev/null 2>&1 &\necho $! >'%2.new'\nmv '%2.new' '%2'\nwait\n").arg(command, pid).toUtf8());
        script.close();
        // The shell in between ends at once.
        QProcess::execute(QStringLiteral("sh"), {QStringLiteral("-c"), QStringLiteral("setsid sh '%1' &").arg(script.fileName())});
        for (QFile file(pid); m_pid == 0; QThread::msleep(10))
            if (file.exists() && file.open(QIODevice::ReadOnly)) m_pid = file.readAll().trimmed().toLongLong();
    }
    ~Tenant() {
        if (m_pid > 1) ::kill(static_cast<pid_t>(m_pid), SIGKILL);
    }
    Tenant(const Tenant&) = delete;
    Tenant& operator=(const Tenant&) = delete;
    qint64 pid() const { return m_pid; }
    bool alive() const { return ::kill(static_cast<pid_t>(m_pid), 0) == 0; }

private:
    QTemporaryDir m_dir;
    qint64 m_pid = 0;
};

/// Takes what root may do beyond other users from this thread, and from those it starts meanwhile: other processes' files may not be looked at.
class Unprivileged {
public:
    Unprivileged() {
        syscall(SYS_capget, &m_header, m_before.data());
        auto without = m_before;
        for (__user_cap_data_struct& part : without) part.effective = 0;
        syscall(SYS_capset, &m_header, without.data());
    }
    ~Unprivileged() { syscall(SYS_capset, &m_header, m_before.data()); }
    Unprivileged(const Unprivileged&) = delete;
    Unprivileged& operator=(const Unprivileged&) = delete;

private:
    __user_cap_header_struct m_header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> m_before{};
};

} // namespace busbar::test
