#include "tests/busbarctl/two_sites.h"

#include <QDeadlineTimer>
#include <QJsonArray>
#include <QThread>

#include <csignal>

namespace busbar::test {

QJsonObject actionOf(const CtlResult& result) {
    const QJsonDocument json = result.json();
    if (json.isArray()) return json.array().at(0).toObject();
    const QJsonObject object = json.object();
    return object.contains(QStringLiteral("actions")) ? object.value(QStringLiteral("actions")).toArray().at(0).toObject() : object;
}

bool TwoSites::start() {
    m_beta.setRoles(QStringLiteral("operator = [\"viewer\"]\nviewer = [\"viewer\"]\nadmin = [\"admin\"]\n"));
    AgentOptions readOnly;
    readOnly.settings = QStringLiteral("read-only");
    readOnly.terminate = QStringLiteral("never");
    const bool started = m_alpha.start() && m_beta.start() && m_alpha.addToProfiles(m_beta) && m_alpha.startAgent(QStringLiteral("sim1")) &&
                         m_alpha.startAgent(QStringLiteral("ro1"), readOnly) && m_beta.startAgent(QStringLiteral("sim2"));
    const QString connected = QStringLiteral("connected");
    return started && m_alpha.waitForLink(QStringLiteral("sim1"), connected) && m_alpha.waitForLink(QStringLiteral("ro1"), connected) &&
           m_beta.waitForLink(QStringLiteral("sim2"), connected);
}

std::unique_ptr<QProcess> TwoSites::startCtl(const QString& words, const QString& profile) const {
    return m_alpha.startCtl(words.split(QLatin1Char(' '), Qt::SkipEmptyParts), profile);
}

CtlResult TwoSites::ctl(const QString& words, const QString& profile) const { return SiteFixture::resultOf(*startCtl(words, profile)); }

bool TwoSites::hold() {
    // The shell reaps its child: a zombie would go on holding the GPU.
    m_holder = std::make_unique<QProcess>();
    m_holder->start(QStringLiteral("sh"), {QStringLiteral("-c"), QStringLiteral("sleep 600 & echo $!; wait")});
    if (!m_holder->waitForReadyRead(10'000)) return false;
    m_holderPid = m_holder->readLine().trimmed();
    return m_alpha.driver(QStringLiteral("sim1"), {QStringLiteral("add-process"), QStringLiteral("0"), QString::fromLatin1(m_holderPid), QStringLiteral("512")});
}

void TwoSites::letGo() {
    if (!m_holder) return;
    ::kill(static_cast<pid_t>(m_holderPid.toLongLong()), SIGKILL);
    m_holder->waitForFinished();
    m_holder.reset();
}

bool TwoSites::reset() {
    letGo();
    for (QDeadlineTimer limit(30'000); !limit.hasExpired(); QThread::msleep(100)) {
        bool settled = true;
        for (const QJsonValue& value : ctl(QStringLiteral("-o json actions --open")).json().object().value(QStringLiteral("actions")).toArray()) {
            settled = false;
            ctl(QStringLiteral("cancel ") + value.toObject().value(QStringLiteral("id")).toString());
        }
        QStringList closed;
        for (const QJsonValue& value : ctl(QStringLiteral("-o json nodes")).json().object().value(QStringLiteral("nodes")).toArray())
            if (value.toObject().value(QStringLiteral("service")) != QStringLiteral("open")) closed << value.toObject().value(QStringLiteral("id")).toString();
        if (settled && closed.isEmpty()) return true;
        if (settled) ctl(QStringLiteral("return %1 --reason reset --yes --wait --timeout 20s").arg(closed.join(QLatin1Char(' '))));
    }
    return false;
}

} // namespace busbar::test
