// The controller whole, over mutual TLS: an agent that answers commands, a drain submitted to the engine, its facts on Fleet.
#include "busbar-controller/ingest/fleet_table.h"
#include "busbar-controller/reconcile/engine.h"
#include "tests/busbar-controller/fleet_kit.h"
#include "tests/busbar-controller/link_kit.h"
#include "wire/codec.h"

#include <QtTest>

#include <algorithm>
#include <future>

using namespace busbar;
using namespace busbar::controller;
using namespace busbar::test;

namespace {

AgentHello controllable() {
    AgentHello hello = helloOf("n1");
    hello.policy = {true, true};
    return hello;
}

StatusOr<ActionPtr> submit(Engine& engine, const std::string& planId) {
    auto answer = std::make_shared<std::promise<StatusOr<ActionPtr>>>();
    engine.submit({planId, "test of the whole path", "key-1", "", "ann"}, [answer](StatusOr<ActionPtr> action) { answer->set_value(std::move(action)); });
    return answer->get_future().get();
}

/// What a healthy agent says to each step: done, with every expected fact read back as set.
v1::AgentMessage reportOf(const v1::StepCommand& command) {
    StepReport report;
    report.commandId = command.command_id();
    report.kind = static_cast<StepKind>(command.kind());
    report.state = StepState::succeeded;
    report.sentence = "done";
    report.startedWallMs = report.endedWallMs = systemClock().wallMs();
    for (const auto* fact : {"processes", "memory used", "compute mode"})
        for (const auto* gpu : {"GPU-n1-0", "GPU-n1-1"})
            report.evidence.push_back({gpu, fact, "0", "0", "0", "", "model", Verdict::asSet, report.endedWallMs});
    v1::AgentMessage message;
    wire::encode(report, message.mutable_report());
    return message;
}

} // namespace

class TstDrainOverWire : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aDrainGoesToTheAgentAndItsFactsAreSeen() {
        TestSite site;
        const std::string error = site.start();
        QVERIFY2(error.empty(), error.c_str());
        TestAgent agent(site.nodeChannel("n1"));
        QVERIFY(agent.join(controllable()).ok());
        Engine& engine = site.server->engine();
        PlanRequest request;
        request.verb = Verb::drain;
        request.nodeIds = {"tst1/n1"};
        const auto plan = engine.plan(request);
        QVERIFY2(plan.ok(), plan.status().ToString().c_str());
        QVERIFY2(plan->targets.at(0).eligible, plan->targets[0].sentence.c_str());
        const auto action = submit(engine, plan->id);
        QVERIFY2(action.ok(), action.status().ToString().c_str());
        std::vector<StepKind> steps;
        QElapsedTimer timer;
        timer.start();
        while (!isFinal(engine.action((*action)->id).value()->state) && timer.elapsed() < 20'000) {
            const auto message = agent.next(v1::ControllerMessage::kCommand);
            if (!message) break;
            steps.push_back(static_cast<StepKind>(message->command().kind()));
            agent.send(reportOf(message->command()));
            const auto more = [&] { return isFinal(engine.action((*action)->id).value()->state); };
            if (steps.back() == StepKind::verify) QTRY_VERIFY(more());
        }
        const ActionPtr done = engine.action((*action)->id).value();
        QCOMPARE(std::string(toString(done->state)), std::string("succeeded"));
        QVERIFY(steps.front() == StepKind::close && steps.back() == StepKind::verify);
        QVERIFY(site.server->fleet().node("tst1/n1")->facts.service == Service::drained);
        agent.leave();

        // The drained node is still drained after a restart, and the agent's journal is heard.
        site.stop();
        const std::string again = site.start();
        QVERIFY2(again.empty(), again.c_str());
        QVERIFY(site.server->fleet().node("tst1/n1")->facts.service == Service::drained);
        QVERIFY(site.server->engine().action(done->id).ok());
    }
};

QTEST_GUILESS_MAIN(TstDrainOverWire)
#include "tst_drain_over_wire.moc"
