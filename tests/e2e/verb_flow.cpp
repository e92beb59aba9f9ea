#include "tests/e2e/verb_flow.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QFile>
#include <QThread>

namespace busbar::test {
namespace {

QJsonObject firstObject(const QJsonDocument& json) { return json.isArray() ? json.array().at(0).toObject() : json.object(); }

QByteArray readFile(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

bool writeScript(const QString& path, const QByteArray& text) {
    QDir().mkpath(path.section(QLatin1Char('/'), 0, -2));
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(text) >= 0 && file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
}

QStringList ActionView::steps() const {
    QStringList steps;
    for (const QJsonValue& step : target().value(QStringLiteral("steps")).toArray())
        steps << step.toObject().value(QStringLiteral("kind")).toString() + QLatin1Char(' ') + step.toObject().value(QStringLiteral("state")).toString();
    return steps;
}

QJsonObject ActionView::step(const QString& kind) const {
    QJsonObject found;
    for (const QJsonValue& step : target().value(QStringLiteral("steps")).toArray())
        if (step.toObject().value(QStringLiteral("kind")).toString() == kind) found = step.toObject();
    return found;
}

QList<QJsonObject> ActionView::evidence(const QString& kind, const QString& fact) const {
    QList<QJsonObject> facts;
    for (const QJsonValue& one : step(kind).value(QStringLiteral("evidence")).toArray())
        if (fact.isEmpty() || one.toObject().value(QStringLiteral("fact")).toString() == fact) facts << one.toObject();
    return facts;
}

QByteArray ActionView::text() const { return QJsonDocument(m_action).toJson(); }

VerbFlow::~VerbFlow() {
    if (QProcess* const agent = m_site.process(m_name)) {
        agent->kill();
        agent->waitForFinished();
    }
}

bool VerbFlow::addNode(const QString& name, AgentOptions options) {
    m_name = name;
    m_options = std::move(options);
    if (m_options.gpus == 0) m_options.gpus = 2;
    m_options.hooks = m_site.path(QStringLiteral("hooks-") + name);
    for (const QString& event : {QStringLiteral("open"), QStringLiteral("release")})
        if (!writeScript(m_options.hooks + QLatin1Char('/') + event + QStringLiteral("/10-count"), "#!/bin/sh\necho " + event.toUtf8() + " >>" + (m_options.hooks + QStringLiteral(".log")).toUtf8() + "\n")) return false;
    if (!m_site.startAgent(name, m_options) || !m_site.waitForLink(name, QStringLiteral("connected"))) return false;
    for (QDeadlineTimer limit(10'000); !limit.hasExpired(); QThread::msleep(100))
        if (fact(QStringLiteral("health")) == QStringLiteral("ok")) return true;
    return false;
}

CtlResult VerbFlow::run(const QString& verb, const QStringList& words, const QStringList& more, int timeoutMs) const {
    return m_site.ctl(QStringList{QStringLiteral("-o"), QStringLiteral("json"), verb, node()} + words + more, QStringLiteral("admin"), timeoutMs);
}

ActionView VerbFlow::act(const QString& verb, const QStringList& words, int timeoutMs) {
    m_last = run(verb, words, {QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--yes"), QStringLiteral("--wait")}, timeoutMs);
    return ActionView(firstObject(m_last.json()));
}

ActionView VerbFlow::begin(const QString& verb, const QStringList& words) {
    m_last = run(verb, words, {QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--yes")}, 30'000);
    return ActionView(firstObject(m_last.json()));
}

ActionView VerbFlow::action(const QString& id) const { return ActionView(m_site.ctl({QStringLiteral("-o"), QStringLiteral("json"), QStringLiteral("action"), id}).json().object()); }

QJsonObject VerbFlow::plan(const QString& verb, const QStringList& words) const {
    return firstObject(run(verb, words, {QStringLiteral("--plan")}, 30'000).json()).value(QStringLiteral("targets")).toArray().at(0).toObject();
}

QString VerbFlow::fact(const QString& name) const {
    return m_site.ctl({QStringLiteral("-o"), QStringLiteral("json"), QStringLiteral("node"), node()}).json().object().value(name).toString();
}

QStringList VerbFlow::hooksRun() const { return QString::fromUtf8(readFile(m_options.hooks + QStringLiteral(".log"))).split(QLatin1Char('\n'), Qt::SkipEmptyParts); }

QJsonObject VerbFlow::gpu(int index) const { return QJsonDocument::fromJson(readFile(m_site.driverState(m_name))).object().value(QStringLiteral("gpus")).toArray().at(index).toObject(); }

int VerbFlow::settersCalled() const {
    int calls = 0;
    for (int index = 0; index < m_options.gpus; ++index)
        for (const QJsonValue& count : gpu(index).value(QStringLiteral("sets")).toObject()) calls += count.toInt();
    return calls;
}

QList<qint64> VerbFlow::holders() const {
    QList<qint64> pids;
    for (int index = 0; index < m_options.gpus; ++index)
        for (const QJsonValue& process : gpu(index).value(QStringLiteral("processes")).toArray()) {
            const qint64 pid = process.toObject().value(QStringLiteral("pid")).toInteger();
            if (QFile::exists(QStringLiteral("/proc/%1").arg(pid)) && !pids.contains(pid)) pids << pid;
        }
    return pids;
}

} // namespace busbar::test
