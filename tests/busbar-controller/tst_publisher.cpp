// Fan-out without gRPC: sharing of encoded deltas, coalescing for a watcher that is not ready, and that nothing is queued for it.
#include "busbar-controller/fanout/publisher.h"
#include "tests/busbar-controller/fleet_kit.h"

#include <QtTest>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <thread>

namespace busbar::controller {
/// Here the "encoded" form is the delta itself.
struct EncodedFrames {
    FleetDelta delta;
};
} // namespace busbar::controller

using namespace busbar;
using namespace busbar::controller;
using busbar::test::frameOf;
using busbar::test::helloOf;

namespace {

class FakeSink final : public WatchSink {
public:
    bool idle() const override { return m_idle; }
    void send(FramesPtr frames) override {
        const std::lock_guard lock(m_mutex);
        m_frames.push_back(std::move(frames));
    }
    void setIdle(bool idle) { m_idle = idle; }
    std::vector<FramesPtr> frames() const {
        const std::lock_guard lock(m_mutex);
        return m_frames;
    }
    void clear() {
        const std::lock_guard lock(m_mutex);
        m_frames.clear();
    }
    /// Last value of the first row's utilisation, -1 none.
    int lastUtil() const {
        int value = -1;
        for (const FramesPtr& frames : this->frames())
            for (const ColumnDelta& column : frames->delta.columns)
                if (column.metric == Metric::gpuUtil && column.firstRow == 0) value = static_cast<unsigned char>(column.values.front());
        return value;
    }

private:
    std::atomic<bool> m_idle{true};
    mutable std::mutex m_mutex;
    std::vector<FramesPtr> m_frames;
};

WatchInterest every100ms() {
    WatchInterest interest;
    interest.periodMs = 100;
    return interest;
}

} // namespace

class TstPublisher : public QObject {
    Q_OBJECT

    std::unique_ptr<FleetTable> m_table;
    std::unique_ptr<Publisher> m_publisher;
    std::atomic<int> m_encoded{0};

    void util(int value) { m_table->applyTelemetry(0, frameOf(systemClock().wallMs(), {{Metric::gpuUtil, {value, value}}})); }

private Q_SLOTS:
    void init() {
        m_encoded = 0;
        m_table = std::make_unique<FleetTable>(systemClock(), FleetTable::Options{"tst1", nullptr});
        QVERIFY(m_table->applyHello(helloOf("n1")).ok());
        m_publisher = std::make_unique<Publisher>(systemClock(), *m_table, [this](const FleetDelta& delta) {
            ++m_encoded;
            return std::make_shared<const EncodedFrames>(EncodedFrames{delta});
        }, nullptr);
    }
    void cleanup() {
        m_publisher.reset();
        m_table.reset();
    }

    void aWatcherThatIsNotReadyGetsOneDeltaWithTheLatest() {
        const auto slow = std::make_shared<FakeSink>(), quick = std::make_shared<FakeSink>();
        m_publisher->add(every100ms(), slow);
        m_publisher->add(every100ms(), quick);
        QTRY_VERIFY(!slow->frames().empty() && !quick->frames().empty());
        QVERIFY(slow->frames().front()->delta.snapshot);
        slow->setIdle(false);
        QTest::qWait(0);
        slow->clear();
        for (int value = 1; value <= 5; ++value) {
            util(value);
            QTRY_COMPARE(quick->lastUtil(), value);
        }
        QVERIFY2(slow->frames().size() <= 1, "nothing is queued for it");
        slow->clear();
        slow->setIdle(true);
        QTRY_COMPARE(slow->lastUtil(), 5);
        const auto frames = slow->frames();
        const auto withUtil = std::ranges::count_if(frames, [](const FramesPtr& sent) {
            return std::ranges::any_of(sent->delta.columns, [](const ColumnDelta& column) { return column.metric == Metric::gpuUtil; });
        });
        QCOMPARE(withUtil, 1);
        QVERIFY(!frames.front()->delta.snapshot);
    }

    void watchersOfOneRevisionShareTheBuffers() {
        std::vector<std::shared_ptr<FakeSink>> sinks;
        for (int i = 0; i < 32; ++i) {
            sinks.push_back(std::make_shared<FakeSink>());
            m_publisher->add(every100ms(), sinks.back());
        }
        const auto all = [&](int value) { return std::ranges::all_of(sinks, [value](const auto& sink) { return sink->lastUtil() == value; }); };
        util(7);
        QTRY_VERIFY(all(7));
        const int before = m_encoded;
        util(8);
        QTRY_VERIFY(all(8));
        QVERIFY2(m_encoded - before <= 6, "once a turn, not once a watcher");
        std::set<const EncodedFrames*> buffers;
        for (const auto& sink : sinks) buffers.insert(sink->frames().back().get());
        QVERIFY(buffers.size() <= 2);
    }

    /// One leaves and another comes in the same moment: what is asked of the node last is what holds.
    void samplingIsAskedForInOrder() {
        std::promise<void> leaving;
        std::vector<bool> asked;
        std::mutex mutex;
        Publisher publisher(systemClock(), *m_table, [](const FleetDelta& delta) { return std::make_shared<const EncodedFrames>(EncodedFrames{delta}); }, [&](const std::string&, bool watched) {
            if (!watched) {
                leaving.set_value();
                std::this_thread::sleep_for(std::chrono::milliseconds(200)); // Time for the other to overtake.
            }
            const std::lock_guard lock(mutex);
            asked.push_back(watched);
        });
        WatchInterest interest = every100ms();
        interest.watchedNodes = {"tst1/n1"};
        const auto token = publisher.add(interest, std::make_shared<FakeSink>());
        std::thread leaves([&] { publisher.remove(token); });
        leaving.get_future().wait();
        const auto second = publisher.add(interest, std::make_shared<FakeSink>());
        leaves.join();
        {
            const std::lock_guard lock(mutex);
            QCOMPARE(asked, (std::vector<bool>{true, false, true}));
        }
        leaving = {};
        publisher.remove(second);
    }

    void aRemovedWatcherGetsNothing() {
        const auto sink = std::make_shared<FakeSink>();
        const auto token = m_publisher->add(every100ms(), sink);
        QTRY_VERIFY(!sink->frames().empty());
        m_publisher->remove(token);
        QCOMPARE(m_publisher->watcherCount(), std::size_t{0});
    }

    void aHeartbeatComesEachSecondWhateverThePeriod() {
        // Turns fall on whole minutes of the clock: not in the middle of this test.
        const std::int64_t leftMs = 60'000 - systemClock().bootMs() % 60'000;
        if (leftMs < 4'000) QTest::qWait(static_cast<int>(leftMs) + 100);
        const auto sink = std::make_shared<FakeSink>();
        WatchInterest interest;
        interest.periodMs = 60'000;
        m_publisher->add(interest, sink);
        QTRY_VERIFY(!sink->frames().empty());
        const std::uint64_t revision = sink->frames().front()->delta.revision;
        util(9);
        QTRY_VERIFY(sink->frames().size() >= 2);
        const FleetDelta& beat = sink->frames().back()->delta;
        QVERIFY(beat.heartbeat && beat.columns.empty());
        QCOMPARE(beat.revision, revision);
    }
};

QTEST_GUILESS_MAIN(TstPublisher)
#include "tst_publisher.moc"
