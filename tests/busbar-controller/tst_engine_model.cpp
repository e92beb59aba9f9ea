// Model-based test of the engine (lifecycle.md §2): random operators, failures, lost links and restarts against 500 simulated nodes, with the
// invariants of model/model_invariants.cpp after every turn, and at the end, when all is well again, every action ends or says what it waits for.
// A failure is shrunk and printed as sentences, each with its numbers in braces: put those into knownBugs() to keep it.
//
//   BUSBAR_MODEL_SECONDS=600 tst_engine_model randomOperators    runs for ten minutes instead of 20 s
//   RC_PARAMS="seed=…"                                           repeats a run (RapidCheck prints the seed)
#include "model/model_commands.h"

#include <QtTest/QTest>

#include <chrono>

using namespace busbar;
using namespace busbar::controller::model;
using H = Happening;

namespace {

/// The first thing that must never be, with the sentence it happened after; empty when all went well.
std::string run(const Script& script) {
    ModelWorld world;
    for (const Command& command : script.commands) {
        apply(world, command);
        if (!world.fault.empty()) return fmt::format("after \"{}\": {}", sentenceOf(command), world.fault);
    }
    world.heal();
    return world.fault.empty() ? std::string() : fmt::format("when all was well again: {}", world.fault);
}

std::chrono::seconds budget() {
    bool given = false;
    const int seconds = qEnvironmentVariableIntValue("BUSBAR_MODEL_SECONDS", &given);
    return std::chrono::seconds(given ? seconds : 20);
}

} // namespace

class EngineModelTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void knownBugs_data() {
        QTest::addColumn<QList<QList<int>>>("commands");
        const auto row = [](const char* name, const QList<QList<int>>& commands) { QTest::newRow(name) << commands; };
        row("nothing happens", {});
        row("a release without evidence at its end left the node scrubbing for ever", {{2, 0, 2, 0, 0}, {3, 1, 1, 5, 0}, {12, 0, 1, 1, 0}, {17, 0, 1, 1, 0}, {1, 0, 1, 0, 0}, {24, 0, 5, 2, 0}, {6, 0, 1, 0, 0}, {12, 0, 5, 2, 0}, {6, 0, 1, 5, 0}});
        row("a lease that may queue did not hold its reserved node", {{2, 0, 1, 4, 0}});
        row("a release queued behind a lease that found bad memory was judged by facts not yet shown", {{15, 0, 1, 0, 0}, {2, 0, 1, 0, 0}, {3, 0, 1, 5, 0}});
    }
    void knownBugs() {
        QFETCH(QList<QList<int>>, commands);
        Script script;
        for (const QList<int>& c : commands) script.commands.push_back({static_cast<H>(c[0]), c[1], c[2], c[3], c[4] != 0});
        const std::string fault = run(script);
        QVERIFY2(fault.empty(), fault.c_str());
    }

    void randomOperators() {
        // Runs until its time is over, whatever the number; a failing one is shrunk without a limit.
        if (!qEnvironmentVariableIsSet("RC_PARAMS")) qputenv("RC_PARAMS", "max_success=20000 max_size=100");
        const auto end = std::chrono::steady_clock::now() + budget();
        bool failing = false;
        int scripts = 0;
        const bool held = rc::check("engine invariants", [&] {
            if (!failing && std::chrono::steady_clock::now() > end) return;
            const Script script = *anyScript();
            ++scripts;
            const std::string fault = run(script);
            if (fault.empty()) return;
            failing = true;
            RC_FAIL(fault);
        });
        qInfo("%d scripts", scripts);
        QVERIFY2(held, "see the counterexample above");
    }
};

QTEST_GUILESS_MAIN(EngineModelTest)
#include "tst_engine_model.moc"
