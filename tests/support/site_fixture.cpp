#include "tests/support/site_fixture.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QFile>
#include <QJsonObject>
#include <QRegularExpression>
#include <QThread>

namespace busbar::test {
namespace {

QString program(const QString& name) { return QStringLiteral(BUSBAR_BIN_DIR "/") + name; }

bool writeFile(const QString& path, const QString& text) {
    QFile file(path);
    return file.open(QIODevice::WriteOnly | QIODevice::Truncate) && file.write(text.toUtf8()) >= 0;
}

} // namespace

SiteFixture::SiteFixture(QString site, const SiteFixture* sameCa) : m_sameCa(sameCa), m_site(std::move(site)) {}

SiteFixture::~SiteFixture() {
    for (QProcess* process : std::as_const(m_processes)) process->terminate();
    for (QProcess* process : std::as_const(m_processes)) {
        if (!process->waitForFinished(5'000)) process->kill();
        process->waitForFinished(2'000);
        delete process;
    }
}

bool SiteFixture::fail(const QString& why) {
    m_error = why;
    return false;
}

bool SiteFixture::run(const QString& name, const QStringList& arguments) {
    QProcess process;
    process.start(program(name), arguments);
    if (process.waitForFinished(30'000) && process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0) return true;
    return fail(name + QLatin1Char(' ') + arguments.join(QLatin1Char(' ')) + QStringLiteral(": ") + QString::fromUtf8(process.readAllStandardError()));
}

bool SiteFixture::issue(const QString& kind, const QString& name, const QString& folder, const QStringList& more) {
    return run(QStringLiteral("busbarctl"), QStringList{QStringLiteral("pki"), QStringLiteral("issue"), QStringLiteral("--dir"), pki(), kind, name,
                                                        QStringLiteral("--out"), path(QStringLiteral("cert/") + folder)} + more);
}

bool SiteFixture::makeCertificates() {
    if (m_sameCa == nullptr && !run(QStringLiteral("busbarctl"), {QStringLiteral("pki"), QStringLiteral("init"), QStringLiteral("--dir"), pki()})) return false;
    if (!issue(QStringLiteral("controller"), m_site + QStringLiteral("/c1"), QStringLiteral("controller"),
               {QStringLiteral("--dns"), QStringLiteral("localhost"), QStringLiteral("--ip"), QStringLiteral("127.0.0.1")}))
        return false;
    for (const QString& user : {QStringLiteral("operator"), QStringLiteral("viewer"), QStringLiteral("admin")})
        if (!issue(QStringLiteral("user"), user, QStringLiteral("user-") + user)) return false;
    return true;
}

QString SiteFixture::tls(const QString& folder) const {
    const QString dir = path(QStringLiteral("cert/") + folder);
    return QStringLiteral("ca = \"%1/ca.pem\"\ncert = \"%1/cert.pem\"\nkey = \"%1/key.pem\"\n").arg(dir);
}

bool SiteFixture::writeControllerConfig() {
    const QString enrolment = m_enrolment ? QStringLiteral("enrol_listen = \"127.0.0.1:0\"\nsite_ca_cert = \"%1/sites/%2/ca.pem\"\nsite_ca_key = \"%1/sites/%2/ca.key\"\n").arg(pki(), m_site) : QString();
    // A restart must find the same port: agents and profiles keep the address.
    const QString listen = m_address.isEmpty() ? QStringLiteral("127.0.0.1:0") : m_address;
    return writeFile(path(QStringLiteral("controller.toml")),
                     QStringLiteral("site = \"%1\"\nname = \"c1\"\nlisten = \"%2\"\nstate = \"%3\"\napproval = \"%4\"\n").arg(m_site, listen, (m_stateFolder.isEmpty() ? path(QStringLiteral("state")) : m_stateFolder + QStringLiteral("/state")) + QStringLiteral(".db"), m_approval ? QStringLiteral("second-person") : QStringLiteral("none")) + enrolment + m_lines + tls(QStringLiteral("controller")) +
                         QStringLiteral("[roles]\n") + m_roles);
}

bool SiteFixture::writeProfiles(const SiteFixture* other) {
    QDir().mkpath(path(QStringLiteral("config/profiles")));
    const QString entry = QStringLiteral("[[site]]\nname = \"%1\"\naddress = \"%2\"\n");
    const QString sites = entry.arg(m_site, m_address) + (other == nullptr ? QString() : entry.arg(other->m_site, other->m_address));
    for (const QString& user : {QStringLiteral("operator"), QStringLiteral("viewer"), QStringLiteral("admin")})
        if (!writeFile(path(QStringLiteral("config/profiles/%1.toml").arg(user)), tls(QStringLiteral("user-") + user) + sites)) return false;
    return true;
}

bool SiteFixture::addToProfiles(const SiteFixture& other) { return writeProfiles(&other); }

bool SiteFixture::start() {
    QDir().mkpath(path(QStringLiteral("log")));
    return makeCertificates() && startController() && writeProfiles();
}

bool SiteFixture::launch(const QString& name, const QString& binary, const QStringList& arguments, const QStringList& environment) {
    delete m_processes.take(name);
    auto* process = new QProcess;
    QProcessEnvironment env = QProcessEnvironment::systemEnvironment();
    for (const QString& entry : environment) env.insert(entry.section(QLatin1Char('='), 0, 0), entry.section(QLatin1Char('='), 1));
    process->setProcessEnvironment(env);
    process->setProcessChannelMode(QProcess::MergedChannels);
    process->setStandardOutputFile(path(QStringLiteral("log/%1.log").arg(name)), QIODevice::Append);
    m_processes.insert(name, process);
    const QStringList words = (binary == QStringLiteral("busbar-controller") ? m_wrapper : QStringList()) + QStringList{program(binary)} + arguments;
    process->start(words.first(), words.mid(1));
    return process->waitForStarted(10'000) || fail(binary + QStringLiteral(" does not start: ") + process->errorString());
}

bool SiteFixture::startController(const QStringList& environment) {
    const QString name = QStringLiteral("controller");
    if (!writeControllerConfig()) return fail(QStringLiteral("controller.toml cannot be written"));
    QFile::remove(path(QStringLiteral("log/controller.log")));
    if (!launch(name, QStringLiteral("busbar-controller"), {QStringLiteral("--config"), path(QStringLiteral("controller.toml"))}, environment)) return false;
    static const QRegularExpression ready(QStringLiteral("(?:^|\n)listening on (\\S+)"));
    for (QDeadlineTimer limit(20'000); !limit.hasExpired(); QThread::msleep(20)) {
        const auto match = ready.match(QString::fromUtf8(logOf(name)));
        if (match.hasMatch()) {
            m_address = match.captured(1);
            return true;
        }
        if (process(name)->waitForFinished(1)) break;
    }
    return fail(QStringLiteral("the controller did not start: ") + QString::fromUtf8(logOf(name)));
}

void SiteFixture::killController() {
    process(QStringLiteral("controller"))->kill();
    process(QStringLiteral("controller"))->waitForFinished(5'000);
}

bool SiteFixture::writeAgentConfig(const QString& name, const AgentOptions& options) {
    const QString dir = path(QStringLiteral("agents/") + name);
    QDir().mkpath(dir);
    const QString hooks = options.hooks.isEmpty() ? QString() : QStringLiteral("hooks = \"%1\"\n").arg(options.hooks);
    QString text = QStringLiteral("node = \"%1\"\ncontrollers = [\"%2\"]\nstate = \"%3\"\n").arg(nodeId(name), m_address, dir) + hooks + tls(options.certificate.isEmpty() ? QStringLiteral("node-") + name : options.certificate) +
                   QStringLiteral("[policy]\nsettings = \"%1\"\nterminate = \"%2\"\nreboot = \"%3\"\n").arg(options.settings, options.terminate, options.reboot);
    if (options.simulatedDriver) text += QStringLiteral("[driver]\nnvml = \"%1/libfake_nvml.so\"\ncuda = \"%1/libfake_cuda.so\"\nsilence_seconds = %2\n[burn_in]\nquick_hold_seconds = 1.0\n").arg(QStringLiteral(BUSBAR_BIN_DIR "/../lib")).arg(options.silenceSeconds);
    text += QStringLiteral("[place]\nhall = \"h1\"\nrow = \"a01\"\nrack = \"r01\"\nunit = 4\nleaf = \"lf1\"\npdu = \"p1\"\n");
    return writeFile(dir + QStringLiteral("/agent.toml"), text + options.more);
}

bool SiteFixture::startAgent(const QString& name, const AgentOptions& options) {
    const QString folder = QStringLiteral("node-") + name;
    if (options.certificate.isEmpty() && !QFile::exists(path(QStringLiteral("cert/%1/cert.pem").arg(folder))) && !issue(QStringLiteral("node"), nodeId(name), folder)) return false;
    if (!writeAgentConfig(name, options)) return fail(QStringLiteral("agent.toml cannot be written"));
    if (options.gpus > 0 && !QFile::exists(driverState(name)) && !driver(name, {QStringLiteral("gpus"), QString::number(options.gpus), options.model, QString::number(options.memoryMib)}))
        return fail(QStringLiteral("the simulated GPUs cannot be made"));
    return launch(name, QStringLiteral("busbar-agent"), {QStringLiteral("--config"), path(QStringLiteral("agents/%1/agent.toml").arg(name))},
                  options.environment + QStringList{QStringLiteral("BUSBAR_FAKE_DRIVER=") + driverState(name)});
}

void SiteFixture::killAgent(const QString& name) {
    process(name)->kill();
    process(name)->waitForFinished(5'000);
}

bool SiteFixture::startReplay(const QString& name, const QString& settings) {
    const QString folder = QStringLiteral("gateway");
    if (!QFile::exists(path(QStringLiteral("cert/gateway/cert.pem"))) && !issue(folder, m_site + QStringLiteral("/g-"), folder)) return false;
    const QString dir = path(QStringLiteral("replay-") + name);
    QDir().mkpath(dir);
    const QString text = QStringLiteral("site = \"%1\"\ncontroller = \"%2\"\nstate = \"%3\"\n").arg(m_site, m_address, dir) + tls(folder) + settings;
    if (!writeFile(dir + QStringLiteral("/replay.toml"), text)) return fail(QStringLiteral("replay.toml cannot be written"));
    return launch(name, QStringLiteral("busbar-replay"), {QStringLiteral("--config"), dir + QStringLiteral("/replay.toml")}, {});
}

QProcess* SiteFixture::process(const QString& name) const { return m_processes.value(name, nullptr); }

QByteArray SiteFixture::logOf(const QString& name) const {
    QFile file(path(QStringLiteral("log/%1.log").arg(name)));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

std::unique_ptr<QProcess> SiteFixture::startCtl(const QStringList& arguments, const QString& profile) const {
    auto process = std::make_unique<QProcess>();
    QProcessEnvironment env = QProcessEnvironment::systemEnvironment();
    env.insert(QStringLiteral("BUSBAR_CONFIG"), path(QStringLiteral("config")));
    process->setProcessEnvironment(env);
    process->setStandardInputFile(QProcess::nullDevice());
    process->start(program(QStringLiteral("busbarctl")), QStringList{QStringLiteral("--profile"), profile} + arguments);
    return process;
}

CtlResult SiteFixture::resultOf(QProcess& process, int timeoutMs) {
    CtlResult result;
    if (process.state() != QProcess::NotRunning && !process.waitForFinished(timeoutMs)) {
        process.kill();
        process.waitForFinished(1'000);
        result.err = "busbarctl did not end in time: ";
    } else {
        result.exitCode = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
    }
    result.out = process.readAllStandardOutput();
    result.err += process.readAllStandardError();
    return result;
}

CtlResult SiteFixture::ctl(const QStringList& arguments, const QString& profile, int timeoutMs) const { return resultOf(*startCtl(arguments, profile), timeoutMs); }

bool SiteFixture::waitForLink(const QString& name, const QString& link, int timeoutMs) {
    for (QDeadlineTimer limit(timeoutMs); !limit.hasExpired(); QThread::msleep(100)) {
        const CtlResult result = ctl({QStringLiteral("-o"), QStringLiteral("json"), QStringLiteral("node"), nodeId(name)});
        if (result.exitCode == 0 && result.json().object().value(QStringLiteral("link")).toString() == link) return true;
        if (process(name) != nullptr && (process(name)->waitForFinished(1), process(name)->state() == QProcess::NotRunning)) break;
    }
    return fail(QStringLiteral("%1 did not become %2; its log: ").arg(name, link) + QString::fromUtf8(logOf(name).right(400)));
}

bool SiteFixture::driver(const QString& agent, const QStringList& arguments) const {
    QProcess process;
    QProcessEnvironment env = QProcessEnvironment::systemEnvironment();
    env.insert(QStringLiteral("BUSBAR_FAKE_DRIVER"), driverState(agent));
    process.setProcessEnvironment(env);
    process.start(program(QStringLiteral("fake_driverctl")), arguments);
    return process.waitForFinished(10'000) && process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0;
}

} // namespace busbar::test
