// Where a burn-in's figures stand among the site's: medians and places, what is compared with what, and that what is kept is bounded.
#include "busbar-controller/health/fleet_figures.h"

#include <QTest>

#include <limits>

using namespace busbar;
using namespace busbar::controller;

namespace {

GpuIdentity gpu(const std::string& uuid, const std::string& model = "NVIDIA H200") { return {.uuid = uuid, .model = model}; }

/// A node with the GPUs a and b of its own.
BurnedIn burnIn(const std::string& node, Source source = Source::live, const std::string& profile = "quick") { return {"pdx1/" + node, profile, source, {gpu(node + "-a"), gpu(node + "-b")}}; }

TestFigure figure(const std::string& subject, double value, const std::string& name = "HBM copy", const std::string& unit = "GB/s") { return {.subject = subject, .name = name, .unit = unit, .value = value}; }

/// As the controller does with the figures of a report.
std::vector<TestFigure> taken(FleetFigures& fleet, const BurnedIn& from, std::vector<TestFigure> figures) {
    fleet.note(from, figures);
    fleet.rank(from, figures);
    return figures;
}

/// "median 2903, 3 of 128".
QString place(const TestFigure& figure) { return QStringLiteral("median %1, %2 of %3").arg(figure.fleetMedian).arg(figure.fleetRank).arg(figure.fleetCount); }

} // namespace

class TestFleetFigures : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void medianAndPlace_data() {
        QTest::addColumn<QVector<double>>("others");
        QTest::addColumn<double>("value");
        QTest::addColumn<QString>("unit");
        QTest::addColumn<QString>("stands");
        const auto row = [](const char* name, QVector<double> others, double value, const char* unit, const char* stands) { QTest::newRow(name) << others << value << QString::fromLatin1(unit) << QString::fromLatin1(stands); };
        row("alone", {}, 2903, "GB/s", "median 2903, 1 of 1");
        row("odd number: the middle one", {2900, 2950}, 2800, "GB/s", "median 2900, 3 of 3");
        row("even number: between the two", {2900, 2950, 3000}, 2800, "GB/s", "median 2925, 4 of 4");
        row("the best", {2900, 2950}, 3100, "GB/s", "median 2950, 1 of 3");
        row("equal values share a place", {2900, 2900, 3000}, 2900, "GB/s", "median 2900, 2 of 4");
        row("products", {600}, 500, "TFLOPS", "median 550, 2 of 2");
        row("a disk", {600}, 500, "MB/s", "median 550, 2 of 2");
        row("processors", {600}, 500, "M/s", "median 550, 2 of 2");
        row("of temperatures the lowest is the best", {60, 70, 80}, 55, "C", "median 65, 1 of 4");
        for (const char* unit : {"count", "bytes", "W", "MHz", "%", "s", ""}) row(qPrintable(QStringLiteral("without a direction: %1").arg(QLatin1String(unit))), {60, 70}, 55, unit, "median 0, 0 of 0");
        row("no number", {60, 70}, std::numeric_limits<double>::quiet_NaN(), "GB/s", "median 0, 0 of 0");
    }
    void medianAndPlace() {
        QFETCH(QVector<double>, others);
        QFETCH(double, value);
        QFETCH(QString, unit);
        QFETCH(QString, stands);
        FleetFigures fleet;
        for (qsizetype i = 0; i < others.size(); ++i) {
            const std::string node = "n" + std::to_string(i);
            fleet.note(burnIn(node), {figure(node + "-a", others[i], "test", unit.toStdString())});
        }
        QCOMPARE(place(taken(fleet, burnIn("own"), {figure("own-a", value, "test", unit.toStdString())}).front()), stands);
    }

    void onlyWhatIsAlikeIsCompared_data() {
        QTest::addColumn<std::function<void(FleetFigures&)>>("other");
        QTest::addColumn<int>("count");
        using Other = std::function<void(FleetFigures&)>;
        const auto row = [](const char* name, Other other, int count) { QTest::newRow(name) << other << count; };
        row("another node's GPU", [](FleetFigures& fleet) { fleet.note(burnIn("n1"), {figure("n1-a", 1)}); }, 2);
        row("the other GPU of the node", [](FleetFigures& fleet) { fleet.note(burnIn("own"), {figure("own-b", 1)}); }, 2);
        row("its own earlier value", [](FleetFigures& fleet) { fleet.note(burnIn("own"), {figure("own-a", 1)}); }, 1);
        row("a simulated node's", [](FleetFigures& fleet) { fleet.note(burnIn("n1", Source::simulated), {figure("n1-a", 1)}); }, 1);
        row("a replayed node's", [](FleetFigures& fleet) { fleet.note(burnIn("n1", Source::replayed), {figure("n1-a", 1)}); }, 1);
        row("of another profile", [](FleetFigures& fleet) { fleet.note(burnIn("n1", Source::live, "soak"), {figure("n1-a", 1)}); }, 1);
        row("of another model", [](FleetFigures& fleet) { fleet.note({"pdx1/n1", "quick", Source::live, {gpu("n1-a", "NVIDIA A40")}}, {figure("n1-a", 1)}); }, 1);
        row("another test", [](FleetFigures& fleet) { fleet.note(burnIn("n1"), {figure("n1-a", 1, "HBM read")}); }, 1);
        row("in another unit", [](FleetFigures& fleet) { fleet.note(burnIn("n1"), {figure("n1-a", 1, "HBM copy", "MB/s")}); }, 1);
        row("of a GPU that its node does not have", [](FleetFigures& fleet) { fleet.note(burnIn("n1"), {figure("n2-a", 1)}); }, 1);
        row("a copy between two GPUs", [](FleetFigures& fleet) { fleet.note(burnIn("n1"), {figure("n1-a > n1-b", 1)}); }, 1);
    }
    void onlyWhatIsAlikeIsCompared() {
        QFETCH(std::function<void(FleetFigures&)>, other);
        QFETCH(int, count);
        FleetFigures fleet;
        other(fleet);
        const TestFigure own = taken(fleet, burnIn("own"), {figure("own-a", 2)}).front();
        QCOMPARE(own.fleetCount, std::int64_t{count});
        QCOMPARE(own.fleetRank, std::int64_t{1});
    }

    void nodesAndPairsAreSubjectsToo() {
        FleetFigures fleet;
        fleet.note(burnIn("n1"), {figure("node", 900, "disk write", "MB/s"), figure("n1-a > n1-b", 380, "peer copy"), figure("n1-b > n1-a", 370, "peer copy")});
        const auto own = taken(fleet, burnIn("own"), {figure("node", 800, "disk write", "MB/s"), figure("own-a > own-b", 375, "peer copy"), figure("own-a > n1-b", 375, "peer copy")});
        QCOMPARE(place(own[0]), QStringLiteral("median 850, 2 of 2"));
        QCOMPARE(place(own[1]), QStringLiteral("median 375, 2 of 3"));
        QCOMPARE(place(own[2]), QStringLiteral("median 0, 0 of 0")); // Half of it is another node's.
        BurnedIn other{"pdx1/n3", "quick", Source::live, {gpu("n3-a", "NVIDIA A40")}};
        QCOMPARE(taken(fleet, other, {figure("node", 100, "disk write", "MB/s")}).front().fleetCount, std::int64_t{1}); // Nodes with other GPUs are other machines.
    }

    void aRepeatedBurnInReplaces() {
        FleetFigures fleet;
        fleet.note(burnIn("n1"), {figure("n1-a", 1000)});
        fleet.note(burnIn("n1"), {figure("n1-a", 2000)});
        QCOMPARE(fleet.size(), std::size_t{1});
        QCOMPARE(place(taken(fleet, burnIn("own"), {figure("own-a", 1500)}).front()), QStringLiteral("median 1750, 2 of 2"));
    }

    void aTestThatIsRepeatedInOneBurnInIsOneValue() {
        FleetFigures fleet;
        fleet.note(burnIn("n1"), {figure("n1-a", 700)});
        const auto hours = taken(fleet, burnIn("own"), {figure("own-a", 800), figure("own-b", 750), figure("own-a", 600)});
        QCOMPARE(place(hours[0]), QStringLiteral("median 750, 1 of 3")); // Each hour stands for its GPU.
        QCOMPARE(place(hours[2]), QStringLiteral("median 700, 3 of 3"));
        QCOMPARE(place(taken(fleet, burnIn("n3"), {figure("n3-a", 650)}).front()), QStringLiteral("median 675, 3 of 4")); // The last one is kept.
    }

    void whatAFigureSaidBeforeIsForgotten() {
        TestFigure claimed = figure("own-a", 10, "power", "W");
        claimed.fleetMedian = 5;
        claimed.fleetRank = claimed.fleetCount = 128;
        FleetFigures fleet;
        QCOMPARE(taken(fleet, burnIn("own"), {claimed}).front(), figure("own-a", 10, "power", "W"));
    }

    void whatIsKeptIsBounded() {
        FleetFigures fleet(2);
        fleet.note(burnIn("n1"), {figure("n1-a", 10), figure("n1-b", 20), figure("n1-a", 30, "made up 1"), figure("n1-a", 30, "made up 2")});
        QCOMPARE(fleet.size(), std::size_t{2});
        QCOMPARE(place(taken(fleet, burnIn("own"), {figure("own-a", 30)}).front()), QStringLiteral("median 20, 1 of 3")); // Compared with what is kept.
        QCOMPARE(fleet.size(), std::size_t{2});
        fleet.note(burnIn("n1"), {figure("n1-a", 40)}); // What is there is still replaced.
        QCOMPARE(place(taken(fleet, burnIn("own"), {figure("own-a", 30)}).front()), QStringLiteral("median 30, 2 of 3"));
    }

    void worthOfANode_data() {
        QTest::addColumn<int>("node");
        QTest::addColumn<QString>("source");
        QTest::addColumn<int>("worth");
        QTest::newRow("live") << int(Source::live) << QStringLiteral("cuda") << int(Source::live);
        QTest::newRow("live, on a simulated library") << int(Source::live) << QStringLiteral("simulated cuda") << int(Source::simulated);
        QTest::newRow("simulated") << int(Source::simulated) << QStringLiteral("kernel") << int(Source::simulated);
        QTest::newRow("replayed") << int(Source::replayed) << QStringLiteral("simulated nvml") << int(Source::replayed);
    }
    void worthOfANode() {
        QFETCH(int, node);
        QFETCH(QString, source);
        QFETCH(int, worth);
        const Evidence plain{.subject = "node", .fact = "disk", .source = "observed"}, told{.subject = "GPU-1", .fact = "memory patterns", .source = source.toStdString()};
        QCOMPARE(int(worthOf(static_cast<Source>(node), {plain, told})), worth);
    }
};

QTEST_APPLESS_MAIN(TestFleetFigures)
#include "tst_fleet_figures.moc"
