// What every verb prints as JSON, held against the installed schemas, with real programs: plans before and actions after, decisions too.
#include "tests/support/json_schema.h"
#include "tests/support/site_fixture.h"

#include <QTest>

using namespace busbar::test;
using nlohmann::json;

class TestCtlVerbs : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void fitsItsSchema_data();
    void fitsItsSchema();

private:
    SiteFixture m_site;
    QString m_action; ///< that the last command told of
    JsonSchema m_schema{BUSBAR_SOURCE_DIR "/resources/schema"};
};

void TestCtlVerbs::initTestCase() {
    m_site.setApproval(true);
    QVERIFY2(m_site.start(), qPrintable(m_site.error()));
    AgentOptions one;
    one.gpus = 1;
    for (const QString& name : {QStringLiteral("v1"), QStringLiteral("v2")}) {
        QVERIFY(m_site.startAgent(name, one));
        QVERIFY2(m_site.waitForLink(name, QStringLiteral("connected")), qPrintable(m_site.error()));
    }
}

/// In this order: each row goes on from where the one before left the site. The two nodes are all of their PDU, so both at once need a
/// second person.
void TestCtlVerbs::fitsItsSchema_data() {
    QTest::addColumn<QString>("words"); // %1: the action of the row before
    QTest::addColumn<QString>("profile");
    QTest::addColumn<QString>("schema");
    QTest::addColumn<QByteArray>("pointer");
    QTest::addColumn<QByteArray>("value");
    const auto row = [](const char* name, const char* words, const char* profile, const char* schema, const char* pointer, const char* value) {
        QTest::newRow(name) << QString::fromUtf8(words) << QString::fromUtf8(profile) << QString::fromUtf8(schema) << QByteArray(pointer) << QByteArray(value);
    };
    row("plan of a provision", "provision tst1/v1 --burn-in soak --plan", "operator", "plan.json", "/details/burn_in", "\"soak\"");
    row("provision", "provision tst1/v1 --reason r --yes --wait", "admin", "submitted.json", "/state", "\"succeeded\"");
    row("plan of a lease: tenant", "lease tst1/v1 --tenant acme --for 1d --power-limit 500 --plan", "operator", "plan.json", "/details/tenant", "\"acme\"");
    row("plan of a lease: all or nothing", "lease tst1/v1 tst1/v2 --tenant acme --all-or-nothing --plan", "operator", "plan.json", "/all_or_nothing", "true");
    row("plan of a lease: settings", "lease tst1/v1 --tenant acme --power-limit 500 --plan", "operator", "plan.json", "/details/settings/power_limit_w", "500");
    row("lease", "lease tst1/v1 --tenant acme --for 1d --power-limit 500 --reason r --yes --wait", "admin", "submitted.json", "/state", "\"succeeded\"");
    row("plan of a release", "release tst1/v1 --faulty tst1/v1 --fault-text loud --plan", "operator", "plan.json", "/details/faulty_nodes", "[\"tst1/v1\"]");
    row("release", "release tst1/v1 --reason r --yes --wait", "admin", "submitted.json", "/state", "\"succeeded\"");
    row("plan of a return over a failed check", "return tst1/v1 --override --plan", "operator", "plan.json", "/override_failed", "true");
    row("what is to be cancelled", "drain tst1/v1 tst1/v2 --reason r --yes", "operator", "submitted.json", "/state", "\"awaiting approval\"");
    row("cancel", "cancel %1 --wait", "operator", "submitted.json", "/state", "\"cancelled\"");
    row("what needs a second person", "drain tst1/v1 tst1/v2 --reason r --yes", "operator", "submitted.json", "/state", "\"awaiting approval\"");
    row("pause", "pause %1 --reason lunch", "operator", "submitted.json", "/paused_why", "\"by operator: lunch\"");
    row("approve", "approve %1 --reason go", "admin", "submitted.json", "/approved_by", "\"admin\"");
    row("resume", "resume %1", "operator", "submitted.json", "/paused_why", "null");
}

void TestCtlVerbs::fitsItsSchema() {
    QFETCH(QString, words);
    QFETCH(QString, profile);
    QFETCH(QString, schema);
    QFETCH(QByteArray, pointer);
    QFETCH(QByteArray, value);
    if (words.contains(QStringLiteral("%1"))) words = words.arg(m_action);
    const CtlResult result = m_site.ctl((QStringLiteral("-o json ") + words).split(QLatin1Char(' ')), profile, 120'000);
    const json told = json::parse(result.out.toStdString(), nullptr, false);
    QVERIFY2(told.is_object(), result.out + result.err);
    const auto faults = m_schema.check(schema.toStdString(), told);
    QVERIFY2(faults.empty(), faults.empty() ? "" : faults.front().c_str());
    QVERIFY2(told.contains(json::json_pointer(pointer.toStdString())) && told[json::json_pointer(pointer.toStdString())] == json::parse(value.toStdString()), result.out);
    m_action = QString::fromStdString(told["id"].get<std::string>());
}

QTEST_GUILESS_MAIN(TestCtlVerbs)
#include "tst_ctl_verbs.moc"
