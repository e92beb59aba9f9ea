// What busbarctl says of an action that was too large for one answer: in JSON, by its schema, and as text.
#include "busbarctl/output/json.h"
#include "busbarctl/output/text.h"
#include "tests/support/json_schema.h"

#include <nlohmann/json.hpp>

#include <QTest>

using namespace busbar;

namespace {

Action actionWithout(std::uint32_t parts) {
    Action action;
    action.id = "pdx1/01KATHJ0000000000000000000";
    action.verb = Verb::drain;
    action.state = ActionState::succeeded;
    action.reason = "leaf replacement";
    action.actor = "ann";
    action.planId = "01KATHJ0000000000000000001";
    action.createdWallMs = 1'764'000'000'000;
    action.targets = {{.nodeId = "pdx1/n1", .state = TargetState::succeeded, .steps = {{.kind = StepKind::close, .state = StepState::succeeded, .attempt = 1}}}};
    action.leftOut = parts;
    return action;
}

} // namespace

class TestCtlAction : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatIsLeftOutIsTold_data();
    void whatIsLeftOutIsTold();
    void figuresFitTheSchema_data();
    void figuresFitTheSchema();

private:
    test::JsonSchema m_schema{BUSBAR_SOURCE_DIR "/resources/schema"};
};

void TestCtlAction::whatIsLeftOutIsTold_data() {
    QTest::addColumn<quint32>("parts");
    QTest::addColumn<QString>("json");
    QTest::addColumn<QString>("text");
    using P = ActionPart;
    QTest::newRow("nothing") << quint32(0) << QStringLiteral("[]") << QString();
    QTest::newRow("evidence") << quint32(bitOf(P::evidence)) << QStringLiteral(R"(["evidence"])")
                              << QStringLiteral("Left out   evidence: too much for one answer; what the nodes signed has it: busbarctl evidence pdx1/01KATHJ0000000000000000000 --node NODE\n");
    QTest::newRow("log") << quint32(bitOf(P::log)) << QStringLiteral(R"(["log"])") << QStringLiteral("Left out   log: too much for one answer\n");
    QTest::newRow("all that can be") << quint32(2 * bitOf(kLastActionPart) - 1) << QStringLiteral(R"(["evidence","log","step details","steps","sentences"])")
                                     << QStringLiteral("Left out   evidence, log, step details, steps, sentences: too much for one answer; ");
}

void TestCtlAction::whatIsLeftOutIsTold() {
    QFETCH(quint32, parts);
    QFETCH(QString, json);
    QFETCH(QString, text);
    const Action action = actionWithout(parts);
    const nlohmann::json printed = nlohmann::json::parse(ctl::jsonOf(action).dump());
    QCOMPARE(QString::fromStdString(printed["left_out"].dump()), json);
    const auto faults = m_schema.check("action.json", printed);
    QVERIFY2(faults.empty(), faults.empty() ? "" : faults.front().c_str());
    const QString said = QString::fromStdString(ctl::actionText(action));
    QVERIFY2(text.isEmpty() ? !said.contains(QStringLiteral("Left out")) : said.contains(text), qPrintable(said));
}

void TestCtlAction::figuresFitTheSchema_data() {
    QTest::addColumn<int>("rank");
    QTest::addColumn<int>("count");
    QTest::addColumn<QString>("json");
    QTest::newRow("among many") << 3 << 128 << QStringLiteral("[2903.5,3,128]");
    QTest::newRow("alone") << 1 << 1 << QStringLiteral("[2903.5,1,1]");
    QTest::newRow("not compared") << 0 << 0 << QStringLiteral("[null,null,null]");
}

void TestCtlAction::figuresFitTheSchema() {
    QFETCH(int, rank);
    QFETCH(int, count);
    QFETCH(QString, json);
    Action action = actionWithout(0);
    action.targets.front().steps.front().figures = {{.subject = "GPU-1", .name = "HBM copy", .unit = "GB/s", .value = 2'950, .fleetMedian = 2'903.5, .fleetRank = rank, .fleetCount = count}};
    const nlohmann::json printed = nlohmann::json::parse(ctl::jsonOf(action).dump());
    const auto faults = m_schema.check("action.json", printed);
    QVERIFY2(faults.empty(), faults.empty() ? "" : faults.front().c_str());
    const nlohmann::json& figure = printed["targets"][0]["steps"][0]["figures"][0];
    QCOMPARE(QString::fromStdString(nlohmann::json({figure["fleet_median"], figure["fleet_rank"], figure["fleet_count"]}).dump()), json);
}

QTEST_GUILESS_MAIN(TestCtlAction)
#include "tst_ctl_action.moc"
