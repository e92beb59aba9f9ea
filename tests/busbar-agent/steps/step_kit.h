// A runner on a simulated driver, for tests of steps: commands in, reports out. Needs FAKE_NVML and FAKE_DRIVERCTL.
#pragma once

#include "busbar-agent/driver/guarded_driver.h"
#include "busbar-agent/steps/step_runner.h"
#include "tests/busbar-agent/driver_kit.h"

#include <QTest>

#include <condition_variable>
#include <map>
#include <mutex>

namespace busbar::test {

/// Real time, but twenty times as fast: for limits that are long.
class FastClock final : public Clock {
public:
    std::int64_t wallMs() const override { return systemClock().wallMs(); }
    std::int64_t bootMs() const override { return systemClock().bootMs() * 20; }
};

class StepKit {
public:
    explicit StepKit(const Clock& clock = systemClock()) : m_clock(clock) {
        auto opened = agent::openNvmlDriver(FAKE_NVML);
        auto journalFile = agent::Journal::open(fake.path(QStringLiteral("journal.db")).toStdString());
        if (!opened.ok() || !journalFile.ok()) qFatal("no driver or journal");
        driver = std::make_unique<agent::GuardedDriver>(std::shared_ptr<agent::GpuDriver>(*std::move(opened)), systemClock(), 500);
        journal = *std::move(journalFile);
        parts.driver = driver.get();
        parts.policy = {true, true};
        parts.journal = journal.get();
        parts.clock = &m_clock;
        parts.nodeId = "tst1/n1";
        parts.progress = [this](const StepProgress& told) {
            const std::lock_guard lock(m_mutex);
            m_progress[told.commandId] = told;
        };
        parts.report = [this](const StepReport& told) {
            const std::lock_guard lock(m_mutex);
            m_reports[told.commandId].push_back(told);
            m_told.notify_all();
        };
    }

    void start() { runner = std::make_unique<agent::StepRunner>(parts); }
    /// Ends the runner as the end of the agent does, and starts another one.
    void restart() {
        runner.reset();
        start();
    }

    static StepCommand command(StepKind kind, const std::string& id, std::uint64_t term = 1) {
        StepCommand made;
        made.commandId = id;
        made.actionId = "tst1/ACTION";
        made.nodeId = "tst1/n1";
        made.kind = kind;
        made.term = term;
        made.secondsLeft = 600;
        made.reason = "test";
        return made;
    }

    /// Runs one command and waits for its (next) report.
    StepReport run(const StepCommand& made) {
        const std::size_t before = reports(made.commandId).size();
        runner->submit(made);
        return waitFor(made.commandId, before + 1);
    }
    StepReport run(StepKind kind, const std::string& id) { return run(command(kind, id)); }

    StepReport waitFor(const std::string& id, std::size_t count = 1) {
        std::unique_lock lock(m_mutex);
        if (!m_told.wait_for(lock, std::chrono::seconds(30), [&] { return m_reports[id].size() >= count; })) qFatal("no report of %s", id.c_str());
        return m_reports[id][count - 1];
    }
    std::vector<StepReport> reports(const std::string& id) {
        const std::lock_guard lock(m_mutex);
        return m_reports[id];
    }
    StepProgress progress(const std::string& id) {
        const std::lock_guard lock(m_mutex);
        return m_progress[id];
    }

    bool addProcess(int gpu, qint64 pid, int mib = 1'024) const { return fake.control(QStringLiteral("add-process %1 %2 %3").arg(gpu).arg(pid).arg(mib).split(QLatin1Char(' '))); }

    FakeDriver fake;
    std::unique_ptr<agent::GuardedDriver> driver;
    std::unique_ptr<agent::Journal> journal;
    agent::RunnerParts parts;
    std::unique_ptr<agent::StepRunner> runner; ///< last: ends first

private:
    const Clock& m_clock;
    std::mutex m_mutex; ///< guards the two below
    std::condition_variable m_told;
    std::map<std::string, std::vector<StepReport>> m_reports;
    std::map<std::string, StepProgress> m_progress;
};

/// The evidence of a fact about a subject; an empty one when there is none.
inline Evidence evidenceIn(const StepReport& report, const std::string& fact, const std::string& subject = "") {
    for (const Evidence& evidence : report.evidence)
        if (evidence.fact == fact && (subject.empty() || evidence.subject == subject)) return evidence;
    return {};
}

} // namespace busbar::test
