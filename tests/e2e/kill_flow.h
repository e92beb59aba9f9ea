// One drain and return of one node while a program of the site is killed at a border, and what must be true afterwards. Real programs.
#pragma once

#include "tests/support/site_fixture.h"

#include <QJsonObject>

#include <functional>

namespace busbar::test {

/// Where a program ends as by kill -9: at the n-th passing of a crash point (base/crash_point.h).
struct Border {
    QByteArray program; ///< "agent" or "controller"
    QByteArray point;
    int after = 1;
    QStringList environment() const;
};

class KillFlow {
public:
    explicit KillFlow(SiteFixture& site) : m_site(site) {}
    ~KillFlow();

    /// A fresh node with the simulated driver and hooks that count their runs; true when it is connected.
    bool addNode(const QString& name, const QStringList& environment = {});
    QString node() const { return m_site.nodeId(m_name); }
    /// Kills the agent, or the controller, and starts it again with this environment; true when the node is connected.
    bool restartAgent(const QStringList& environment = {});
    bool restartController(const QStringList& environment = {});

    /// A process that holds a GPU and notes each SIGTERM it gets.
    bool hold();

    /// Runs busbarctl; whatever program dies meanwhile is started again. The exit code is busbarctl's own.
    CtlResult run(const QString& words);
    /// Waits until no action of the node is open; the program that dies meanwhile is started again.
    bool settle(int timeoutMs = 60'000);
    /// A program ended by SIGKILL and was started again.
    int revivals() const { return m_revivals; }

    /// All actions whose first target is the node, newest first.
    QList<QJsonObject> actions() const;
    QString service() const;

    // What happened on the node; the agent is stopped first.
    /// Ids of the journal's commands without the action's part, as "1.close.1"; a command without outcome has " open" behind it.
    QStringList journaledSteps();
    /// "close" and "return" once for each run of the hook.
    QStringList hooksRun() const;
    /// How often the driver was told to set a compute mode, the most of all GPUs.
    int mostModeSets() const;
    /// How often a GPU was reset, the most of all.
    int mostResets() const;
    int signalsSeen() const;

private:
    bool revive();
    int mostOf(const std::function<QJsonValue(const QJsonObject&)>& counter) const;
    QByteArray read(const QString& file) const;

    SiteFixture& m_site;
    QString m_name;
    AgentOptions m_options;
    std::unique_ptr<QProcess> m_holder;
    int m_revivals = 0;
};

} // namespace busbar::test
