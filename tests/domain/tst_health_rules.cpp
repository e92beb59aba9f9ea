// Rules on one GPU's values (design/health.md §4): each condition by itself and together, missing values, sentences, refused rules.
#include "domain/health_rules.h"

#include <QtTest>

using namespace busbar;

namespace {

GpuRule ruleOf(Metric metric, std::int64_t atLeast) {
    GpuRule rule;
    rule.name = "rule";
    rule.metric = metric;
    rule.atLeast = atLeast;
    rule.sentence = "{value} of {other}";
    return rule;
}

GpuSigns signsOf(std::initializer_list<std::pair<Metric, std::int64_t>> values) {
    GpuSigns signs;
    for (const auto& [metric, value] : values) signs.set(metric, value);
    return signs;
}

bool firesOn(const GpuRule& rule, const GpuSigns& signs) { return RuleSet({rule}).firing(signs) == 1; }

} // namespace

class TstHealthRules : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void limits() {
        GpuRule rule = ruleOf(Metric::temperature, 85);
        rule.below = 95;
        QVERIFY(!firesOn(rule, signsOf({{Metric::temperature, 84}})));
        QVERIFY(firesOn(rule, signsOf({{Metric::temperature, 85}})));
        QVERIFY(firesOn(rule, signsOf({{Metric::temperature, 94}})));
        QVERIFY(!firesOn(rule, signsOf({{Metric::temperature, 95}})));
    }

    void missingValuesFireNothing() {
        GpuRule rule = ruleOf(Metric::temperature, 0);
        rule.below = 10; // Less than a limit: a missing value must not count as small.
        QVERIFY(!firesOn(rule, GpuSigns()));
        QVERIFY(!firesOn(rule, signsOf({{Metric::temperature, kNotSupported}})));
        QVERIFY(firesOn(rule, signsOf({{Metric::temperature, 0}})));
    }

    void bits() {
        GpuRule rule = ruleOf(Metric::throttleReasons, 0);
        rule.anyBits = 0x40;
        QVERIFY(firesOn(rule, signsOf({{Metric::throttleReasons, 0x44}})));
        QVERIFY(!firesOn(rule, signsOf({{Metric::throttleReasons, 0x4}})));
        QVERIFY(!firesOn(rule, signsOf({{Metric::throttleReasons, kNotSupported}})));
    }

    void belowAnotherMetric() {
        GpuRule rule = ruleOf(Metric::nvlinksUp, 1);
        rule.belowMetric = Metric::nvlinksTotal;
        QVERIFY(firesOn(rule, signsOf({{Metric::nvlinksUp, 17}, {Metric::nvlinksTotal, 18}})));
        QVERIFY(!firesOn(rule, signsOf({{Metric::nvlinksUp, 18}, {Metric::nvlinksTotal, 18}})));
        QVERIFY(!firesOn(rule, signsOf({{Metric::nvlinksUp, 0}, {Metric::nvlinksTotal, 18}})));
        QVERIFY(!firesOn(rule, signsOf({{Metric::nvlinksUp, 17}, {Metric::nvlinksTotal, kNotSupported}})));
        QCOMPARE(sentenceOf(rule, signsOf({{Metric::nvlinksUp, 17}, {Metric::nvlinksTotal, 18}})), std::string("17 of 18"));
    }

    void belowTheSlotUnderLoad() {
        GpuRule rule = ruleOf(Metric::pcieGen, 1);
        rule.belowSlot = GpuRule::Slot::gen;
        rule.fromUtil = 50;
        GpuSigns signs = signsOf({{Metric::pcieGen, 1}, {Metric::gpuUtil, 10}});
        signs.slotMaxGen = 5;
        QVERIFY2(!firesOn(rule, signs), "an idle link trains down");
        signs.set(Metric::gpuUtil, 50);
        QVERIFY(firesOn(rule, signs));
        signs.slotMaxGen = 0;
        QVERIFY2(!firesOn(rule, signs), "the slot is not known");
        QCOMPARE(RuleSet({rule}).slotFromUtil(), std::int64_t{50});
    }

    void aBitARule() {
        const RuleSet rules({ruleOf(Metric::temperature, 85), ruleOf(Metric::power, 700), ruleOf(Metric::temperature, 90)});
        QCOMPARE(rules.firing(signsOf({{Metric::temperature, 92}, {Metric::power, 100}})), std::uint64_t{0b101});
        QCOMPARE(rules.metrics().size(), std::size_t{3}); // temperature, power and the utilisation
    }

    void refused_data() {
        QTest::addColumn<int>("change");
        QTest::addColumn<QByteArray>("says");
        QTest::newRow("judged metric") << 0 << QByteArray("metric");
        QTest::newRow("limits crossed") << 1 << QByteArray("never fire");
        QTest::newRow("no condition") << 2 << QByteArray("always fire");
        QTest::newRow("no sentence") << 3 << QByteArray("empty");
        QTest::newRow("unknown word in the sentence") << 4 << QByteArray("{value}");
        QTest::newRow("metric and slot") << 5 << QByteArray("exclude");
    }

    void refused() {
        QFETCH(int, change);
        QFETCH(QByteArray, says);
        GpuRule rule = ruleOf(Metric::temperature, 85);
        QVERIFY(checkRule(rule).ok());
        if (change == 0) rule.metric = Metric::health;
        if (change == 1) rule.below = 85;
        if (change == 2) rule.atLeast = 0;
        if (change == 3) rule.sentence.clear();
        if (change == 4) rule.sentence = "{value} of {limit}";
        if (change == 5) {
            rule.belowMetric = Metric::power;
            rule.belowSlot = GpuRule::Slot::width;
        }
        const Status status = checkRule(rule);
        QVERIFY2(!status.ok() && QByteArray::fromStdString(status.ToString()).contains(says), status.ToString().c_str());
    }

    void knownFaultsCountMoreThanUnknown() {
        QVERIFY(worse(Health::ok, Health::unknown) == Health::unknown);
        QVERIFY(worse(Health::watch, Health::unknown) == Health::watch);
        QVERIFY(healthOfClass(0) == Health::ok);
        QVERIFY(healthOfClass(3) == Health::degraded);
        QVERIFY(healthOfClass(4) == Health::failed);
        QCOMPARE(severityOfClass(0), 0);
        QCOMPARE(severityOfClass(4), 3);
    }
};

QTEST_APPLESS_MAIN(TstHealthRules)
#include "tst_health_rules.moc"
