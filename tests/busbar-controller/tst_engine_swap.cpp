// A lease's failing node is swapped for an equal free one, and a tenant's report of a faulty node on release (lifecycle.md §4): the plan's choice and
// refusals, both roads to their end, what fails on the way, and who has which GPU meanwhile.
#include "busbar-controller/state/action_records.h"
#include "domain/lifecycle.h"
#include "engine_words.h"

#include <QtTest/QTest>

#include <algorithm>
#include <future>

using namespace busbar;
using namespace busbar::controller;

namespace {

const std::string kBad = "pdx1/n1", kOther = "pdx1/n2", kSpare = "pdx1/n3", kFar = "pdx1/n4";

/// A site with a lease of n1 and n2, whose settings are not the baseline's, and two free equal nodes.
class Site : public EngineWorld {
public:
    explicit Site(std::int64_t lastsMs = 0, bool mig = false) {
        for (const std::string& id : {kBad, kOther, kSpare, kFar}) addNode(id);
        start();
        PlanRequest request = requestOf(Verb::lease, {kBad, kOther});
        request.details.tenant = "acme";
        request.details.settings.powerLimitWatts = 450;
        if (mig) request.details.settings.mig = true;
        if (lastsMs > 0) request.details.untilWallMs = clock.wallMs() + lastsMs;
        const std::string id = run(request);
        if (!untilState(id, ActionState::succeeded)) QTest::qFail("the site's lease did not come about", __FILE__, __LINE__);
        lease = action(id)->details.leaseId;
        fleet.takeEvents();
    }
    std::string run(const PlanRequest& request) { return controller::run(*this, request, "GPU 3 fell off the bus"); }
    std::string swap(const std::string& with = {}) {
        PlanRequest request = requestOf(Verb::swap, {kBad});
        request.details.replacement = with;
        return run(request);
    }
    NodeStatus node(const std::string& id) const { return *fleet.node(id); }
    std::string leaseOn(const std::string& id) const { return node(id).gpuLeases.front(); }
    /// What the store has of the node's lease.
    LeaseRecord record(const std::string& id) {
        const auto entry = store->get(leaseKey(ulidOf(id)));
        const auto decoded = entry.ok() ? decodeLease(*entry) : StatusOr<LeaseRecord>(entry.status());
        return decoded.ok() ? *decoded : LeaseRecord{};
    }
    /// How many commands the agents have executed in all.
    int executed() {
        int count = 0;
        for (const std::string& id : agents.ids())
            for (const auto& [kind, times] : agents.at(id).executedKinds) count += times;
        return count;
    }
    bool told(const std::string& words) const {
        const auto events = fleet.events();
        return std::any_of(events.begin(), events.end(), [&](const FleetEvent& event) { return event.text.find(words) != std::string::npos; });
    }

    std::string lease;
};

const Evidence* evidence(const TargetRecord& target, StepKind kind, const std::string& fact) {
    for (const StepRecord& step : target.steps)
        for (const Evidence& item : step.evidence)
            if (step.kind == kind && item.fact == fact) return &item;
    return nullptr;
}

using Edit = void (*)(Site&);

} // namespace

Q_DECLARE_METATYPE(Edit)

class EngineSwapTest : public QObject {
    Q_OBJECT

    /// The swap of n1 by n3 has come to its good end.
    void verifySwapped(Site& site, const std::string& spare = kSpare) {
        QCOMPARE(site.leaseOn(spare), site.lease);
        SAME(site.node(spare).facts.occupancy, Occupancy::leased);
        SAME(site.node(spare).facts.service, Service::open);
        QCOMPARE(site.node(spare).gpuTenants.front(), std::string("acme"));
        QCOMPARE(site.agents.at(spare).tenant, std::string("acme"));
        QCOMPARE(site.agents.at(spare).settings.powerLimitWatts, std::optional<std::int64_t>(450));
        QVERIFY(site.record(spare).lease.id == site.record(kOther).lease.id && site.record(spare).lease.fromWallMs == site.record(kOther).lease.fromWallMs &&
                site.record(spare).lease.untilWallMs == site.record(kOther).lease.untilWallMs);
        QCOMPARE(site.leaseOn(kBad), std::string());
        SAME(site.node(kBad).facts.occupancy, Occupancy::free);
        SAME(site.node(kBad).facts.service, Service::drained);
        SAME(site.node(kBad).facts.state, NodeState::triage);
        QVERIFY(site.agents.at(kBad).tenant.empty() && !site.agents.at(kBad).settings.any() && site.agents.at(kBad).closed);
    }
    void verifyLeaseAsItWas(Site& site) {
        for (const std::string& id : {kBad, kOther}) {
            QCOMPARE(site.leaseOn(id), site.lease);
            SAME(site.node(id).facts.occupancy, Occupancy::leased);
            SAME(site.node(id).facts.service, Service::open);
            SAME(site.node(id).facts.state, NodeState::ready);
            QCOMPARE(site.agents.at(id).executedKinds[StepKind::close], 0);
        }
    }

private Q_SLOTS:
    void planTellsBothNodes() {
        Site site;
        const Plan plan = site.plan(requestOf(Verb::swap, {kBad}));
        QCOMPARE(plan.targets.size(), std::size_t(2));
        QCOMPARE(plan.targets[kComes].nodeId, kSpare);
        QCOMPARE(plan.targets[kLeaves].nodeId, kBad);
        QVERIFY(plan.targets[kComes].steps == stepsOf(Verb::lease));
        QVERIFY(std::find(plan.targets[kLeaves].steps.begin(), plan.targets[kLeaves].steps.end(), StepKind::reopen) == plan.targets[kLeaves].steps.end());
        SAYS(plan.targets[kComes].sentence, fmt::format("comes into lease {} of acme with 2 x H100 (simulated): precheck, scrub, configure (power limit 450 W), open for acme, canary on 2 GPUs; chosen of 2 equal and free", site.lease));
        SAYS(plan.targets[kLeaves].sentence, fmt::format("leaves lease {} of acme with 2 x H100 (simulated) when {} is open: close", site.lease, kSpare));
        SAYS(plan.targets[kLeaves].sentence, "triage: it stays closed");
        QVERIFY(plan.blast.nodes == 2 && plan.blast.gpus == 4 && plan.blast.leases == 1);
        QVERIFY((plan.blast.tenants == std::vector<Share>{{"acme", 2, 4}}));
        QVERIFY((plan.blast.freeByModel == std::vector<Share>{{"H100", 2, 4}}));
        QVERIFY((plan.blast.failureDomains == std::vector<Share>{{"rack r1", 1, 4}})); // Only who leaves is taken from it.
        QVERIFY(!plan.blast.reversible && !plan.needsApproval);
    }

    void theNearestIsChosen_data() {
        QTest::addColumn<Edit>("edit");
        QTest::addColumn<QString>("chosen");
        QTest::addColumn<QString>("says");
        const auto row = [](const char* name, Edit edit, const std::string& chosen, const char* says) { QTest::newRow(name) << edit << QString::fromStdString(chosen) << QString::fromUtf8(says); };
        row("first by name", [](Site& site) { for (const std::string& id : {kSpare, kFar}) site.fleet.change(id, [](NodeStatus& node) { node.place = {}; }); }, kSpare, "none of the lease's other nodes");
        row("leaf", [](Site& site) { for (const std::string& id : {kOther, kFar}) site.fleet.change(id, [](NodeStatus& node) { node.place.leaf = "lf1"; }); }, kFar, "1 of the lease's 1 other node is on its leaf");
        row("leaf before rail group", [](Site& site) {
            site.fleet.change(kOther, [](NodeStatus& node) { node.place.leaf = "lf1"; node.place.rail = "ra1"; });
            site.fleet.change(kSpare, [](NodeStatus& node) { node.place.rail = "ra1"; });
            site.fleet.change(kFar, [](NodeStatus& node) { node.place.leaf = "lf1"; });
        }, kFar, "on its leaf");
        row("rail group before rack", [](Site& site) {
            site.fleet.change(kOther, [](NodeStatus& node) { node.place.rail = "ra1"; });
            site.fleet.change(kFar, [](NodeStatus& node) { node.place.rail = "ra1"; node.place.rack = "r9"; });
        }, kFar, "in its rail group");
        row("rack", [](Site& site) { site.fleet.change(kSpare, [](NodeStatus& node) { node.place.rack = "r9"; }); }, kFar, "in its rack");
        row("healthy", [](Site& site) { site.fleet.change(kSpare, [](NodeStatus& node) { node.facts.health = Health::watch; }); }, kFar, "chosen of 1 equal and free");
        row("connected", [](Site& site) { site.fleet.change(kSpare, [](NodeStatus& node) { node.facts.link = Link::late; }); }, kFar, "chosen of 1 equal and free");
    }
    void theNearestIsChosen() {
        QFETCH(Edit, edit);
        QFETCH(QString, chosen);
        QFETCH(QString, says);
        Site site;
        edit(site);
        const Plan plan = site.plan(requestOf(Verb::swap, {kBad}));
        QCOMPARE(QString::fromStdString(plan.targets.front().nodeId), chosen);
        SAYS(plan.targets.front().sentence, says.toStdString());
    }

    void whatCannotBeSwappedSaysWhy_data() {
        QTest::addColumn<QString>("node");
        QTest::addColumn<QString>("with");
        QTest::addColumn<Edit>("edit");
        QTest::addColumn<QString>("says");
        const auto row = [](const char* name, const std::string& node, const std::string& with, Edit edit, const char* says) {
            QTest::newRow(name) << QString::fromStdString(node) << QString::fromStdString(with) << edit << QString::fromUtf8(says);
        };
        const Edit nothing = [](Site&) {};
        row("in no lease", kFar, "", nothing, "refused: it is free, in no lease: drain it instead");
        row("none is equal", kBad, "", [](Site& site) { for (const std::string& id : {kOther, kSpare, kFar}) site.fleet.change(id, [](NodeStatus& node) { node.gpus.pop_back(); }); }, "1 node is short: no other node of the site has 2 x H100 (simulated)");
        row("none is free", kBad, "", [](Site& site) {
            site.fleet.change(kSpare, [](NodeStatus& node) { node.facts.service = Service::drained; });
            site.fleet.change(kFar, [](NodeStatus& node) { node.facts.health = Health::watch; });
        }, "1 node is short: none of the 3 other nodes with 2 x H100 (simulated) is free (1 drained, 1 leased, 1 watch)");
        row("another source is not equal", kBad, "", [](Site& site) { for (const std::string& id : {kSpare, kFar}) site.fleet.change(id, [](NodeStatus& node) { node.source = Source::live; }); }, "none of the 1 other nodes");
        row("named is unequal", kBad, kFar, [](Site& site) { site.fleet.change(kFar, [](NodeStatus& node) { node.gpus.front().model = "H200"; }); }, "refused: it is not equal, it has 1 x H100, 1 x H200 (simulated) and 2 x H100 (simulated) leave");
        row("named is leased", kBad, kOther, nothing, "refused: it is leased");
        row("lease is ending", kBad, "", [](Site& site) { site.fleet.change(kBad, [](NodeStatus& node) { node.facts.occupancy = Occupancy::expiring; }); }, "refused: its lease is ending, it is expiring");
        row("lease is ending, behind its release", kBad, "", [](Site& site) {
            site.agents.with(kBad, [](FakeNode& node) { node.holders = 1; });
            site.run(requestOf(Verb::release, {kBad}));
        }, "refused: its lease is ending, it is expiring");
        row("lease of a recording", kBad, "", [](Site& site) { site.fleet.change(kBad, [](NodeStatus& node) { node.source = Source::replayed; }); }, "refused: its leases are those of a recording");
        row("lease that is not in the books", kFar, "", [](Site& site) { site.fleet.setOccupancy(kFar, Occupancy::leased, LeaseInfo{1, "L9", "bob", 0, 0}, "", ""); }, "refused: the books have no lease of pdx1/n4; what it shows is lease L9 of bob");
    }
    void whatCannotBeSwappedSaysWhy() {
        QFETCH(QString, node);
        QFETCH(QString, with);
        QFETCH(Edit, edit);
        QFETCH(QString, says);
        Site site;
        edit(site);
        PlanRequest request = requestOf(Verb::swap, {node.toStdString()});
        request.details.replacement = with.toStdString();
        request.queue = true;
        const Plan plan = site.plan(request);
        SAYS(plan.targets.front().sentence, says.toStdString());
        QVERIFY(std::none_of(plan.targets.begin(), plan.targets.end(), [](const PlanTarget& target) { return target.eligible; }));
        const auto made = site.submit(plan);
        QVERIFY(!made.ok());
        SAYS(made.status().message(), "the plan has nothing to do");
    }
    void whatMakesNoSenseIsRefusedAtOnce() {
        Site site;
        const auto says = [&](PlanRequest request, const std::string& with) {
            request.details.replacement = with;
            return std::string(site.engine->plan(request).status().message());
        };
        SAYS(says(requestOf(Verb::swap, {kBad, kOther}), ""), "a swap is for one node of a lease");
        SAYS(says(requestOf(Verb::swap, {kBad}), "pdx1/nobody"), "pdx1/nobody is not known here");
        SAYS(says(requestOf(Verb::swap, {kBad}), "lga1/n1"), "lga1/n1 is not of site pdx1");
        SAYS(says(requestOf(Verb::swap, {kBad}), kBad), "cannot come in its own place");
    }

    void swapped() {
        Site site;
        const std::string id = site.swap();
        QCOMPARE(site.leaseOn(kSpare), site.lease); // Promised with the submit, and nobody else can have it.
        const Occupancy promised = site.node(kSpare).facts.occupancy;
        QVERIFY(promised == Occupancy::reserved || promised == Occupancy::preparing);
        SAME(site.node(kBad).facts.occupancy, Occupancy::leased);
        QVERIFY(site.untilState(id, ActionState::succeeded));
        verifySwapped(site);
        const ActionPtr done = site.action(id);
        const auto lineOf = [&](const std::string& node, const std::string& text) {
            const auto line = std::find_if(done->log.begin(), done->log.end(), [&](const LogLine& item) { return item.nodeId == node && item.text.starts_with(text); });
            return line - done->log.begin();
        };
        QVERIFY(lineOf(kSpare, "succeeded: leased to acme in place of pdx1/n1") < lineOf(kBad, "close: began")); // Only when it is open.
        QVERIFY(lineOf(kBad, "close: began") < static_cast<std::ptrdiff_t>(done->log.size()));
        QCOMPARE(evidence(done->targets[kComes], StepKind::canary, "lease")->after, site.lease);
        QCOMPARE(evidence(done->targets[kLeaves], StepKind::close, "lease")->before, site.lease);
        QVERIFY(evidence(done->targets[kLeaves], StepKind::verify, "processes") != nullptr);
        SAYS(done->targets[kLeaves].sentence, "in triage: scrubbed, its settings as before; the node stays drained");
        QVERIFY(site.told("pdx1/n1 goes to triage: swapped out of lease " + site.lease + ": GPU 3 fell off the bus"));
        QVERIFY(!site.engine->planUndo(id).ok());
        // The lease is n2 and n3 now; its release ends them, in use.
        PlanRequest end = requestOf(Verb::release, {});
        end.details.leaseId = site.lease;
        const Plan plan = site.plan(end);
        QCOMPARE(plan.targets.size(), std::size_t(2));
        QVERIFY(plan.targets[0].nodeId == kOther && plan.targets[1].nodeId == kSpare);
        QVERIFY(site.untilState((*site.submit(plan))->id, ActionState::succeeded));
        SAME(site.node(kSpare).facts.service, Service::open);
    }
    void migComesWithTheLease() {
        Site site(0, true);
        const Plan plan = site.plan(requestOf(Verb::swap, {kBad}));
        QVERIFY(plan.targets[kComes].steps.back() == StepKind::mig && plan.targets[kLeaves].steps.back() != StepKind::mig);
        const std::string id = site.swap();
        QVERIFY(site.untilState(id, ActionState::succeeded));
        verifySwapped(site);
        QCOMPARE(evidence(site.action(id)->targets[kComes], StepKind::mig, "lease")->after, site.lease); // It is in the lease once MIG is on.
        QVERIFY(site.agents.at(kSpare).mig && site.agents.at(kOther).mig && !site.agents.at(kBad).mig);
    }
    void triageHasNoShortCut() {
        Site site;
        QVERIFY(site.untilState(site.swap(), ActionState::succeeded));
        SAYS(site.plan(requestOf(Verb::giveBack, {kBad})).targets.front().sentence, "refused: it is in triage and stays closed until it is repaired");
        PlanRequest lease = requestOf(Verb::lease, {kBad});
        lease.details.tenant = "bob";
        SAYS(site.plan(lease).targets.front().sentence, "refused: it is triage, only ready nodes are leased");
        PlanRequest proof = requestOf(Verb::provision, {kBad});
        proof.details.profile = "quick";
        site.agents.with(kBad, [](FakeNode& node) { node.failures[StepKind::burnIn] = 1; });
        QVERIFY(site.untilState(site.run(proof), ActionState::failed)); // Out of triage, and not proven.
        SAME(site.node(kBad).facts.state, NodeState::burnInFailed);
        SAYS(site.plan(requestOf(Verb::giveBack, {kBad})).targets.front().sentence, "refused: it is burn-in failed");
        QVERIFY(site.untilState(site.run(proof), ActionState::succeeded));
        SAME(site.node(kBad).facts.state, NodeState::ready);
        SAME(site.node(kBad).facts.service, Service::drained);
        QVERIFY(site.untilState(site.run(requestOf(Verb::giveBack, {kBad})), ActionState::succeeded));
        SAME(site.node(kBad).facts.service, Service::open);
    }
    void namedIsTaken() {
        Site site;
        site.fleet.change(kFar, [](NodeStatus& node) { node.facts.health = Health::watch; }); // Whoever names it has looked.
        QVERIFY(site.untilState(site.swap(kFar), ActionState::succeeded));
        verifySwapped(site, kFar);
    }
    void extensionReachesWhoComes() {
        Site site(86'400'000);
        const std::string id = site.swap();
        std::promise<bool> extended;
        site.engine->extendLease({site.lease, "more", "ann", 3'600'000, {}}, [&](const StatusOr<LeaseExtension>& reply) { extended.set_value(reply.ok()); });
        QVERIFY(extended.get_future().get());
        QVERIFY(site.untilState(id, ActionState::succeeded));
        verifySwapped(site);
    }

    void whoDoesNotComeLeavesTheLeaseAsItWas_data() {
        QTest::addColumn<Edit>("edit");
        QTest::addColumn<int>("ends");
        QTest::addColumn<int>("occupancy");
        const auto row = [](const char* name, Edit edit, ActionState ends, Occupancy occupancy) { QTest::newRow(name) << edit << int(ends) << int(occupancy); };
        row("canary", [](Site& site) { site.agents.with(kSpare, [](FakeNode& node) { node.failures[StepKind::canary] = 1; }); }, ActionState::failed, Occupancy::free);
        row("open", [](Site& site) { site.agents.with(kSpare, [](FakeNode& node) { node.failures[StepKind::openLease] = 1; }); }, ActionState::failed, Occupancy::free);
        row("memory", [](Site& site) { site.agents.with(kSpare, [](FakeNode& node) { node.badMemory = true; }); }, ActionState::failed, Occupancy::scrubFailed);
        row("no evidence", [](Site& site) { site.agents.with(kSpare, [](FakeNode& node) { node.noEvidence = true; }); }, ActionState::unknown, Occupancy::free);
        row("access stays", [](Site& site) { site.agents.with(kSpare, [](FakeNode& node) { node.failures[StepKind::canary] = 1; node.failures[StepKind::releaseLease] = 1; }); }, ActionState::failed, Occupancy::expiring);
    }
    void whoDoesNotComeLeavesTheLeaseAsItWas() {
        QFETCH(Edit, edit);
        QFETCH(int, ends);
        QFETCH(int, occupancy);
        Site site;
        edit(site);
        const std::string id = site.swap();
        QVERIFY(site.untilState(id, static_cast<ActionState>(ends), 500));
        verifyLeaseAsItWas(site);
        SAME(site.node(kSpare).facts.occupancy, static_cast<Occupancy>(occupancy));
        QVERIFY(site.leaseOn(kSpare).empty() || static_cast<Occupancy>(occupancy) == Occupancy::expiring);
        SAME(site.target(id, kLeaves).state, TargetState::skipped);
        SAYS(site.target(id, kLeaves).sentence, "stays in lease " + site.lease + ": pdx1/n3 did not come in its place");
        QVERIFY(site.submit(site.plan(requestOf(Verb::drain, {kBad}))).ok()); // It is nobody's any more.
    }

    void lostNodeLeavesWhenItIsBack() {
        Site site;
        site.agents.disconnect(*site.engine, kBad);
        site.fleet.change(kBad, [](NodeStatus& node) { node.facts.link = Link::lost; });
        const Plan plan = site.plan(requestOf(Verb::swap, {kBad}));
        SAYS(plan.targets[kLeaves].sentence, "the node closes at once in the controller, its steps wait for the agent");
        const std::string id = (*site.submit(plan))->id;
        QVERIFY(site.until([&] { return site.target(id, kComes).state == TargetState::succeeded && site.target(id, kLeaves).state == TargetState::running; }));
        QCOMPARE(site.leaseOn(kSpare), site.lease); // The tenant has its node and does not wait for the lost one.
        QCOMPARE(site.leaseOn(kBad), std::string());
        SAME(site.node(kBad).facts.service, Service::closing);
        QVERIFY(site.untilState(id, ActionState::unknown, 5'000));
        SAME(site.node(kBad).facts.service, Service::drainFailed);
        SAME(site.node(kBad).facts.occupancy, Occupancy::expiring);
        site.stop();
        site.start(false);
        for (const std::string& other : {kOther, kSpare, kFar}) site.agents.connect(*site.engine, other);
        QCOMPARE(site.leaseOn(kBad), std::string());
        site.agents.connect(*site.engine, kBad);
        QVERIFY(site.untilState(id, ActionState::succeeded));
        verifySwapped(site);
    }
    void lostNodeThatSomebodyElseTakesIsInTriage() {
        Site site;
        site.agents.disconnect(*site.engine, kBad);
        const std::string id = site.swap();
        QVERIFY(site.untilState(id, ActionState::unknown, 5'000));
        site.agents.with(kBad, [](FakeNode& node) { node.queue.clear(); });
        const std::string release = site.run(requestOf(Verb::release, {kBad}));
        SAME(site.node(kBad).facts.state, NodeState::triage);
        site.agents.connect(*site.engine, kBad);
        QVERIFY(site.until([&] { return isFinal(site.action(release)->state); }));
        SAME(site.node(kBad).facts.occupancy, Occupancy::free);
        SAME(site.node(kBad).facts.service, Service::drained);
    }
    void lostReplacementIsWaitedFor() {
        Site site;
        PlanRequest request = requestOf(Verb::swap, {kBad});
        request.details.replacement = kSpare;
        const std::string id = site.run(request);
        site.agents.disconnect(*site.engine, kSpare);
        QVERIFY(site.until([&] { return site.target(id, kComes).state == TargetState::unknown; }, 5'000));
        SAME(site.target(id, kLeaves).state, TargetState::waiting);
        verifyLeaseAsItWas(site);
        site.agents.connect(*site.engine, kSpare);
        QVERIFY(site.untilState(id, ActionState::succeeded));
        verifySwapped(site);
    }

    void restartAnywhere_data() {
        QTest::addColumn<int>("commands");
        for (int commands = 0; commands <= 10; ++commands) QTest::addRow("after %d commands", commands) << commands;
    }
    void restartAnywhere() {
        QFETCH(int, commands);
        Site site;
        const std::string id = site.swap();
        const int before = site.executed();
        QVERIFY(site.until([&] { return site.executed() - before >= commands; }));
        site.stop();
        for (const std::string& node : {kBad, kOther, kSpare, kFar}) site.fleet.setOccupancy(node, Occupancy::unknown, std::nullopt, "", ""); // All is read from the store.
        site.fleet.setOccupancy(kBad, Occupancy::free, std::nullopt, "", "");
        site.start();
        QVERIFY(site.untilState(id, ActionState::succeeded));
        verifySwapped(site);
        for (const StepKind kind : {StepKind::precheck, StepKind::openLease, StepKind::canary}) QCOMPARE(site.agents.at(kSpare).executedKinds[kind], 1);
        for (const StepKind kind : {StepKind::close, StepKind::releaseLease, StepKind::verify}) QCOMPARE(site.agents.at(kBad).executedKinds[kind], 1);
    }

    void sameGpuIsNotPromisedTwice() {
        Site site;
        PlanRequest lease = requestOf(Verb::lease, {kSpare});
        lease.details.tenant = "bob";
        const Plan other = site.plan(lease), swap = site.plan(requestOf(Verb::swap, {kBad}));
        QVERIFY(site.submit(other).ok());
        const auto refused = site.submit(swap);
        QVERIFY(!refused.ok());
        SAYS(refused.status().message(), "no longer holds");
        verifyLeaseAsItWas(site);
    }

    void leaseThatEndsMeanwhileIsNotGoneOnWith() {
        Site site(60'000);
        const std::string id = site.swap();
        site.clock.advance(61'000);
        QVERIFY(site.untilState(id, ActionState::failed));
        SAYS(site.target(id, kComes).sentence, "its lease ended before it was ready; what it had granted was taken back");
        SAME(site.node(kSpare).facts.occupancy, Occupancy::free);
        QVERIFY(site.agents.at(kSpare).tenant.empty());
        SAME(site.node(kBad).facts.occupancy, Occupancy::expiring);
        QCOMPARE(site.leaseOn(kBad), site.lease);
    }

    void cancelled_data() {
        QTest::addColumn<bool>("late");
        QTest::newRow("while the other is prepared") << false;
        QTest::newRow("while the tenant is still on it") << true;
    }
    void cancelled() {
        QFETCH(bool, late);
        Site site;
        site.agents.with(kBad, [](FakeNode& node) { node.holders = 1; });
        const std::string id = site.swap();
        if (late) QVERIFY(site.until([&] { return site.target(id, kLeaves).blockerCount == 1; }));
        QVERIFY(site.cancel(id).ok());
        QVERIFY(site.untilState(id, ActionState::cancelled));
        if (!late) {
            verifyLeaseAsItWas(site);
            SAME(site.node(kSpare).facts.occupancy, Occupancy::free);
            return;
        }
        QCOMPARE(site.leaseOn(kSpare), site.lease);
        QCOMPARE(site.leaseOn(kBad), std::string()); // It does not go back to the tenant, who has the other one.
        SAME(site.node(kBad).facts.service, Service::closed);
        SAME(site.node(kBad).facts.state, NodeState::triage);
        SAME(site.node(kBad).facts.occupancy, Occupancy::expiring);
        site.agents.with(kBad, [](FakeNode& node) { node.holders = 0; });
        QVERIFY(site.untilState(site.run(requestOf(Verb::release, {kBad})), ActionState::succeeded));
        verifySwapped(site);
    }

    void cancelledWhenTheOtherIsOpenTheFailingNodeLeaves_data() {
        QTest::addColumn<bool>("lost");
        QTest::newRow("connected") << false;
        QTest::newRow("lost") << true;
    }
    void cancelledWhenTheOtherIsOpenTheFailingNodeLeaves() {
        QFETCH(bool, lost);
        Site site;
        const std::string id = site.swap();
        std::promise<bool> paused;
        site.engine->pause({id, "a look first", "bob", {}}, [&](const StatusOr<ActionPtr>& reply) { paused.set_value(reply.ok()); });
        QVERIFY(paused.get_future().get());
        QVERIFY(site.until([&] { return site.target(id, kComes).state == TargetState::succeeded; }));
        SAME(site.target(id, kLeaves).state, TargetState::waiting);
        if (lost) site.agents.disconnect(*site.engine, kBad);
        const auto reply = site.cancel(id);
        QVERIFY(reply.ok());
        SAYS((*reply)->sentence, "pdx1/n1 is closed and leaves its lease, the other node is open in its place");
        QVERIFY(site.untilState(id, ActionState::cancelled)); // Not a lease of three nodes.
        QCOMPARE(site.leaseOn(kSpare), site.lease);
        QCOMPARE(site.leaseOn(kBad), std::string());
        SAME(site.node(kBad).facts.service, Service::closed);
        SAME(site.node(kBad).facts.state, NodeState::triage);
        if (lost) site.agents.connect(*site.engine, kBad);
        QVERIFY(site.untilState(site.run(requestOf(Verb::release, {kBad})), ActionState::succeeded));
        verifySwapped(site);
    }

    void queuedBehindADrain_data() {
        QTest::addColumn<bool>("released");
        QTest::newRow("that ends") << false;
        QTest::newRow("after which it is in no lease") << true;
    }
    void queuedBehindADrain() {
        QFETCH(bool, released);
        Site site;
        site.agents.with(kBad, [](FakeNode& node) { node.holders = 1; });
        const std::string first = site.run(requestOf(Verb::drain, {kBad}));
        PlanRequest release = requestOf(Verb::release, {kBad});
        release.queue = true;
        if (released) site.run(release);
        PlanRequest request = requestOf(Verb::swap, {kBad});
        SAYS(site.plan(request).targets.front().sentence, "holds it: wait for its end, cancel it, or queue behind it");
        request.queue = true;
        const std::string id = site.run(request);
        QCOMPARE(site.leaseOn(kSpare), site.lease); // Promised at once, prepared when its turn comes.
        QVERIFY(site.until([&] { return site.target(first).blockerCount == 1; }));
        SAME(site.target(id, kComes).state, TargetState::waiting);
        site.stop();
        site.start();
        site.agents.with(kBad, [](FakeNode& node) { node.holders = 0; });
        QVERIFY(site.untilState(first, ActionState::succeeded));
        if (!released) {
            QVERIFY(site.untilState(id, ActionState::succeeded));
            return verifySwapped(site);
        }
        QVERIFY(site.untilState(id, ActionState::failed));
        SAYS(site.target(id, kLeaves).sentence, "refused: it is free, in no lease");
        SAYS(site.target(id, kComes).sentence, "not needed");
        SAME(site.node(kSpare).facts.occupancy, Occupancy::free);
        QCOMPARE(site.agents.at(kSpare).executedKinds[StepKind::precheck], 0);
    }

    void forceOnALeaseNeedsASecondPerson() {
        Site site;
        site.stop();
        site.options.approval = true;
        site.start();
        PlanRequest request = requestOf(Verb::swap, {kBad});
        request.atDeadline = DeadlinePolicy::force;
        const Plan plan = site.plan(request);
        SAYS(plan.approvalWhy, "force on 1 leases");
        const std::string id = (*site.submit(plan))->id;
        QVERIFY(site.untilState(id, ActionState::awaitingApproval));
        std::promise<bool> approved;
        site.engine->approve({id, "yes", "bob", {}}, [&](const StatusOr<ActionPtr>& reply) { approved.set_value(reply.ok()); });
        QVERIFY(approved.get_future().get());
        QVERIFY(site.untilState(id, ActionState::succeeded));
        verifySwapped(site);
    }

    void faultyOnRelease_data() {
        QTest::addColumn<Edit>("edit");
        QTest::addColumn<int>("ends");
        QTest::addColumn<int>("service");
        QTest::addColumn<int>("occupancy");
        const auto row = [](const char* name, Edit edit, ActionState ends, Service service, Occupancy occupancy) { QTest::newRow(name) << edit << int(ends) << int(service) << int(occupancy); };
        row("released", [](Site&) {}, ActionState::succeeded, Service::drained, Occupancy::free);
        row("its memory cannot be scrubbed", [](Site& site) { site.agents.with(kBad, [](FakeNode& node) { node.failures[StepKind::scrub] = 1; }); }, ActionState::partlySucceeded, Service::drainFailed, Occupancy::expiring);
        row("its memory stays dirty", [](Site& site) { site.agents.with(kBad, [](FakeNode& node) { node.badMemory = true; }); }, ActionState::partlySucceeded, Service::drainFailed, Occupancy::scrubFailed);
    }
    void faultyOnRelease() {
        QFETCH(Edit, edit);
        QFETCH(int, ends);
        QFETCH(int, service);
        QFETCH(int, occupancy);
        Site site;
        edit(site);
        PlanRequest request = requestOf(Verb::release, {});
        request.details.leaseId = site.lease;
        request.details.faultyNodes = {kBad};
        request.details.faultText = "NCCL hangs on GPU 3";
        const Plan plan = site.plan(request);
        SAYS(plan.targets[0].sentence, "triage: it stays closed");
        SAYS(plan.targets[1].sentence, "free");
        const std::string id = site.run(request);
        QVERIFY(site.untilState(id, static_cast<ActionState>(ends)));
        SAME(site.node(kBad).facts.state, NodeState::triage);
        SAME(site.node(kBad).facts.service, static_cast<Service>(service));
        SAME(site.node(kBad).facts.occupancy, static_cast<Occupancy>(occupancy));
        SAME(site.node(kOther).facts.state, NodeState::ready);
        SAME(site.node(kOther).facts.service, Service::open);
        QVERIFY(site.told("pdx1/n1 goes to triage: reported as faulty on release: NCCL hangs on GPU 3"));
        const auto stored = decodeState(*site.store->get(stateKey("n1")));
        QVERIFY(stored.ok());
        SAYS(stored->why, "NCCL hangs on GPU 3");
        if (static_cast<Occupancy>(occupancy) != Occupancy::expiring) return;
        // Its release is done again, and ends in triage without being told so.
        QVERIFY(site.untilState(site.run(requestOf(Verb::release, {kBad})), ActionState::succeeded));
        SAME(site.node(kBad).facts.state, NodeState::triage);
        SAME(site.node(kBad).facts.service, Service::drained);
        SAME(site.node(kBad).facts.occupancy, Occupancy::free);
    }
    void faultReportThatIsTakenBack() {
        Site site;
        site.agents.with(kBad, [](FakeNode& node) { node.holders = 1; });
        PlanRequest request = requestOf(Verb::release, {kBad});
        request.details.faultyNodes = {kBad};
        request.details.faultText = "NCCL hangs";
        const std::string id = site.run(request);
        QVERIFY(site.until([&] { return site.target(id).blockerCount == 1; }));
        QVERIFY(site.cancel(id).ok());
        QVERIFY(site.untilState(id, ActionState::cancelled));
        verifyBackWithItsTenant(site);
    }
    void faultReportThatMakesNoSense_data() {
        QTest::addColumn<int>("verb");
        QTest::addColumn<QString>("faulty");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("says");
        QTest::newRow("not of the lease") << int(Verb::release) << QStringLiteral("pdx1/n4") << QStringLiteral("hangs") << QStringLiteral("pdx1/n4 is reported as faulty and is not among the nodes to release");
        QTest::newRow("no words") << int(Verb::release) << QStringLiteral("pdx1/n1") << QStringLiteral(" ") << QStringLiteral("says what is wrong with them");
        QTest::newRow("no nodes") << int(Verb::release) << QString() << QStringLiteral("hangs") << QStringLiteral("names the nodes");
        QTest::newRow("another verb") << int(Verb::drain) << QStringLiteral("pdx1/n1") << QStringLiteral("hangs") << QStringLiteral("a fault is reported with a release, not with drain");
    }
    void faultReportThatMakesNoSense() {
        QFETCH(int, verb);
        QFETCH(QString, faulty);
        QFETCH(QString, text);
        QFETCH(QString, says);
        Site site;
        PlanRequest request = requestOf(static_cast<Verb>(verb), {kBad});
        if (!faulty.isEmpty()) request.details.faultyNodes = {faulty.toStdString()};
        request.details.faultText = text.toStdString();
        SAYS(site.engine->plan(request).status().message(), says.toStdString());
    }

private:
    void verifyBackWithItsTenant(Site& site) {
        QCOMPARE(site.leaseOn(kBad), site.lease);
        SAME(site.node(kBad).facts.occupancy, Occupancy::leased);
        SAME(site.node(kBad).facts.service, Service::open);
        SAME(site.node(kBad).facts.state, NodeState::ready);
    }
};

QTEST_GUILESS_MAIN(EngineSwapTest)
#include "tst_engine_swap.moc"
