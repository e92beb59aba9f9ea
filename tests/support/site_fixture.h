// A whole site of real programs for end-to-end tests: CA, controller and agents as child processes on loopback ports, driven by the
// real busbarctl. Everything lives in one temporary folder and ends with the fixture. GUI-less; one thread.
#pragma once

#include <QHash>
#include <QJsonDocument>
#include <QProcess>
#include <QString>
#include <QStringList>
#include <QTemporaryDir>

#include <memory>

namespace busbar::test {

struct CtlResult {
    int exitCode = -1;
    QByteArray out, err;
    QJsonDocument json() const { return QJsonDocument::fromJson(out); }
};

struct AgentOptions {
    QString settings = QStringLiteral("allowed");   ///< read-only | allowed
    QString terminate = QStringLiteral("holders");  ///< never | holders
    QString reboot = QStringLiteral("never");       ///< never | allowed
    QString more;                                   ///< further tables of agent.toml
    bool simulatedDriver = true;                    ///< false: this machine's own driver, or none
    QString hooks;                                  ///< hooks.d folder; empty: none
    int gpus = 0;                                   ///< of the simulated driver, when its state is made; 0: its own 8
    int memoryMib = 1'700;                           ///< of each of those: tests leave 1 GiB and the driver 560 MiB free, the rest comes from this machine
    QString model = QStringLiteral("NVIDIA H100 80GB HBM3");
    int silenceSeconds = 120;                       ///< after which a GPU test hangs
    QString certificate;                            ///< folder under cert/; empty: the node's own, which is issued
    QStringList environment;                        ///< "NAME=value" added, e.g. a crash point
};

class SiteFixture {
public:
    /// `sameCa`: another site whose CA and users this one takes; it must have been started and outlive this one.
    explicit SiteFixture(QString site = QStringLiteral("tst1"), const SiteFixture* sameCa = nullptr);
    ~SiteFixture();
    SiteFixture(const SiteFixture&) = delete;
    SiteFixture& operator=(const SiteFixture&) = delete;

    /// Makes the CA and certificates and starts the controller; false with `error()` set.
    bool start();
    /// The [roles] table of controller.toml that start() writes, instead of operator, viewer and admin with the role of that name.
    void setRoles(const QString& toml) { m_roles = toml; }
    /// Plans over the threshold wait for a second person; false unless this is called before start().
    void setApproval(bool on) { m_approval = on; }
    /// Words before the controller's own command line, and where its state file lies, from its next start on.
    void setController(const QStringList& wrapper, const QString& stateFolder) {
        m_wrapper = wrapper;
        m_stateFolder = stateFolder;
    }
    /// TOML lines for controller.toml beside what the fixture writes, from its next start on.
    void setControllerLines(const QString& toml) { m_lines = toml; }
    /// Whether the next start of the controller opens an enrolment port.
    void setEnrolment(bool on) { m_enrolment = on; }
    /// Puts the other site into this one's profiles too.
    bool addToProfiles(const SiteFixture& other);
    const QString& error() const { return m_error; }
    QString path(const QString& relative) const { return m_dir.filePath(relative); }
    const QString& site() const { return m_site; }
    const QString& address() const { return m_address; }
    QString nodeId(const QString& name) const { return m_site + QLatin1Char('/') + name; }

    bool startController(const QStringList& environment = {});
    void killController(); ///< SIGKILL
    bool startAgent(const QString& name, const AgentOptions& options = {});
    void killAgent(const QString& name); ///< SIGKILL
    /// Starts busbar-replay with a gateway's certificate for names that begin with "g-". `settings`: TOML lines beside site, controller,
    /// state and certificate.
    bool startReplay(const QString& name, const QString& settings);
    /// The program, or nullptr; its log is path("log/NAME.log").
    QProcess* process(const QString& name) const;
    QByteArray logOf(const QString& name) const;

    /// Starts busbarctl as a profile (`operator`, `viewer` or `admin`) without a terminal.
    std::unique_ptr<QProcess> startCtl(const QStringList& arguments, const QString& profile = QStringLiteral("operator")) const;
    /// Waits for its end, at most `timeoutMs`.
    static CtlResult resultOf(QProcess& process, int timeoutMs = 60'000);
    /// Runs busbarctl to its end, at most `timeoutMs`.
    CtlResult ctl(const QStringList& arguments, const QString& profile = QStringLiteral("operator"), int timeoutMs = 60'000) const;
    /// True once `busbarctl node` shows `link` for the node.
    bool waitForLink(const QString& name, const QString& link, int timeoutMs = 20'000);
    /// Runs fake_driverctl on an agent's simulated driver.
    bool driver(const QString& agent, const QStringList& arguments) const;
    QString driverState(const QString& agent) const { return path(QStringLiteral("agents/%1/driver.json").arg(agent)); }

private:
    bool makeCertificates();
    bool issue(const QString& kind, const QString& name, const QString& folder, const QStringList& more = {});
    bool writeControllerConfig();
    bool writeProfiles(const SiteFixture* other = nullptr);
    bool writeAgentConfig(const QString& name, const AgentOptions& options);
    bool run(const QString& program, const QStringList& arguments);
    bool launch(const QString& name, const QString& program, const QStringList& arguments, const QStringList& environment);
    QString tls(const QString& folder) const;
    bool fail(const QString& why);

    QString pki() const { return m_sameCa != nullptr ? m_sameCa->pki() : path(QStringLiteral("pki")); }

    QTemporaryDir m_dir;
    const SiteFixture* const m_sameCa;
    QString m_site, m_address, m_error;
    bool m_enrolment = false, m_approval = false;
    QStringList m_wrapper;
    QString m_stateFolder, m_lines;
    QString m_roles = QStringLiteral("operator = [\"operator\"]\nviewer = [\"viewer\"]\nadmin = [\"admin\"]\n");
    QHash<QString, QProcess*> m_processes;
};

} // namespace busbar::test
