// Actions as messages: whatever they hold they fit, and what was left out is told.
#include "busbar-controller/services/action_bounds.h"
#include "busbar/v1/actions.pb.h"
#include "domain/node.h"

#include <QtTest>

#include <algorithm>

using namespace busbar;
using namespace busbar::controller;

namespace {

constexpr std::int64_t kWallMs = 1'764'000'000'000;

StepRecord stepOf(std::size_t evidence, std::size_t figures, std::size_t words) {
    StepRecord step{.kind = StepKind::burnIn, .state = StepState::succeeded, .commandId = std::string(words / 2, 'c'), .sentence = std::string(words, 's'), .startedWallMs = kWallMs, .endedWallMs = kWallMs};
    step.evidence.assign(evidence, {"GPU-1", "memory used", "1", "2", "2", "MiB", "nvml", Verdict::asSet, kWallMs});
    step.figures.assign(figures, {.subject = "GPU-1", .name = "HBM copy", .unit = "GB/s", .value = 4'000});
    return step;
}

/// Ids are as long as they may be.
Action actionOf(std::size_t targets, std::size_t steps, const StepRecord& step, std::size_t words) {
    Action action;
    action.id = "tst1/" + std::string(26, 'A');
    TargetRecord target{.state = TargetState::failed, .wave = 99, .sentence = std::string(words, 't'), .blockerCount = 700, .startedWallMs = kWallMs, .endedWallMs = kWallMs, .deadlineWallMs = kWallMs};
    target.steps.assign(steps, step);
    for (std::size_t i = 0; i < targets; ++i) {
        target.nodeId = fmt::format("{}/{:0>{}}", std::string(kMaxNameLength, 'a'), i, kMaxNameLength);
        action.targets.push_back(target);
    }
    return action;
}

/// The most of everything that an action may hold.
Action largest() {
    Action action = actionOf(kMaxTargets, 12, stepOf(0, 0, 50), kMaxTextLength);
    action.log.assign(2'000, {kWallMs, action.targets[0].nodeId, std::string(kMaxTextLength, 'l')});
    action.gpuUuids.assign(kMaxGpusPerNode, std::string(96, 'g'));
    action.details.faultyNodes.assign(kMaxFaultyNodes, action.targets[0].nodeId);
    action.blast.tenants = action.blast.freeByModel = action.blast.failureDomains = std::vector<Share>(4'096, {std::string(96, 'n'), 1'000'000, 1'000'000});
    return action;
}

using Parts = std::vector<ActionPart>;

} // namespace

class TstActionBounds : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatDoesNotFitIsLeftOutAndTold_data() {
        QTest::addColumn<Action>("action");
        QTest::addColumn<std::size_t>("maxBytes");
        QTest::addColumn<Parts>("leftOut");
        using P = ActionPart;
        constexpr std::size_t kWatched = kWatchedActionBytes;
        QTest::newRow("small: whole") << actionOf(40, 4, stepOf(100, 0, 40), 40) << kWatched << Parts{};
        QTest::newRow("much evidence") << actionOf(300, 4, stepOf(100, 0, 40), 40) << kWatched << Parts{P::evidence};
        QTest::newRow("the same in an answer of its own: whole") << actionOf(300, 4, stepOf(100, 0, 40), 40) << kReplyBytes << Parts{};
        QTest::newRow("a large burn-in's figures") << actionOf(500, 1, stepOf(0, 1'000, 40), 40) << kWatched << Parts{P::evidence};
        Action held = actionOf(1'000, 4, stepOf(0, 0, 40), 40);
        for (TargetRecord& target : held.targets) target.blockers.assign(256, {.pid = 1, .user = "ada", .command = "python train.py"});
        QTest::newRow("many that hold nodes: no evidence was there to leave out") << std::move(held) << kWatched << Parts{P::log};
        QTest::newRow("many steps") << actionOf(8'000, 8, stepOf(1, 0, 60), 40) << kWatched << Parts{P::evidence, P::stepDetails};
        QTest::newRow("as many targets as a plan may have") << actionOf(kMaxTargets, 8, stepOf(10, 0, 60), 20) << kWatched << Parts{P::evidence, P::stepDetails, P::steps};
        QTest::newRow("the largest") << largest() << kWatched << Parts{P::log, P::stepDetails, P::steps, P::sentences};
        QTest::newRow("the largest in an answer of its own") << largest() << kReplyBytes << Parts{P::log, P::stepDetails, P::steps};
    }
    void whatDoesNotFitIsLeftOutAndTold() {
        QFETCH(Action, action);
        QFETCH(std::size_t, maxBytes);
        QFETCH(Parts, leftOut);
        v1::Action message;
        encodeWithin(action, maxBytes, &message);
        QVERIFY2(message.ByteSizeLong() <= maxBytes, qPrintable(QString::number(message.ByteSizeLong())));
        const auto told = wire::decode(message);
        QVERIFY2(told.ok(), std::string(sentenceOf(told.status())).c_str());
        for (unsigned part = 0; part <= static_cast<unsigned>(kLastActionPart); ++part) {
            const auto asked = static_cast<ActionPart>(part);
            QVERIFY2(isLeftOut(*told, asked) == (std::ranges::find(leftOut, asked) != leftOut.end()), std::string(toString(asked)).c_str());
        }
        QCOMPARE(told->targets.size(), action.targets.size());
        for (std::size_t i = 0; i < told->targets.size(); ++i) {
            QCOMPARE(told->targets[i].nodeId, action.targets[i].nodeId);
            QVERIFY(told->targets[i].state == action.targets[i].state && told->targets[i].wave == action.targets[i].wave);
        }
        if (isLeftOut(*told, ActionPart::steps)) return;
        QVERIFY(told->targets[7].steps.size() == action.targets[7].steps.size() && told->targets[7].steps[0].state == StepState::succeeded);
        QCOMPARE(told->targets[7].steps[0].evidence.size(), isLeftOut(*told, ActionPart::evidence) ? std::size_t(0) : action.targets[7].steps[0].evidence.size());
    }

    void aListTellsHowManyDidNotFit_data() {
        QTest::addColumn<int>("actions");
        QTest::addColumn<std::size_t>("maxBytes");
        QTest::addColumn<int>("listed");
        QTest::addColumn<bool>("whole");
        QTest::newRow("none") << 0 << kReplyBytes << 0 << true;
        QTest::newRow("all whole") << 20 << kReplyBytes << 20 << true;
        QTest::newRow("all, each within its share") << 20 << std::size_t(400'000) << 20 << false;
        QTest::newRow("the newest") << 20 << std::size_t(40'000) << 8 << false;
    }
    void aListTellsHowManyDidNotFit() {
        QFETCH(int, actions);
        QFETCH(std::size_t, maxBytes);
        QFETCH(int, listed);
        QFETCH(bool, whole);
        const auto one = std::make_shared<const Action>(actionOf(30, 2, stepOf(20, 0, 40), 40));
        v1::ListActionsReply reply;
        encodeWithin(std::vector<std::shared_ptr<const Action>>(static_cast<std::size_t>(actions), one), maxBytes, &reply);
        QCOMPARE(reply.actions_size(), listed);
        QCOMPARE(static_cast<int>(reply.left_out()), actions - listed);
        for (const auto& action : reply.actions()) QCOMPARE(action.left_out() == 0, whole);
    }
};

QTEST_GUILESS_MAIN(TstActionBounds)
#include "tst_action_bounds.moc"
