// What busbarctl prints: JSON by the installed schemas, tables, completion.
#include "tests/busbarctl/two_sites.h"
#include "tests/support/json_schema.h"

#include <QJsonArray>
#include <QStandardPaths>
#include <QTest>

using namespace busbar::test;
using nlohmann::json;

namespace {

QByteArray complaints(const std::vector<std::string>& faults) {
    QByteArray text;
    for (std::size_t i = 0; i < faults.size() && i < 10; ++i) text += "\n  " + QByteArray::fromStdString(faults[i]);
    return text;
}

json parse(const QByteArray& text) { return json::parse(text.toStdString(), nullptr, false); }

} // namespace

class TestCtlOutput : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY2(m_sites.start(), qPrintable(m_sites.error())); }
    void theValidatorFindsFaults_data();
    void theValidatorFindsFaults();
    void fitsItsSchema_data();
    void fitsItsSchema();
    void pkiFitsItsSchema_data();
    void pkiFitsItsSchema();
    void aHeldDrainNamesItsBlockers();
    void watchPrintsALineAVersion();
    void metricsHaveAValueOrAReason();
    void theDriverOrWhyThereIsNone();
    void tablesAreOneLineANode();
    void bashCompletes_data();
    void bashCompletes();
    void otherShellsAreServed_data();
    void otherShellsAreServed();
    void aSiteThatIsDownIsListed();

private:
    json output(const QString& words);

    TwoSites m_sites;
    JsonSchema m_schema{BUSBAR_SOURCE_DIR "/resources/schema"};
};

json TestCtlOutput::output(const QString& words) { return parse(m_sites.ctl(QStringLiteral("-o json ") + words).out); }

void TestCtlOutput::theValidatorFindsFaults_data() {
    QTest::addColumn<QByteArray>("patch"); // JSON merge patch on a good metric
    QTest::addColumn<bool>("good");
    QTest::newRow("good") << QByteArray("{}") << true;
    QTest::newRow("wrong type") << QByteArray(R"({"value": "97"})") << false;
    QTest::newRow("a part is missing") << QByteArray(R"({"unit": null})") << false;
    QTest::newRow("too much") << QByteArray(R"({"colour": "red"})") << false;
    QTest::newRow("negative age") << QByteArray(R"({"age_ms": -1})") << false;
    QTest::newRow("value and reason") << QByteArray(R"({"missing": "not supported"})") << false;
    QTest::newRow("only a reason") << QByteArray(R"({"missing": "not supported", "value": null, "unit": null, "age_ms": null})") << true;
    QTest::newRow("an empty reason") << QByteArray(R"({"missing": "", "value": null, "unit": null, "age_ms": null})") << false;
}

void TestCtlOutput::theValidatorFindsFaults() {
    QFETCH(QByteArray, patch);
    QFETCH(bool, good);
    json metric{{"value", 97}, {"unit", "%"}, {"age_ms", 400}};
    metric.merge_patch(parse(patch));
    QCOMPARE(m_schema.check("metric.json", metric).empty(), good);
}

void TestCtlOutput::fitsItsSchema_data() {
    QTest::addColumn<QString>("words");
    QTest::addColumn<QString>("schema");
    const auto row = [](const char* words, const char* schema) { QTest::newRow(words) << QString::fromUtf8(words) << QString::fromUtf8(schema); };
    row("sites", "sites.json");
    row("whoami", "whoami.json");
    row("nodes", "nodes.json");
    row("nodes --detail", "nodes.json");
    row("node alp1/sim1", "node.json");
    row("drain alp1/sim1 --plan", "plan.json");
    row("drain alp1/sim1 bet1/sim2 --plan", "plan.json");
    row("drain alp1/ro1 --reason r --yes --wait", "submitted.json");
    row("drain alp1/sim1 bet1/sim2 --reason r --yes --wait", "submitted.json");
    row("return alp1/sim1 alp1/ro1 bet1/sim2 --reason r --yes --wait", "submitted.json");
    row("actions", "actions.json");
}

void TestCtlOutput::fitsItsSchema() {
    QFETCH(QString, words);
    QFETCH(QString, schema);
    const CtlResult result = m_sites.ctl(QStringLiteral("-o json ") + words);
    const json value = parse(result.out);
    QVERIFY2(!value.is_discarded(), result.out + result.err);
    const auto faults = m_schema.check(schema.toStdString(), value);
    QVERIFY2(faults.empty(), complaints(faults));
}

void TestCtlOutput::pkiFitsItsSchema_data() {
    QTest::addColumn<QString>("words"); // %1: a folder of this test's own
    QTest::newRow("init") << QStringLiteral("pki init --dir %1");
    QTest::newRow("issue") << QStringLiteral("pki issue node alp1/x1 --dir %1 --out %1/x1");
    QTest::newRow("revoke") << QStringLiteral("pki revoke --serial AB:CD:EF --reason lost --site alp1");
}

void TestCtlOutput::pkiFitsItsSchema() {
    QFETCH(QString, words);
    const CtlResult result = m_sites.ctl(QStringLiteral("-o json ") + words.replace(QStringLiteral("%1"), m_sites.alpha().path(QStringLiteral("own-pki"))));
    QCOMPARE(result.exitCode, 0);
    const auto faults = m_schema.check("pki.json", parse(result.out));
    QVERIFY2(faults.empty(), complaints(faults));
}

void TestCtlOutput::aHeldDrainNamesItsBlockers() {
    QVERIFY(m_sites.hold());
    const QString id = QString::fromStdString(output(QStringLiteral("drain alp1/sim1 --reason r --yes"))["id"].get<std::string>());
    json action;
    QTRY_VERIFY_WITH_TIMEOUT(!(action = output(QStringLiteral("action ") + id))["targets"][0]["blockers"].empty(), 20'000);
    const auto faults = m_schema.check("action.json", action);
    QVERIFY2(faults.empty(), complaints(faults));
    QCOMPARE(action["targets"][0]["blockers"][0]["command"].get<std::string>().substr(0, 5), std::string("sleep"));
    QVERIFY2(action["waves"] == parse(R"([{"wave":1,"targets":1,"ended":0,"failed":0}])"), action["waves"].dump().c_str());
    const json& breaker = action["breaker"];
    QVERIFY2(breaker["failures"] == 0 && breaker["failure_limit"] == 3 && breaker["wave"].is_null() && breaker["wave_percent"] == 10, breaker.dump().c_str());
    const json plan = output(QStringLiteral("drain alp1/sim1 --queue --not-after 2h --plan"));
    QVERIFY2(plan["queue"] == true && plan["not_after"].is_string() && plan["waves"].dump() == "[1]" && plan["breaker"]["failure_limit"] == 3, plan.dump().c_str());
    QCOMPARE(plan["targets"][0]["queued_behind"].get<std::string>(), id.toStdString());
    m_sites.ctl(QStringLiteral("cancel %1 --wait").arg(id));
    const json ended = output(QStringLiteral("action ") + id);
    QVERIFY2(ended["breaker"].is_null() && ended["waves"][0]["ended"] == 1, ended.dump().c_str());
    m_sites.letGo();
}

void TestCtlOutput::watchPrintsALineAVersion() {
    const QString id = QString::fromStdString(output(QStringLiteral("drain alp1/sim1 --reason r --yes"))["id"].get<std::string>());
    const CtlResult watched = m_sites.ctl(QStringLiteral("-o json action %1 --watch").arg(id));
    QCOMPARE(watched.exitCode, 0);
    const QList<QByteArray> lines = watched.out.trimmed().split('\n');
    for (const QByteArray& line : lines) {
        const auto faults = m_schema.check("action.json", parse(line));
        QVERIFY2(faults.empty(), complaints(faults));
    }
    QCOMPARE(parse(lines.last())["state"].get<std::string>(), std::string("succeeded"));
    QVERIFY(m_sites.reset());
}

void TestCtlOutput::metricsHaveAValueOrAReason() {
    const json node = output(QStringLiteral("node alp1/sim1"));
    QCOMPARE(node["gpus"].size(), std::size_t{8});
    std::size_t values = 0, reasons = 0;
    for (const json& gpu : node["gpus"])
        for (const json& metric : gpu["metrics"]) {
            values += metric.contains("value") ? 1 : 0;
            reasons += metric.contains("missing") ? 1 : 0;
        }
    QVERIFY2(values >= 80, qPrintable(QString::number(values)));
    QVERIFY(reasons > 0); // The simulated H100 has no fan.
    QCOMPARE(node["gpus"][0]["metrics"]["temp"]["unit"].get<std::string>(), std::string("C"));
}

void TestCtlOutput::theDriverOrWhyThereIsNone() {
    AgentOptions live;
    live.simulatedDriver = false;
    QVERIFY(m_sites.alpha().startAgent(QStringLiteral("host1"), live));
    QVERIFY(m_sites.alpha().waitForLink(QStringLiteral("host1"), QStringLiteral("connected")));
    const json node = output(QStringLiteral("node alp1/host1"));
    const auto faults = m_schema.check("node.json", node);
    QVERIFY2(faults.empty(), complaints(faults));
    if (!node["gpus"].empty()) QSKIP("this machine has an NVIDIA driver");
    QCOMPARE(node["gpus_missing"].get<std::string>(), std::string("no NVIDIA driver: libnvidia-ml.so.1 not found"));
    QVERIFY(node["gpu_model"].is_null());
}

void TestCtlOutput::tablesAreOneLineANode() {
    const QList<QByteArray> lines = m_sites.ctl(QStringLiteral("nodes --site alp1")).out.trimmed().split('\n');
    QCOMPARE(lines.size(), 4);
    QVERIFY(lines.first().startsWith("NODE"));
    QVERIFY2(lines.at(1).startsWith("alp1/"), lines.at(1));
}

void TestCtlOutput::bashCompletes_data() {
    QTest::addColumn<QString>("line"); // the last word is being completed
    QTest::addColumn<QString>("offers");
    QTest::newRow("commands") << QStringLiteral("busbarctl dr") << QStringLiteral("drain");
    QTest::newRow("options") << QStringLiteral("busbarctl drain --at") << QStringLiteral("--at-deadline");
    QTest::newRow("fixed values") << QStringLiteral("busbarctl drain --at-deadline f") << QStringLiteral("force");
    QTest::newRow("formats") << QStringLiteral("busbarctl -o j") << QStringLiteral("json");
    QTest::newRow("profiles") << QStringLiteral("busbarctl --profile vi") << QStringLiteral("viewer");
    QTest::newRow("second words") << QStringLiteral("busbarctl pki is") << QStringLiteral("issue");
    QTest::newRow("options of a second word") << QStringLiteral("busbarctl pki issue --da") << QStringLiteral("--days");
    QTest::newRow("nothing fits") << QStringLiteral("busbarctl zzz") << QString();
}

void TestCtlOutput::bashCompletes() {
    QFETCH(QString, line);
    QFETCH(QString, offers);
    QProcess bash;
    QProcessEnvironment env = QProcessEnvironment::systemEnvironment();
    env.insert(QStringLiteral("BUSBAR_CONFIG"), m_sites.alpha().path(QStringLiteral("config")));
    env.insert(QStringLiteral("PATH"), QStringLiteral(BUSBAR_BIN_DIR ":") + env.value(QStringLiteral("PATH")));
    bash.setProcessEnvironment(env);
    bash.start(QStringLiteral("bash"), {QStringLiteral("-c"), QStringLiteral("source <(busbarctl completion bash); COMP_WORDS=(%1); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _busbarctl; echo \"${COMPREPLY[*]}\"").arg(line)});
    QVERIFY(bash.waitForFinished(20'000));
    QCOMPARE(QString::fromUtf8(bash.readAllStandardOutput()).trimmed(), offers);
    QCOMPARE(QString::fromUtf8(bash.readAllStandardError()), QString());
}

void TestCtlOutput::otherShellsAreServed_data() {
    QTest::addColumn<QString>("shell");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("zsh") << QStringLiteral("zsh") << QByteArray("bashcompinit");
    QTest::newRow("fish") << QStringLiteral("fish") << QByteArray("complete -c busbarctl");
}

void TestCtlOutput::otherShellsAreServed() {
    QFETCH(QString, shell);
    QFETCH(QByteArray, says);
    const QByteArray script = m_sites.ctl(QStringLiteral("completion ") + shell).out;
    QVERIFY(script.contains(says) && script.contains("drain"));
    if (QStandardPaths::findExecutable(shell).isEmpty()) return; // Its syntax can be checked only where the shell is.
    QProcess check;
    check.start(shell, {QStringLiteral("-n")});
    QVERIFY(check.waitForStarted());
    check.write(script);
    check.closeWriteChannel();
    QVERIFY(check.waitForFinished() && check.exitCode() == 0);
}

// Last: it takes the second site away.
void TestCtlOutput::aSiteThatIsDownIsListed() {
    m_sites.beta().killController();
    for (const auto& [words, schema] : {std::pair{"nodes", "nodes.json"}, {"actions", "actions.json"}, {"sites", "sites.json"}, {"whoami", "whoami.json"}}) {
        const json value = output(QString::fromUtf8(words));
        const auto faults = m_schema.check(schema, value);
        QVERIFY2(faults.empty(), complaints(faults));
        QVERIFY2(value.dump().find("bet1") != std::string::npos, words);
    }
}

QTEST_GUILESS_MAIN(TestCtlOutput)
#include "tst_ctl_output.moc"
