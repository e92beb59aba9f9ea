// The Actions service over mutual TLS: rights, refusals, audit, watch.
#include "busbar-controller/ingest/fleet_table.h"
#include "busbar-controller/reconcile/engine.h"
#include "busbar-controller/state/state_store.h"
#include "busbar/v1/actions.grpc.pb.h"
#include "tests/busbar-controller/fleet_kit.h"
#include "tests/busbar-controller/link_kit.h"
#include "wire/codec.h"

#include <QtTest>

using namespace busbar;
using namespace busbar::controller;
using namespace busbar::test;

namespace {

AgentHello controllable(const std::string& name) {
    AgentHello hello = helloOf(name);
    hello.policy = {true, true};
    return hello;
}

/// A site with two nodes whose agents answer nothing, and a user's calls.
struct Site {
    Site() {
        const std::string error = site.start();
        if (!error.empty()) qFatal("%s", error.c_str());
        first = std::make_unique<TestAgent>(site.nodeChannel("n1"));
        second = std::make_unique<TestAgent>(site.nodeChannel("n2"));
        if (!first->join(controllable("n1")).ok() || !second->join(controllable("n2")).ok()) qFatal("no agents");
    }
    std::unique_ptr<v1::Actions::Stub> as(const std::string& user) { return v1::Actions::NewStub(site.userChannel(user)); }

    TestSite site;
    std::unique_ptr<TestAgent> first, second;
};

grpc::Status plan(v1::Actions::Stub& stub, const std::vector<std::string>& ids, v1::PlanReply* reply, DeadlinePolicy policy = DeadlinePolicy::ask, Verb verb = Verb::drain) {
    PlanRequest request;
    request.verb = verb;
    request.details.tenant = verb == Verb::lease ? "acme" : "";
    request.details.profile = verb == Verb::provision ? "quick" : "";
    request.nodeIds = ids;
    request.atDeadline = policy;
    v1::PlanRequest message;
    wire::encode(request, &message);
    grpc::ClientContext context;
    return stub.Plan(&context, message, reply);
}

grpc::Status submit(v1::Actions::Stub& stub, const std::string& planId, v1::ActionReply* reply, const std::string& reason = "XID 79", const std::string& key = "k1") {
    v1::SubmitRequest request;
    request.set_plan_id(planId);
    request.set_reason(reason);
    request.set_idempotency_key(key);
    grpc::ClientContext context;
    return stub.Submit(&context, request, reply);
}

std::vector<AuditRecord> audit(const Site& site) { return site.site.server->store().audit(0, 100).value(); }

} // namespace

class TstActionsService : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void planSubmitGetListCancel() {
        Site site;
        const auto stub = site.as("ann");
        v1::PlanReply planned;
        QVERIFY(plan(*stub, {"tst1/n1"}, &planned).ok());
        QCOMPARE(planned.targets_size(), 1);
        QVERIFY(planned.targets(0).eligible());
        v1::ActionReply action;
        QVERIFY(submit(*stub, planned.id(), &action).ok());
        const std::string id = action.action().id();
        QVERIFY(id.starts_with("tst1/"));
        QCOMPARE(action.action().actor(), std::string("ann"));
        {
            grpc::ClientContext context;
            v1::GetRequest request;
            request.set_action_id(id);
            v1::ActionReply got;
            QVERIFY(stub->Get(&context, request, &got).ok());
            QCOMPARE(got.action().id(), id);
        }
        {
            grpc::ClientContext context;
            v1::ListActionsReply list;
            QVERIFY(stub->List(&context, {}, &list).ok());
            QCOMPARE(list.actions_size(), 1);
        }
        v1::CancelRequest cancel;
        cancel.set_action_id(id);
        cancel.set_keep_closed(true);
        {
            grpc::ClientContext context;
            v1::ActionReply reply;
            QVERIFY(stub->Cancel(&context, cancel, &reply).ok());
            QVERIFY2(reply.action().sentence().find("cancelled by ann") != std::string::npos, reply.action().sentence().c_str());
        }
        grpc::ClientContext again;
        v1::ActionReply reply;
        QCOMPARE(stub->Cancel(&again, cancel, &reply).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
        const auto rows = audit(site);
        QCOMPARE(rows.size(), 3U);
        QVERIFY(rows[0].accepted && rows[1].accepted && !rows[2].accepted);
        QCOMPARE(rows[0].who, std::string("busbar://user/ann"));
        QCOMPARE(rows[0].why, std::string("XID 79"));
        QVERIFY(rows[0].from.find("127.0.0.1") != std::string::npos || rows[0].from.find("[::1]") != std::string::npos);
        QVERIFY(site.site.server->store().verifyAudit().ok());
    }

    void aViewerWhoDrainsIsRefusedAndAudited() {
        Site site;
        const auto stub = site.as("vic");
        v1::PlanReply planned;
        QVERIFY(plan(*stub, {"tst1/n1"}, &planned).ok()); // Looking is a viewer's right.
        v1::ActionReply action;
        const grpc::Status refused = submit(*stub, planned.id(), &action);
        QCOMPARE(refused.error_code(), grpc::StatusCode::PERMISSION_DENIED);
        QVERIFY2(refused.error_message().find("viewer") != std::string::npos, refused.error_message().c_str());
        const auto rows = audit(site);
        QCOMPARE(rows.size(), 1U);
        QVERIFY(!rows[0].accepted);
        QCOMPARE(rows[0].who, std::string("busbar://user/vic"));
        QVERIFY(site.site.server->fleet().node("tst1/n1")->facts.service == Service::open);
    }

    void aRepeatedSubmitNeedsTheRightOfItsVerb_data() {
        QTest::addColumn<int>("verb");
        QTest::addColumn<QString>("who");
        QTest::addColumn<QString>("other");
        QTest::addColumn<QString>("denied");
        const auto row = [](Verb verb, const char* who, const char* other, const char* denied) { QTest::newRow(std::string(toString(verb)).c_str()) << int(verb) << who << other << denied; };
        row(Verb::drain, "ann", "pia", "drain");
        row(Verb::lease, "pia", "ann", "lease");
        row(Verb::provision, "tom", "pia", "provision");
        row(Verb::identify, "tom", "vic", "identify");
    }

    /// busbarctl repeats a submit whose answer it missed, also when the controller with the plan is gone meanwhile.
    void aRepeatedSubmitNeedsTheRightOfItsVerb() {
        QFETCH(int, verb);
        QFETCH(QString, who);
        QFETCH(QString, other);
        QFETCH(QString, denied);
        Site site;
        TestAgent real(site.site.nodeChannel("n3"));
        AgentHello hello = controllable("n3");
        hello.source = Source::live; // A model computes nothing.
        hello.inventory.driver = "580.1";
        QVERIFY(real.join(hello).ok());
        v1::PlanReply planned;
        QVERIFY(plan(*site.as(who.toStdString()), {"tst1/n3"}, &planned, DeadlinePolicy::ask, static_cast<Verb>(verb)).ok());
        v1::ActionReply first, again;
        const grpc::Status made = submit(*site.as(who.toStdString()), planned.id(), &first);
        QVERIFY2(made.ok(), made.error_message().c_str());
        site.site.stop();
        const std::string error = site.site.start();
        QVERIFY2(error.empty(), error.c_str());
        const grpc::Status repeated = submit(*site.as(who.toStdString()), planned.id(), &again);
        QVERIFY2(repeated.ok(), repeated.error_message().c_str());
        QCOMPARE(again.action().id(), first.action().id());
        const grpc::Status refused = submit(*site.as(other.toStdString()), planned.id(), &again);
        QCOMPARE(refused.error_code(), grpc::StatusCode::PERMISSION_DENIED);
        QVERIFY2(QString::fromStdString(refused.error_message()).contains(denied), refused.error_message().c_str());
        const grpc::Status unknown = submit(*site.as(who.toStdString()), planned.id(), &again, "XID 79", "k2");
        QCOMPARE(unknown.error_code(), grpc::StatusCode::NOT_FOUND);
        QVERIFY2(unknown.error_message().find("plan again") != std::string::npos, unknown.error_message().c_str());
        QVERIFY(!audit(site).back().accepted);
    }

    void onlyAPlannerExtendsALease() {
        Site site;
        v1::ExtendLeaseRequest request;
        request.set_lease_id("L-1");
        request.set_by_ms(3'600'000);
        v1::ExtendLeaseReply reply;
        grpc::ClientContext viewers;
        QCOMPARE(site.as("vic")->ExtendLease(&viewers, request, &reply).error_code(), grpc::StatusCode::PERMISSION_DENIED);
        const auto rows = audit(site);
        QVERIFY(std::none_of(rows.begin(), rows.end(), [](const AuditRecord& row) { return row.accepted; }));
    }

    void forceIsTheAdmins() {
        Site site;
        const auto stub = site.as("ann");
        v1::PlanReply planned;
        QVERIFY(plan(*stub, {"tst1/n1"}, &planned, DeadlinePolicy::force).ok());
        v1::ActionReply action;
        const grpc::Status refused = submit(*stub, planned.id(), &action);
        QCOMPARE(refused.error_code(), grpc::StatusCode::PERMISSION_DENIED);
        QVERIFY2(refused.error_message().find("admin") != std::string::npos, refused.error_message().c_str());
    }

    void anOverrideIsTheAdminsAndInTheAudit() {
        Site site;
        const auto asked = [&](const char* user, v1::PlanReply* reply) {
            PlanRequest request;
            request.verb = Verb::giveBack;
            request.nodeIds = {"tst1/n1"};
            request.overrideFailed = true;
            v1::PlanRequest message;
            wire::encode(request, &message);
            grpc::ClientContext context;
            return site.as(user)->Plan(&context, message, reply);
        };
        v1::PlanReply planned;
        QVERIFY(asked("ann", &planned).ok());
        QVERIFY(planned.request().override_failed());
        v1::ActionReply action;
        const grpc::Status refused = submit(*site.as("ann"), planned.id(), &action);
        QCOMPARE(refused.error_code(), grpc::StatusCode::PERMISSION_DENIED);
        QVERIFY2(refused.error_message().find("override") != std::string::npos, refused.error_message().c_str());
        QCOMPARE(submit(*site.as("adm"), planned.id(), &action).error_code(), grpc::StatusCode::FAILED_PRECONDITION); // It is open: there is nothing to do.
        QVERIFY2(audit(site).back().what.starts_with("submit return over failed checks of plan "), audit(site).back().what.c_str());
    }

    void aDecisionAtADeadlineIsBounded_data() {
        QTest::addColumn<QString>("user");
        QTest::addColumn<QString>("call");
        QTest::addColumn<qlonglong>("moreMs");
        QTest::addColumn<int>("atDeadline");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("words");
        const auto row = [](const char* name, const char* user, const char* call, qlonglong moreMs, int atDeadline, grpc::StatusCode code, const char* words) { QTest::newRow(name) << QString::fromUtf8(user) << QString::fromUtf8(call) << moreMs << atDeadline << int(code) << QString::fromUtf8(words); };
        using enum grpc::StatusCode;
        row("force by an operator", "ann", "resume", 0, 3, PERMISSION_DENIED, "force needs admin");
        row("more time by a viewer", "vic", "resume", 1'000, 0, PERMISSION_DENIED, "resume needs operator");
        row("more time by an operator", "ann", "resume", 1'000, 0, FAILED_PRECONDITION, "asks for no decision at a deadline");
        row("wait by an operator", "ann", "resume", 0, 1, FAILED_PRECONDITION, "asks for no decision at a deadline");
        row("force by an admin", "adm", "resume", 0, 3, FAILED_PRECONDITION, "asks for no decision at a deadline");
        row("ask", "ann", "resume", 0, 2, INVALID_ARGUMENT, "wait or force, nothing else");
        row("a policy that is none", "ann", "resume", 0, 9, INVALID_ARGUMENT, "wait or force, nothing else");
        row("both", "ann", "resume", 1'000, 1, INVALID_ARGUMENT, "decide for one of them");
        row("less time", "ann", "resume", -1, 0, INVALID_ARGUMENT, "-1 ms more are not between");
        row("31 days", "ann", "resume", qlonglong{31} * 86'400'000, 0, INVALID_ARGUMENT, "and 30 days");
        row("with a pause", "ann", "pause", 1'000, 0, INVALID_ARGUMENT, "only a resume decides");
        row("with an approval", "ann", "approve", 0, 1, INVALID_ARGUMENT, "only a resume decides");
    }
    void aDecisionAtADeadlineIsBounded() {
        QFETCH(QString, user);
        QFETCH(QString, call);
        QFETCH(qlonglong, moreMs);
        QFETCH(int, atDeadline);
        QFETCH(int, code);
        QFETCH(QString, words);
        Site site;
        v1::PlanReply planned;
        QVERIFY(plan(*site.as("ann"), {"tst1/n1"}, &planned).ok());
        v1::ActionReply action;
        QVERIFY(submit(*site.as("ann"), planned.id(), &action).ok());
        v1::DecideRequest request;
        request.set_action_id(action.action().id());
        request.set_more_ms(moreMs);
        request.set_at_deadline(static_cast<std::uint32_t>(atDeadline));
        const auto stub = site.as(user.toStdString());
        grpc::ClientContext context;
        v1::ActionReply reply;
        const grpc::Status told = call == QStringLiteral("pause") ? stub->Pause(&context, request, &reply) : call == QStringLiteral("approve") ? stub->Approve(&context, request, &reply) : stub->Resume(&context, request, &reply);
        QCOMPARE(int(told.error_code()), code);
        QVERIFY2(QString::fromStdString(told.error_message()).contains(words), told.error_message().c_str());
        if (code != int(grpc::StatusCode::FAILED_PRECONDITION)) return;
        const std::string what = audit(site).back().what; // What was to be decided is told, not only that something was.
        QVERIFY2(what.ends_with(moreMs > 0 ? ", 1 s more" : atDeadline == 1 ? ", at the deadline wait" : ", at the deadline force"), what.c_str());
    }

    void refusalsAreSentences_data() {
        QTest::addColumn<QStringList>("ids");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("words");
        QTest::newRow("unknown ids") << QStringList{QStringLiteral("tst1/n1"), QStringLiteral("tst1/zz"), QStringLiteral("tst1/yy")} << int(grpc::StatusCode::NOT_FOUND) << QStringLiteral("2 of 3 nodes are not known here: tst1/zz, tst1/yy");
        QTest::newRow("other site") << QStringList{QStringLiteral("abc1/n1")} << int(grpc::StatusCode::INVALID_ARGUMENT) << QStringLiteral("not of site tst1");
        QTest::newRow("no site") << QStringList{QStringLiteral("n1")} << int(grpc::StatusCode::INVALID_ARGUMENT) << QStringLiteral("site/name");
        QTest::newRow("nothing") << QStringList{} << int(grpc::StatusCode::INVALID_ARGUMENT) << QStringLiteral("neither node ids nor a filter");
    }
    void refusalsAreSentences() {
        QFETCH(QStringList, ids);
        QFETCH(int, code);
        QFETCH(QString, words);
        Site site;
        std::vector<std::string> list;
        for (const QString& id : ids) list.push_back(id.toStdString());
        v1::PlanReply planned;
        const grpc::Status refused = plan(*site.as("ann"), list, &planned);
        QCOMPARE(int(refused.error_code()), code);
        QVERIFY2(QString::fromStdString(refused.error_message()).contains(words), refused.error_message().c_str());
    }

    void watchSendsWhatIsThereThenChanges() {
        Site site;
        const auto stub = site.as("ann");
        v1::PlanReply planned;
        QVERIFY(plan(*stub, {"tst1/n1"}, &planned).ok());
        v1::ActionReply first;
        QVERIFY(submit(*stub, planned.id(), &first).ok());
        const auto known = [&] { return !site.site.server->engine().actions(0, false).empty(); };
        QVERIFY(known());
        grpc::ClientContext context;
        auto stream = site.as("vic")->Watch(&context, {});
        v1::ActionUpdate update;
        QVERIFY(stream->Read(&update));
        QCOMPARE(update.action().id(), first.action().id());
        while (!update.synced()) QVERIFY(stream->Read(&update));
        v1::PlanReply more;
        QVERIFY(plan(*stub, {"tst1/n2"}, &more).ok());
        v1::ActionReply second;
        QVERIFY(submit(*stub, more.id(), &second, "more", "k2").ok());
        bool seen = false;
        while (!seen && stream->Read(&update)) seen = update.action().id() == second.action().id();
        QVERIFY(seen);
        context.TryCancel();
        stream->Finish();
    }
};

QTEST_GUILESS_MAIN(TstActionsService)
#include "tst_actions_service.moc"
