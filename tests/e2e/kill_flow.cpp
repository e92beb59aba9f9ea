#include "tests/e2e/kill_flow.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QThread>

#include <sqlite3.h>

#include <algorithm>

namespace busbar::test {
namespace {

bool writeScript(const QString& path, const QByteArray& text) {
    QDir().mkpath(path.section(QLatin1Char('/'), 0, -2));
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(text) >= 0 && file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
}

bool isDead(const QProcess* process) { return process != nullptr && process->state() == QProcess::NotRunning; }

} // namespace

QStringList Border::environment() const {
    return {QStringLiteral("BUSBAR_CRASH_AT=%1.%2").arg(QString::fromLatin1(program), QString::fromLatin1(point)), QStringLiteral("BUSBAR_CRASH_AFTER=%1").arg(after)};
}

KillFlow::~KillFlow() {
    if (m_holder) {
        m_holder->kill();
        m_holder->waitForFinished();
    }
    if (QProcess* const agent = m_site.process(m_name)) {
        agent->kill();
        agent->waitForFinished();
    }
}

bool KillFlow::addNode(const QString& name, const QStringList& environment) {
    if (!revive()) return false; // What the test before left dead.
    m_revivals = 0;
    m_name = name;
    m_options = {};
    m_options.hooks = m_site.path(QStringLiteral("hooks-") + name);
    for (const QString& event : {QStringLiteral("close"), QStringLiteral("return")})
        if (!writeScript(m_options.hooks + QLatin1Char('/') + event + QStringLiteral("/10-count"), "#!/bin/sh\necho " + event.toUtf8() + " >>" + (m_options.hooks + QStringLiteral(".log")).toUtf8() + "\n")) return false;
    AgentOptions options = m_options;
    options.environment = environment;
    return m_site.startAgent(name, options) && m_site.waitForLink(name, QStringLiteral("connected"));
}

bool KillFlow::restartAgent(const QStringList& environment) {
    m_site.killAgent(m_name);
    AgentOptions options = m_options;
    options.environment = environment;
    return m_site.startAgent(m_name, options) && m_site.waitForLink(m_name, QStringLiteral("connected"));
}

bool KillFlow::restartController(const QStringList& environment) {
    m_site.killController();
    return m_site.startController(environment) && m_site.waitForLink(m_name, QStringLiteral("connected"));
}

bool KillFlow::hold() {
    const QString log = m_options.hooks + QStringLiteral(".signals");
    m_holder = std::make_unique<QProcess>();
    // The inner shell notes SIGTERM and ends; the outer one reaps it and stays.
    m_holder->start(QStringLiteral("sh"), {QStringLiteral("-c"), QStringLiteral("sh -c 'trap \"echo TERM >>%1; exit 0\" TERM; echo $$; while kill -0 $PPID 2>/dev/null; do sleep 0.05; done'; exec sleep 600").arg(log)});
    if (!m_holder->waitForReadyRead(10'000)) return false;
    const QString pid = QString::fromLatin1(m_holder->readLine().trimmed());
    return m_site.driver(m_name, {QStringLiteral("add-process"), QStringLiteral("2"), pid, QStringLiteral("256")});
}

bool KillFlow::revive() {
    if (isDead(m_site.process(QStringLiteral("controller")))) {
        ++m_revivals;
        return m_site.startController();
    }
    if (isDead(m_site.process(m_name))) {
        ++m_revivals;
        return m_site.startAgent(m_name, m_options);
    }
    return true;
}

CtlResult KillFlow::run(const QString& words) {
    // A controller that was killed right after the node's first contact knows it again only from its agent.
    for (QDeadlineTimer limit(20'000); !limit.hasExpired() && service().isEmpty(); QThread::msleep(50))
        if (!revive()) break;
    const auto process = m_site.startCtl(words.split(QLatin1Char(' '), Qt::SkipEmptyParts), QStringLiteral("admin"));
    for (QDeadlineTimer limit(60'000); !limit.hasExpired() && !process->waitForFinished(20);) {
        for (const QString& name : {QStringLiteral("controller"), m_name}) m_site.process(name)->waitForFinished(1);
        if (!revive()) break;
    }
    return SiteFixture::resultOf(*process, 1'000);
}

bool KillFlow::settle(int timeoutMs) {
    for (QDeadlineTimer limit(timeoutMs); !limit.hasExpired(); QThread::msleep(50)) {
        for (const QString& name : {QStringLiteral("controller"), m_name}) m_site.process(name)->waitForFinished(1);
        if (!revive()) return false;
        const CtlResult open = m_site.ctl({QStringLiteral("-o"), QStringLiteral("json"), QStringLiteral("actions"), QStringLiteral("--open")});
        if (open.exitCode == 0 && open.json().object().value(QStringLiteral("actions")).toArray().isEmpty()) return true;
    }
    return false;
}

QList<QJsonObject> KillFlow::actions() const {
    QList<QJsonObject> list;
    const CtlResult result = m_site.ctl({QStringLiteral("-o"), QStringLiteral("json"), QStringLiteral("actions"), QStringLiteral("--limit"), QStringLiteral("1000")});
    for (const QJsonValue& action : result.json().object().value(QStringLiteral("actions")).toArray())
        if (action.toObject().value(QStringLiteral("targets")).toArray().at(0).toObject().value(QStringLiteral("node")).toString() == node()) list << action.toObject();
    return list;
}

QString KillFlow::service() const {
    return m_site.ctl({QStringLiteral("-o"), QStringLiteral("json"), QStringLiteral("node"), node()}).json().object().value(QStringLiteral("service")).toString();
}

QStringList KillFlow::journaledSteps() {
    QProcess* const agent = m_site.process(m_name);
    agent->terminate();
    agent->waitForFinished(10'000);
    sqlite3* database = nullptr;
    sqlite3_stmt* rows = nullptr;
    QStringList steps;
    if (sqlite3_open_v2(m_site.path(QStringLiteral("agents/%1/journal.db").arg(m_name)).toUtf8().constData(), &database, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK &&
        sqlite3_prepare_v2(database, "SELECT id, report IS NULL FROM commands ORDER BY sequence", -1, &rows, nullptr) == SQLITE_OK)
        while (sqlite3_step(rows) == SQLITE_ROW)
            steps << QString::fromUtf8(reinterpret_cast<const char*>(sqlite3_column_text(rows, 0))).section(QLatin1Char('/'), -1) + (sqlite3_column_int(rows, 1) == 1 ? QStringLiteral(" open") : QString());
    sqlite3_finalize(rows);
    sqlite3_close(database);
    return steps;
}

QByteArray KillFlow::read(const QString& file) const {
    QFile text(file);
    return text.open(QIODevice::ReadOnly) ? text.readAll() : QByteArray();
}

QStringList KillFlow::hooksRun() const { return QString::fromUtf8(read(m_options.hooks + QStringLiteral(".log"))).split(QLatin1Char('\n'), Qt::SkipEmptyParts); }
int KillFlow::signalsSeen() const { return static_cast<int>(read(m_options.hooks + QStringLiteral(".signals")).count("TERM")); }

int KillFlow::mostOf(const std::function<QJsonValue(const QJsonObject&)>& counter) const {
    int most = 0;
    for (const QJsonValue& gpu : QJsonDocument::fromJson(read(m_site.driverState(m_name))).object().value(QStringLiteral("gpus")).toArray())
        most = std::max(most, counter(gpu.toObject()).toInt());
    return most;
}

int KillFlow::mostModeSets() const {
    return mostOf([](const QJsonObject& gpu) { return gpu.value(QStringLiteral("sets")).toObject().value(QStringLiteral("nvmlDeviceSetComputeMode")); });
}

int KillFlow::mostResets() const {
    return mostOf([](const QJsonObject& gpu) { return gpu.value(QStringLiteral("resets")); });
}

} // namespace busbar::test
