// Lease, release and provision of one node with real programs on the simulated drivers, and what is looked at afterwards. GUI-less; one thread.
#pragma once

#include "tests/support/site_fixture.h"

#include <QJsonArray>
#include <QJsonObject>

namespace busbar::test {

/// An action as busbarctl prints it.
class ActionView {
public:
    explicit ActionView(QJsonObject action) : m_action(std::move(action)) {}
    const QJsonObject& json() const { return m_action; }
    QString id() const { return m_action.value(QStringLiteral("id")).toString(); }
    QString state() const { return m_action.value(QStringLiteral("state")).toString(); }
    QJsonObject target() const { return m_action.value(QStringLiteral("targets")).toArray().at(0).toObject(); }
    QString sentence() const { return target().value(QStringLiteral("sentence")).toString(); }
    /// "precheck succeeded", "configure skipped" … in order.
    QStringList steps() const;
    /// The last step of that kind; empty when there is none.
    QJsonObject step(const QString& kind) const;
    /// Facts of that name in the last step of that kind; empty `fact`: all.
    QList<QJsonObject> evidence(const QString& kind, const QString& fact = {}) const;
    /// Everything, for a test's failure.
    QByteArray text() const;

private:
    QJsonObject m_action;
};

class VerbFlow {
public:
    explicit VerbFlow(SiteFixture& site) : m_site(site) {}
    ~VerbFlow();

    /// A fresh node with two small simulated GPUs and hooks that count their runs; true when it is connected and its health is known.
    bool addNode(const QString& name, AgentOptions options = {});
    const QString& name() const { return m_name; }
    QString node() const { return m_site.nodeId(m_name); }
    const AgentOptions& options() const { return m_options; }

    /// Runs `busbarctl VERB NODE WORDS --reason test --yes --wait`, as the admin; the exit code is kept.
    ActionView act(const QString& verb, const QStringList& words = {}, int timeoutMs = 90'000);
    /// Begins it and comes back at once.
    ActionView begin(const QString& verb, const QStringList& words = {});
    ActionView action(const QString& id) const;
    /// The plan's first target.
    QJsonObject plan(const QString& verb, const QStringList& words = {}) const;
    int exitCode() const { return m_last.exitCode; }
    QByteArray said() const { return m_last.out + m_last.err; }

    /// A fact of the node: state, service, occupancy, health, link.
    QString fact(const QString& name) const;
    /// "open" and "release" once for each run of the hook.
    QStringList hooksRun() const;
    /// State of a simulated GPU.
    QJsonObject gpu(int index) const;
    /// How often the driver was told to set anything on any GPU.
    int settersCalled() const;
    /// Pids of living processes that hold a GPU.
    QList<qint64> holders() const;

private:
    CtlResult run(const QString& verb, const QStringList& words, const QStringList& more, int timeoutMs) const;
    SiteFixture& m_site;
    QString m_name;
    AgentOptions m_options;
    CtlResult m_last;
};

/// Writes an executable file, and the folders above it.
bool writeScript(const QString& path, const QByteArray& text);

} // namespace busbar::test
