// AgentLink.Session over real mutual TLS: who is let in, who takes over, what ends a stream (design.md §6, "Bad input").
#include "busbar-controller/ingest/agent_ingest.h"
#include "busbar-controller/ingest/fleet_table.h"
#include "busbar-controller/state/state_store.h"
#include "busbar-controller/state/term_book.h"
#include "tests/busbar-controller/fleet_kit.h"
#include "tests/busbar-controller/link_kit.h"
#include "tests/support/fake_clock.h"

#include <QtTest>

#include <algorithm>

using namespace busbar;
using namespace busbar::test;

namespace {

bool says(const Status& status, std::string_view words) {
    if (sentenceOf(status).find(words) != std::string_view::npos) return true;
    qWarning("got: %s", status.ToString().c_str());
    return false;
}

std::vector<FleetEvent> eventsOf(TestSite& site) {
    std::vector<FleetEvent> events;
    site.server->fleet().read([&](const controller::FleetState& state) {
        for (const auto& stamped : state.events) events.push_back(stamped.event);
    });
    return events;
}

bool hasEvent(TestSite& site, int severity, std::string_view words) {
    const auto events = eventsOf(site);
    return std::ranges::any_of(events, [&](const FleetEvent& event) { return event.severity == severity && event.text.find(words) != std::string::npos; });
}

/// What the engine is told of links, in order.
class ToldEvents final : public controller::AgentEvents {
public:
    void onAgentConnected(const controller::AgentArrival& arrival) override { tell("connected", arrival.nodeId); }
    void onAgentLost(const std::string& nodeId) override { tell("lost", nodeId); }
    void onProgress(const std::string&, const StepProgress&) override {}
    void onReport(const std::string&, const StepReport&) override {}
    QStringList told;

private:
    void tell(const char* what, const std::string& nodeId) { told += QStringLiteral("%1 %2").arg(QLatin1String(what), QString::fromStdString(nodeId).section(QLatin1Char('/'), 1)); }
};

class StubSession final : public controller::AgentSession {
public:
    Status sendCommand(const StepCommand&) override { return absl::OkStatus(); }
    Status sendCancel(const std::string&, std::uint64_t) override { return absl::OkStatus(); }
    void sendSampling(int) override {}
    void sendNotice(const std::string&) override {}
    void end(const Status&) override {
        ended = true;
        if (onEnd) onEnd();
    }
    std::function<void()> onEnd;
    bool ended = false;
};

} // namespace

class TstAgentLink : public QObject {
    Q_OBJECT

    std::unique_ptr<TestSite> m_site;

private Q_SLOTS:
    void init() {
        m_site = std::make_unique<TestSite>();
        const std::string error = m_site->start();
        QVERIFY2(error.empty(), error.c_str());
    }
    void cleanup() { m_site.reset(); }

    void anAgentJoinsAndItsValuesArrive() {
        TestAgent agent(m_site->nodeChannel("n1"));
        const auto welcome = agent.join(helloOf("n1"));
        QVERIFY2(welcome.ok(), welcome.status().ToString().c_str());
        QCOMPARE(welcome->sample_ms(), 1000U);
        QVERIFY(welcome->term() >= controller::kTermsPerStart);
        QVERIFY(agent.send(frameOf(systemClock().wallMs(), {{Metric::gpuUtil, {11, 22}}})));
        QTRY_COMPARE(m_site->server->fleet().describe("tst1/n1")->gpus[1].metrics[0].value, 22);
        agent.leave();
        QTRY_COMPARE(m_site->server->ingest().sessionCount(), std::size_t{0});
    }

    void theSameMachineTakesOver() {
        TestAgent first(m_site->nodeChannel("n1")), second(m_site->nodeChannel("n1"));
        const auto one = first.join(helloOf("n1"));
        const auto two = second.join(helloOf("n1"));
        QVERIFY(one.ok() && two.ok());
        QCOMPARE(two->term(), one->term() + 1);
        const Status end = first.ended();
        QCOMPARE(end.code(), absl::StatusCode::kFailedPrecondition);
        QVERIFY(says(end, "superseded: "));
        QCOMPARE(m_site->server->ingest().sessionCount(), std::size_t{1});
        StepCommand command;
        command.commandId = "c1";
        command.nodeId = "tst1/n1";
        command.kind = StepKind::inspect;
        QVERIFY(m_site->server->ingest().send(command).ok());
        const auto message = second.next(v1::ControllerMessage::kCommand);
        QVERIFY(message.has_value());
        QCOMPARE(message->command().term(), two->term());
    }

    void anotherMachineIsRefusedAndBothAreTold() {
        TestAgent first(m_site->nodeChannel("n1")), second(m_site->nodeChannel("n1"));
        QVERIFY(first.join(helloOf("n1", 2, "S1")).ok());
        const auto refused = second.join(helloOf("n1", 2, "S2"));
        QCOMPARE(refused.status().code(), absl::StatusCode::kAlreadyExists);
        QVERIFY(says(refused.status(), "serial S1, yours is S2"));
        QVERIFY(hasEvent(*m_site, 3, "a second machine"));
        const auto notice = first.next(v1::ControllerMessage::kNotice);
        QVERIFY(notice.has_value());
        QVERIFY(notice->notice().sentence().find("serial S2") != std::string::npos);
        QVERIFY2(first.send(frameOf(systemClock().wallMs(), {})), "the first goes on");
    }

    void aNodesNameIsKeptForItsMachine_data() {
        QTest::addColumn<bool>("restart");
        QTest::addColumn<bool>("lost");
        QTest::newRow("its stream has just ended") << false << false;
        QTest::newRow("the controller has just started") << true << false;
        QTest::newRow("it is lost") << false << true;
    }

    /// Between two streams of a machine no other gets in by its name, which would then keep the true one out.
    void aNodesNameIsKeptForItsMachine() {
        QFETCH(bool, restart);
        QFETCH(bool, lost);
        FakeClock clock;
        TestSite site(clock);
        const std::string error = site.start();
        QVERIFY2(error.empty(), error.c_str());
        {
            TestAgent first(site.nodeChannel("n1"));
            QVERIFY(first.join(helloOf("n1", 2, "S1")).ok());
            QTRY_VERIFY(site.server->store().get("/nodes/n1/hello").ok());
        }
        QTRY_COMPARE(site.server->ingest().sessionCount(), std::size_t{0});
        if (restart) {
            site.stop();
            const std::string again = site.start();
            QVERIFY2(again.empty(), again.c_str());
        }
        if (lost) clock.advance(kAgentLostAfterMs);
        if (lost) QTRY_VERIFY(site.server->fleet().node("tst1/n1")->facts.link == Link::lost);
        TestAgent second(site.nodeChannel("n1"));
        const auto other = second.join(helloOf("n1", 2, "S2"));
        QCOMPARE(other.ok(), lost);
        if (lost) return; // It came back on other hardware, which is told.
        QVERIFY(says(other.status(), "was connected just now from a machine with serial S1, yours is S2"));
        QVERIFY(hasEvent(site, 3, "a second machine"));
        TestAgent back(site.nodeChannel("n1"));
        QVERIFY(back.join(helloOf("n1", 2, "S1")).ok());
    }

    void refusals_data() {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<int>("source");
        QTest::addColumn<QString>("name");
        QTest::addColumn<int>("protocol");
        QTest::addColumn<QString>("words");
        const int live = static_cast<int>(Source::live), simulated = static_cast<int>(Source::simulated), good = kAgentProtocol;
        QTest::newRow("another node's id") << "node" << live << "n2" << good << "may not speak for node tst1/n2";
        QTest::newRow("gateway declares live") << "gateway" << live << "sim-1" << good << "may declare nodes replayed or simulated only";
        QTest::newRow("gateway outside its prefix") << "gateway" << simulated << "n7" << good << "starts with 'sim-'";
        QTest::newRow("user") << "user" << live << "n1" << good << "an agent needs one of a node or a gateway";
        QTest::newRow("wrong version") << "node" << live << "n1" << 99 << "protocol 99";
        QTest::newRow("no source") << "node" << 0 << "n1" << good << "does not say its source";
        QTest::newRow("no valid id") << "node" << live << "bad name" << good << "node id";
    }

    void refusals() {
        QFETCH(QString, kind);
        QFETCH(int, source);
        QFETCH(QString, name);
        QFETCH(int, protocol);
        QFETCH(QString, words);
        TestAgent agent(kind == QLatin1String("node") ? m_site->nodeChannel("n1") : kind == QLatin1String("gateway") ? m_site->gatewayChannel("sim-") : m_site->userChannel());
        AgentHello hello = helloOf(name.toStdString());
        hello.source = static_cast<Source>(source);
        hello.protocol = protocol;
        const auto welcome = agent.join(hello);
        QVERIFY(!welcome.ok());
        QVERIFY(says(welcome.status(), words.toStdString()));
        QVERIFY(!m_site->server->fleet().node(hello.nodeId).has_value());
    }

    void theFirstMessageMustBeHello() {
        TestAgent agent(m_site->nodeChannel("n1"));
        agent.send(frameOf(systemClock().wallMs(), {}));
        QVERIFY(says(agent.ended(), "the first message of an agent must be Hello"));
    }

    void aMalformedMessageEndsTheStreamWithTheReason() {
        TestAgent agent(m_site->nodeChannel("n1"));
        QVERIFY(agent.join(helloOf("n1")).ok());
        v1::AgentMessage message;
        message.mutable_telemetry()->set_observed_wall_ms(systemClock().wallMs());
        v1::Column* column = message.mutable_telemetry()->add_columns();
        column->set_metric(static_cast<std::uint32_t>(Metric::gpuUtil));
        column->set_values("abcdefghij"); // ten values of two GPUs
        agent.send(message);
        const Status end = agent.ended();
        QCOMPARE(end.code(), absl::StatusCode::kInvalidArgument);
        QVERIFY(says(end, "util"));
        const auto detail = m_site->server->fleet().describe("tst1/n1");
        QVERIFY(std::ranges::any_of(detail->reasons, [](const std::string& reason) { return reason.find("refused") != std::string::npos; }));
    }

    void anOversizeMessageEndsTheStream() {
        TestAgent agent(m_site->nodeChannel("n1"));
        QVERIFY(agent.join(helloOf("n1")).ok());
        v1::AgentMessage message;
        message.mutable_event()->set_text(std::string(17U << 20, 'x'));
        agent.send(message);
        const Status end = agent.ended();
        QVERIFY(!end.ok() && end.code() != absl::StatusCode::kDeadlineExceeded);
        TestAgent again(m_site->nodeChannel("n1"));
        QVERIFY2(again.join(helloOf("n1")).ok(), "the controller still serves");
    }

    void outOfRangeNumbersAreRefusedTheRestIsKept() {
        TestAgent agent(m_site->nodeChannel("n1"));
        QVERIFY(agent.join(helloOf("n1")).ok());
        agent.send(frameOf(systemClock().wallMs(), {{Metric::gpuUtil, {250, 60}}}));
        QTRY_COMPARE(m_site->server->fleet().describe("tst1/n1")->gpus[1].metrics[0].value, 60);
        QCOMPARE(m_site->server->fleet().describe("tst1/n1")->gpus[0].metrics[0].value, kNotRead);
    }

    void aSecondHelloIsRefused() {
        TestAgent agent(m_site->nodeChannel("n1"));
        QVERIFY(agent.join(helloOf("n1")).ok());
        agent.send(helloOf("n1"));
        QVERIFY(says(agent.ended(), "said Hello twice"));
    }

    void anAgentThatSawANewerTermRaisesAnAlarm() {
        TestAgent agent(m_site->nodeChannel("n1"));
        AgentHello hello = helloOf("n1");
        hello.highestTerm = 77 * controller::kTermsPerStart;
        QVERIFY(agent.join(hello).ok());
        QVERIFY(hasEvent(*m_site, 3, "has seen term 7700000000000, this controller is at "));
    }

    void commandsToNobodyAreUnavailable() {
        StepCommand command;
        command.nodeId = "tst1/n9";
        const Status status = m_site->server->ingest().send(command);
        QCOMPARE(status.code(), absl::StatusCode::kUnavailable);
        QVERIFY(says(status, "tst1/n9 is not connected"));
    }

    void lateAndLostFollowTheControllersClock() {
        FakeClock clock;
        TestSite site(clock);
        const std::string error = site.start();
        QVERIFY2(error.empty(), error.c_str());
        clock.advance(kRestartGraceMs);
        TestAgent agent(site.nodeChannel("n1"));
        QVERIFY(agent.join(helloOf("n1")).ok());
        clock.advance(kAgentLateAfterMs);
        QTRY_VERIFY(site.server->fleet().node("tst1/n1")->facts.link == Link::late);
        clock.advance(kAgentLostAfterMs);
        QTRY_VERIFY(site.server->fleet().node("tst1/n1")->facts.link == Link::lost);
        QVERIFY(says(agent.ended(), "tst1/n1 was silent for 15 s and counts as lost: connect again"));
        QCOMPARE(site.server->ingest().sessionCount(), std::size_t{0});
        TestAgent back(site.nodeChannel("n1"));
        QVERIFY(back.join(helloOf("n1")).ok());
        // An hour wrong: told, and still alive.
        back.send(frameOf(clock.wallMs() - 3'600'000, {{Metric::gpuUtil, {1, 2}}}));
        QTRY_COMPARE(site.server->fleet().describe("tst1/n1")->gpus[1].metrics[0].value, 2);
        QVERIFY(site.server->fleet().node("tst1/n1")->facts.link == Link::connected);
        clock.advance(controller::kClockSkewToldMs);
        back.send(frameOf(clock.wallMs() - 3'600'000, {}));
        QTRY_VERIFY(hasEvent(site, 2, "clock is 3600 s behind"));
        QVERIFY(site.server->fleet().node("tst1/n1")->facts.link == Link::connected);
    }

    void lossAndReturnAreToldInTheirOrder_data() {
        QTest::addColumn<QString>("returns");
        QTest::addColumn<QStringList>("told");
        // n1 is looked at before n2: both are silent, and as the stream of n1 ends one of them is back already.
        QTest::newRow("the one whose stream ends") << QStringLiteral("n1") << QStringList{QStringLiteral("lost n1"), QStringLiteral("connected n1"), QStringLiteral("lost n2")};
        QTest::newRow("the other") << QStringLiteral("n2") << QStringList{QStringLiteral("lost n1"), QStringLiteral("connected n2")};
    }

    void lossAndReturnAreToldInTheirOrder() {
        QFETCH(QString, returns);
        QFETCH(QStringList, told);
        FakeClock clock;
        controller::FleetTable table(clock, {.site = "tst1"});
        controller::AgentIngest ingest(clock, table, "tst1", 1, [](std::uint64_t) { return true; });
        ToldEvents events;
        ingest.setEvents(&events);
        std::vector<std::shared_ptr<StubSession>> sessions;
        const auto dial = [&](const std::string& name) {
            sessions.push_back(std::make_shared<StubSession>());
            const AgentHello hello = helloOf(name, 2, "S-" + name);
            const auto admission = ingest.open({{transport::PeerKind::node, "tst1", name, "", 0}, "here"}, hello, sessions.back());
            if (!admission.ok()) qFatal("%s", admission.status().ToString().c_str());
            ingest.opened(admission->ticket, hello);
        };
        dial("n1");
        dial("n2");
        sessions[0]->onEnd = [&] { dial(returns.toStdString()); };
        events.told.clear();
        clock.advance(kAgentLostAfterMs);
        ingest.tick();
        QCOMPARE(events.told, told);
        QCOMPARE(ingest.sessionCount(), std::size_t{1});
        QVERIFY2(!sessions[2]->ended, "the new stream goes on");
    }

    void aNodeThatDoesNotComeBackIsNotForgotten() {
        {
            TestAgent agent(m_site->nodeChannel("n1"));
            QVERIFY(agent.join(helloOf("n1")).ok());
            TestAgent simulated(m_site->gatewayChannel("sim-"));
            QVERIFY(simulated.join(helloOf("sim-1")).ok());
            QTRY_VERIFY(m_site->server->store().get("/nodes/n1/hello").ok());
        }
        m_site->stop();
        const std::string error = m_site->start();
        QVERIFY2(error.empty(), error.c_str());
        const auto node = m_site->server->fleet().node("tst1/n1");
        QVERIFY(node.has_value());
        QVERIFY(node->facts.link == Link::late);
        QCOMPARE(node->gpus.size(), std::size_t{2});
        QVERIFY(m_site->server->fleet().node("tst1/sim-1")->facts.link == Link::late);
        QVERIFY(m_site->server->fleet().node("tst1/sim-1")->source == Source::simulated);
    }
};

QTEST_GUILESS_MAIN(TstAgentLink)
#include "tst_agent_link.moc"
