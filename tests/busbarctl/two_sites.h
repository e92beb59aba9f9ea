// Two sites of one company for tests of busbarctl: `alp1` (agents sim1 and ro1, the latter with a read-only policy) and `bet1` (agent sim2),
// real programs throughout. The user `operator` is an operator at alp1 and only a viewer at bet1; `admin` is one at both; `viewer` views.
#pragma once

#include "tests/support/site_fixture.h"

#include <QJsonObject>

namespace busbar::test {

class TwoSites {
public:
    ~TwoSites() { letGo(); }
    /// False with `error()` set. Returns when all three agents are connected.
    bool start();
    QString error() const { return m_alpha.error() + m_beta.error(); }
    SiteFixture& alpha() { return m_alpha; }
    SiteFixture& beta() { return m_beta; }

    /// busbarctl with both sites in its profile; words are split at spaces.
    CtlResult ctl(const QString& words, const QString& profile = QStringLiteral("admin")) const;
    std::unique_ptr<QProcess> startCtl(const QString& words, const QString& profile = QStringLiteral("admin")) const;

    /// A process that holds a GPU of sim1 until it is let go.
    bool hold();
    void letGo();
    /// Lets go, then opens every node again; true when all are open.
    bool reset();

private:
    SiteFixture m_alpha{QStringLiteral("alp1")};
    SiteFixture m_beta{QStringLiteral("bet1"), &m_alpha};
    std::unique_ptr<QProcess> m_holder;
    QByteArray m_holderPid;
};

/// The action a command printed: itself, or the first of a list.
QJsonObject actionOf(const CtlResult& result);

} // namespace busbar::test
