// The controller whole, over mutual TLS: an agent that answers commands, a drain submitted to the engine, its facts on Fleet.
#include "busbar-controller/ingest/fleet_table.h"
#include "busbar-controller/reconcile/engine.h"
#include "tests/busbar-controller/fleet_kit.h"
#include "tests/busbar-controller/link_kit.h"
#include "tests/support/fake_clock.h"
#include "busbar/v1/actions.grpc.pb.h"
#include "transport/evidence.h"
#include "transport/status_map.h"
#include "transport/x509.h"
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

/// What a healthy agent has to say to each step: done, with every expected fact read back as set.
StepReport reportOf(const v1::StepCommand& command) {
    StepReport report;
    report.commandId = command.command_id();
    report.kind = static_cast<StepKind>(command.kind());
    report.state = StepState::succeeded;
    report.sentence = "done";
    report.startedWallMs = report.endedWallMs = systemClock().wallMs();
    for (const auto* fact : {"processes", "memory used", "compute mode"})
        for (const auto* gpu : {"GPU-n1-0", "GPU-n1-1"})
            report.evidence.push_back({gpu, fact, "0", "0", "0", "", "model", Verdict::asSet, report.endedWallMs});
    return report;
}

const transport::Identity kNode{transport::PeerKind::node, "tst1", "n1", "", 0};

/// Submits a drain of tst1/n1; empty when it is refused.
std::string drain(Engine& engine) {
    PlanRequest request;
    request.verb = Verb::drain;
    request.nodeIds = {"tst1/n1"};
    const auto plan = engine.plan(request);
    if (!plan.ok() || !plan->targets.at(0).eligible) return {};
    const auto action = submit(engine, plan->id);
    return action.ok() ? (*action)->id : std::string();
}

/// The evidence of an action as a user reads it, verified.
StatusOr<ProvenEvidence> evidenceOf(TestSite& site, const std::string& user, const std::string& actionId, EvidencePack& pack) {
    const auto stub = v1::Actions::NewStub(site.userChannel(user));
    grpc::ClientContext context;
    v1::EvidenceRequest request;
    request.set_action_id(actionId);
    const auto stream = stub->Evidence(&context, request);
    for (v1::EvidencePart part; stream->Read(&part);) {
        if (part.has_target()) pack.targets.push_back(*wire::decode(part.target()));
        if (part.has_manifest()) pack.manifest = *wire::decode(part.manifest());
    }
    if (const Status end = transport::fromGrpc(stream->Finish()); !end.ok()) return end;
    return transport::verifyEvidence(pack, *transport::readFile(site.path("pki/root.pem")));
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
        const std::string action = drain(engine);
        QVERIFY(!action.empty());
        std::vector<StepKind> steps;
        QElapsedTimer timer;
        timer.start();
        while (!isFinal(engine.action(action).value()->state) && timer.elapsed() < 20'000) {
            const auto message = agent.next(v1::ControllerMessage::kCommand);
            if (!message) break;
            steps.push_back(static_cast<StepKind>(message->command().kind()));
            agent.send(site.signedReport(kNode, reportOf(message->command())));
            const auto more = [&] { return isFinal(engine.action(action).value()->state); };
            if (steps.back() == StepKind::verify) QTRY_VERIFY(more());
        }
        const ActionPtr done = engine.action(action).value();
        QCOMPARE(std::string(toString(done->state)), std::string("succeeded"));
        QVERIFY(steps.front() == StepKind::close && steps.back() == StepKind::verify);
        QVERIFY(site.server->fleet().node("tst1/n1")->facts.service == Service::drained);
        agent.leave();

        // A viewer gets what the node signed, and it verifies with nothing but the root CA's certificate.
        EvidencePack pack;
        const auto proven = evidenceOf(site, "vic", action, pack);
        QVERIFY2(proven.ok(), proven.status().ToString().c_str());
        QCOMPARE(proven->targets.size(), 1u);
        QCOMPARE(proven->targets[0].steps.size(), 3u);
        for (const ProvenStep& step : proven->targets[0].steps) {
            QCOMPARE(step.signedBy, std::string("busbar://node/tst1/n1"));
            QVERIFY(step.report && step.report->sentence == "done" && step.receivedWallMs >= step.signedWallMs);
        }
        QCOMPARE(proven->madeBy, std::string("busbar://controller/tst1/c1"));
        QCOMPARE(proven->targets[0].steps[0].record.evidence.at(0).source, std::string("controller")); // The books' own move.
        EvidencePack none;
        QVERIFY(absl::IsNotFound(evidenceOf(site, "vic", "tst1/01JD0000000000000000000000", none).status()));
        QVERIFY(absl::IsPermissionDenied(evidenceOf(site, "nobody", action, none).status()));

        // The drained node is still drained after a restart, and the agent's journal is heard.
        site.stop();
        const std::string again = site.start();
        QVERIFY2(again.empty(), again.c_str());
        QVERIFY(site.server->fleet().node("tst1/n1")->facts.service == Service::drained);
        QVERIFY(site.server->engine().action(done->id).ok());
        EvidencePack kept;
        QVERIFY(evidenceOf(site, "vic", action, kept).ok());
        QVERIFY(kept.targets == pack.targets); // To the bit: nothing was signed anew.
    }

    void anAgentThatStalledGoesOnWithItsStep() {
        FakeClock clock;
        TestSite site(clock);
        const std::string error = site.start();
        QVERIFY2(error.empty(), error.c_str());
        TestAgent stalled(site.nodeChannel("n1"));
        QVERIFY(stalled.join(controllable()).ok());
        Engine& engine = site.server->engine();
        const std::string action = drain(engine);
        const auto first = stalled.next(v1::ControllerMessage::kCommand);
        QVERIFY(first);
        clock.advance(kAgentLostAfterMs + 1'000); // Its connection stands all the while.
        const auto sentence = [&] { return QString::fromStdString(engine.action(action).value()->targets.at(0).sentence); };
        QVERIFY(absl::IsUnavailable(stalled.ended())); // The engine was told before.
        clock.advance(1'000); // Actions are published now and then: what the engine's own tick showed first may have been the sentence before.
        QTRY_VERIFY2(sentence().contains(QLatin1String("waiting for the agent, lost since")), qPrintable(sentence()));
        TestAgent back(site.nodeChannel("n1"));
        QVERIFY(back.join(controllable()).ok());
        const auto again = back.next(v1::ControllerMessage::kCommand);
        QVERIFY(again);
        QCOMPARE(again->command().command_id(), first->command().command_id());
        clock.advance(1'000);
        QTRY_VERIFY2(!sentence().contains(QLatin1String("lost")), qPrintable(sentence()));
    }

    void aReportThatItsNodeDidNotSignCountsForNothing_data() {
        QTest::addColumn<int>("how");
        QTest::addColumn<QString>("why");
        QTest::newRow("not signed") << 0 << "it is not signed: install an agent of this controller's version";
        QTest::newRow("signed by another node") << 1 << "signed by busbar://node/tst1/n2, which does not speak for tst1/n1";
        QTest::newRow("changed on the way") << 2 << "its signature is not one of busbar://node/tst1/n1 over these bytes";
        QTest::newRow("signed by a gateway, sent by the node") << 3 << "it is signed by busbar://gateway/tst1/n, it came from busbar://node/tst1/n1";
        QTest::newRow("claims the controller's evidence") << 4 << "it claims evidence of the controller's own";
    }

    void aReportThatItsNodeDidNotSignCountsForNothing() {
        QFETCH(int, how);
        QFETCH(QString, why);
        TestSite site;
        const std::string error = site.start();
        QVERIFY2(error.empty(), error.c_str());
        TestAgent agent(site.nodeChannel("n1"));
        QVERIFY(agent.join(controllable()).ok());
        Engine& engine = site.server->engine();
        const std::string action = drain(engine);
        const auto message = agent.next(v1::ControllerMessage::kCommand);
        QVERIFY(message);
        StepReport report = reportOf(message->command());
        if (how == 4) report.evidence[0].source = "controller";
        const transport::Identity signer = how == 1   ? transport::Identity{transport::PeerKind::node, "tst1", "n2", "", 0}
                                           : how == 3 ? transport::Identity{transport::PeerKind::gateway, "tst1", "n", "", 0}
                                                      : kNode;
        v1::AgentMessage out;
        if (how == 0) wire::encode(report, out.mutable_report());
        else out = site.signedReport(signer, report);
        if (how == 2) {
            std::string& bytes = *out.mutable_report()->mutable_origin()->mutable_bytes();
            bytes[bytes.find("done")] = 'g';
        }
        QVERIFY(agent.send(out));
        QTRY_VERIFY(isFinal(engine.action(action).value()->state));
        const ActionPtr ended = engine.action(action).value();
        QCOMPARE(std::string(toString(ended->state)), std::string("unknown"));
        const StepRecord& close = ended->targets.at(0).steps.at(0);
        QVERIFY(close.state == StepState::unknown && close.signedBy.empty());
        QVERIFY2(close.sentence.find(why.toStdString()) != std::string::npos, close.sentence.c_str());
        for (const Evidence& evidence : close.evidence) QCOMPARE(evidence.source, std::string("controller"));
        QVERIFY(site.server->fleet().node("tst1/n1")->facts.service == Service::drainFailed);
        const auto audit = site.server->store().audit(0, 1'000);
        QVERIFY(audit.ok() && std::ranges::any_of(*audit, [&](const AuditRecord& row) { return !row.accepted && row.who == "tst1/n1" && row.result.find(why.toStdString()) != std::string::npos; }));
        EvidencePack pack;
        const auto proven = evidenceOf(site, "vic", action, pack);
        QVERIFY2(proven.ok(), proven.status().ToString().c_str());
        QVERIFY(!proven->targets.at(0).steps.at(0).report);
    }
};

QTEST_GUILESS_MAIN(TstDrainOverWire)
#include "tst_drain_over_wire.moc"
