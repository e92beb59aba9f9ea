// What every state store must do, as functions to call from a backend's test. Each takes a fresh store and a clock that drives its
// time-to-live; failures are Qt Test failures.
#pragma once

#include "base/clock.h"
#include "busbar-controller/state/state_store.h"

#include <QtTest/QTest>

#include <atomic>
#include <mutex>
#include <thread>

namespace busbar::controller::contract {

/// A clock that moves only when told.
class ManualClock final : public Clock {
public:
    std::int64_t wallMs() const override { return m_now; }
    std::int64_t bootMs() const override { return m_now - m_jumped; }
    void advance(std::int64_t ms) { m_now += ms; }
    /// The wall clock is set; the boot clock goes on.
    void jump(std::int64_t ms) {
        m_jumped += ms;
        m_now += ms;
    }

private:
    std::atomic<std::int64_t> m_now{1'700'000'000'000}, m_jumped{0};
};

inline void readsWhatWasWritten(StateStore& store) {
    QVERIFY(absl::IsNotFound(store.get("/a").status()));
    const std::string bytes("\0binary\xff", 8);
    const auto first = store.commit({.puts = {{"/a", bytes}, {"/b/1", ""}}});
    QVERIFY(first.ok());
    const auto entry = store.get("/a");
    QVERIFY(entry.ok());
    QCOMPARE(entry->value, bytes);
    QCOMPARE(entry->createdRevision, *first);
    QVERIFY(store.get("/b/1").ok());
    const auto second = store.commit({.puts = {{"/a", "new"}}});
    QVERIFY(second.ok());
    QCOMPARE(*second, *first + 1);
    QCOMPARE(store.get("/a")->createdRevision, *first);
    QCOMPARE(store.get("/a")->changedRevision, *second);
    QVERIFY(store.commit({.deletes = {"/a"}}).ok());
    QVERIFY(absl::IsNotFound(store.get("/a").status()));
    QCOMPARE(*store.commit({.deletes = {"/nothing"}}), store.revision());
}

inline void listsByPrefixInOrder(StateStore& store) {
    QVERIFY(store.commit({.puts = {{"/n/b", "2"}, {"/n/a", "1"}, {"/n", "0"}, {"/na", "3"}, {"/n/é", "4"}}}).ok());
    const auto all = store.list("/n/");
    QVERIFY(all.ok());
    QCOMPARE(all->size(), 3U);
    QCOMPARE(all->at(0).key, std::string("/n/a"));
    QCOMPARE(all->at(1).key, std::string("/n/b"));
    QCOMPARE(store.list("/n/", 2)->size(), 2U);
    QVERIFY(store.list("/x")->empty());
}

inline void transactionIsAllOrNothing(StateStore& store) {
    const auto made = store.commit({.compares = {{"/k", 0}}, .puts = {{"/k", "1"}}});
    QVERIFY(made.ok());
    const auto again = store.commit({.compares = {{"/k", 0}}, .puts = {{"/k", "2"}, {"/other", "x"}}});
    QVERIFY(absl::IsAborted(again.status()));
    QVERIFY(std::string(again.status().message()).find("/k") != std::string::npos);
    QCOMPARE(store.get("/k")->value, std::string("1"));
    QVERIFY(absl::IsNotFound(store.get("/other").status()));
    QCOMPARE(store.revision(), *made);
    QVERIFY(store.commit({.compares = {{"/k", *made}}, .puts = {{"/k", "3"}}, .deletes = {}}).ok());
    QVERIFY(absl::IsInvalidArgument(store.commit({.puts = {{"no-slash", ""}}}).status()));
    QVERIFY(absl::IsInvalidArgument(store.commit({.puts = {{"/big", std::string(kMaxValueBytes + 1, 'x')}}}).status()));
}

inline void keysEndAfterTheirTime(StateStore& store, ManualClock& clock) {
    std::atomic<bool> gone = false;
    const auto watch = store.watch("/s/", store.revision(), [&](const Change& change) { gone = gone || !change.value.has_value(); });
    QVERIFY(watch.ok());
    QVERIFY(store.commit({.puts = {{"/s/short", "1", 1000}, {"/s/long", "2"}}}).ok());
    clock.advance(999);
    QVERIFY(store.get("/s/short").ok());
    clock.advance(2);
    QVERIFY(absl::IsNotFound(store.get("/s/short").status()));
    QCOMPARE(store.list("/s/")->size(), 1U);
    QTRY_VERIFY(gone.load());
    QVERIFY(store.commit({.compares = {{"/s/short", 0}}, .puts = {{"/s/short", "again", 1000}}}).ok());
}

inline void watchTellsEveryChangeInOrder(StateStore& store) {
    const std::uint64_t start = store.revision();
    QVERIFY(store.commit({.puts = {{"/w/0", "before"}, {"/v/0", "not ours"}}}).ok());
    std::mutex mutex;
    std::vector<Change> seen;
    auto watch = store.watch("/w/", start, [&](const Change& change) {
        const std::scoped_lock lock(mutex);
        seen.push_back(change);
    });
    QVERIFY(watch.ok());
    for (int i = 1; i < 50; ++i) QVERIFY(store.commit({.puts = {{"/w/" + std::to_string(i), std::to_string(i)}}}).ok());
    QVERIFY(store.commit({.deletes = {"/w/0"}}).ok());
    const auto count = [&] { const std::scoped_lock lock(mutex); return seen.size(); };
    QTRY_COMPARE(count(), 51U);
    QCOMPARE(seen.front().value, std::optional<std::string>("before"));
    QVERIFY(!seen.back().value.has_value());
    for (std::size_t i = 1; i < seen.size(); ++i) QVERIFY(seen[i].revision > seen[i - 1].revision);
    watch->reset();
    QVERIFY(store.commit({.puts = {{"/w/late", ""}}}).ok());
    QCOMPARE(count(), 51U);
}

inline void concurrentWritersLoseNothing(StateStore& store) {
    constexpr int kWriters = 4, kRounds = 50;
    std::vector<std::thread> writers;
    for (int w = 0; w < kWriters; ++w)
        writers.emplace_back([&store] {
            for (int done = 0; done < kRounds;) {
                const auto now = store.get("/counter");
                const int value = now.ok() ? std::stoi(now->value) : 0;
                const std::uint64_t at = now.ok() ? now->changedRevision : 0;
                if (store.commit({.compares = {{"/counter", at}}, .puts = {{"/counter", std::to_string(value + 1)}}}).ok()) ++done;
            }
        });
    for (auto& writer : writers) writer.join();
    QCOMPARE(store.get("/counter")->value, std::to_string(kWriters * kRounds));
}

/// A note goes with its transaction: both are there, or neither.
inline void auditGoesWithItsTransaction(StateStore& store) {
    const AuditNote note{"maria", "drain pdx1/n1", "XID 79", "10.0.0.1", "submitted", true};
    Transaction good;
    good.puts.push_back({"/a", "1", 0});
    good.audits.push_back(note);
    QVERIFY(store.commit(good).ok());
    Transaction stale = good;
    stale.compares.push_back({"/a", 99});
    QVERIFY(!store.commit(stale).ok());
    const auto rows = store.audit(0, 10);
    QVERIFY(rows.ok());
    QCOMPARE(rows->size(), std::size_t{1});
    QCOMPARE(rows->front().who, note.who);
    QCOMPARE(rows->front().result, note.result);
    QVERIFY(rows->front().accepted);
    const std::uint64_t before = store.revision();
    Transaction alone;
    alone.audits.push_back(note);
    QVERIFY(store.commit(alone).ok());
    QCOMPARE(store.revision(), before);
    QVERIFY(store.verifyAudit().ok());
}

inline void fencingTermOnlyRises(StateStore& store) {
    const std::uint64_t first = store.fencingTerm();
    QVERIFY(store.raiseFencingTerm(first + 7, {"root", "adopt", "restored", "here", "rules", true}).ok());
    QCOMPARE(store.fencingTerm(), first + 7);
    QVERIFY(store.raiseFencingTerm(first, {"root", "adopt", "restored", "here", "rules", true}).ok());
    QCOMPARE(store.fencingTerm(), first + 7);
    const auto rows = store.audit(0, 10);
    QVERIFY(rows.ok() && rows->size() == 2 && rows->front().what == "adopt");
    QVERIFY(store.verifyAudit().ok());
}

inline void auditIsChained(StateStore& store) {
    for (int i = 0; i < 5; ++i) QVERIFY(store.appendAudit("maria", "drain pdx1/n1", "XID 79", "10.0.0.1", "refused", i % 2 == 0).ok());
    const auto rows = store.audit(2, 2);
    QVERIFY(rows.ok());
    QCOMPARE(rows->size(), 2U);
    QCOMPARE(rows->front().sequence, 3U);
    QCOMPARE(rows->front().who, std::string("maria"));
    QVERIFY(rows->front().accepted);
    QVERIFY(store.verifyAudit().ok());
}

} // namespace busbar::controller::contract
