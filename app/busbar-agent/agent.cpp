#include "busbar-agent/agent.h"

#include "base/ids.h"
#include "busbar-agent/collectors/host_collector.h"
#include "busbar-agent/collectors/kmsg.h"
#include "busbar-agent/collectors/xid_watch.h"
#include "busbar-agent/driver/driver_opener.h"
#include "busbar-agent/gpu_part.h"
#include "busbar-agent/journal/keys.h"
#include "busbar-agent/link/dialler.h"
#include "busbar-agent/steps/keep_closed.h"
#include "busbar-agent/steps/step_runner.h"
#include "transport/agent_link.h"
#include "transport/evidence.h"

#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <optional>
#include <poll.h>
#include <unistd.h>

namespace busbar::agent {
namespace {

constexpr std::size_t kJournalTail = 32; // One command of a node is open at a time; each report carries its signature and certificates.
constexpr std::int64_t kSecondMs = 1'000;
constexpr std::int64_t kFirstDriverMs = 10'000; // Hello waits this long for the driver: a GPU that nobody held takes some seconds to come up. A node is lost after 15 s.
constexpr std::int64_t kDialEveryMs = 200;     // how often a link that is down looks at its backoff

std::string firstLineOf(const std::string& path) {
    std::string line;
    if (std::ifstream file(path); file) std::getline(file, line);
    return line;
}

class AgentProgram final : public Agent {
public:
    AgentProgram(Config config, std::unique_ptr<Journal> journal)
        : m_config(std::move(config)), m_journal(std::move(journal)), m_host(systemClock()),
          m_opener([path = m_config.nvml] { return openNvmlDriver(path); }, systemClock()),
          m_kmsg(openKernelLog(m_config.kmsg), m_host.inventory().bootId, *m_journal, systemClock(), m_config.kmsg == kKernelLog ? WithheldGpus::ofThisMachine(kDevices) : WithheldGpus()),
          m_xidRecord(m_kmsg.supported(), m_config.kmsg == kKernelLog ? kDriverFolder : "" /* A file of records has the driver's. */), m_dialler(m_config.link), m_signer(m_config.link.tls) {
        if (!m_kmsg.supported().ok()) spdlog::warn("{}", sentenceOf(m_kmsg.supported()));
        m_xids = std::make_unique<XidWatch>(nullptr, systemClock(), m_xidRecord);
        adopt(m_opener.take(kFirstDriverMs));
        m_link = std::make_unique<transport::AgentLink>(handlers());
        m_runner = std::make_unique<StepRunner>(runnerParts());
    }

    ~AgentProgram() override {
        m_runner.reset(); // Its last report still goes to the link.
        m_link.reset();
        m_xids.reset();
        close(m_wakeFd);
    }

    void run(int stopFd) override {
        sd_notify(0, "READY=1");
        m_nextSample = m_nextSecond = systemClock().bootMs();
        while (!stopsWhileWaiting(stopFd)) {
            const std::int64_t now = systemClock().bootMs();
            m_link->poll(now);
            if (now >= m_nextSample) {
                m_nextSample = std::max(m_nextSample + m_sampleMs, now);
                sample();
            }
            if (now >= m_nextSecond) {
                m_nextSecond = std::max(m_nextSecond + kSecondMs, now);
                eachSecond();
            }
            sd_notify(0, "WATCHDOG=1");
        }
        sd_notify(0, "STOPPING=1");
    }

private:
    // Sleeps until something is due; true when the program is to end.
    bool stopsWhileWaiting(int stopFd) {
        const std::int64_t now = systemClock().bootMs();
        const std::int64_t due = std::min(m_nextSample, m_nextSecond);
        const std::int64_t sleep = std::clamp<std::int64_t>(due - now, 0, m_link->connected() ? kSecondMs : kDialEveryMs);
        std::array<pollfd, 2> wait{pollfd{stopFd, POLLIN, 0}, pollfd{m_wakeFd, POLLIN, 0}};
        if (::poll(wait.data(), wait.size(), static_cast<int>(sleep)) <= 0) return false;
        std::uint64_t woken = 0;
        if (wait[1].revents != 0 && read(m_wakeFd, &woken, sizeof woken) > 0) m_nextSample = systemClock().bootMs();
        return wait[0].revents != 0;
    }

    void eachSecond() {
        if (!m_gpus.get()) adopt(m_opener.take(0));
        // Only what went out is behind us: a restart before that reads it again.
        if (m_link->allSent())
            if (const Status kept = m_kmsg.keep(); !kept.ok()) spdlog::error("{}", sentenceOf(kept));
        const std::int64_t lookedBootMs = systemClock().bootMs();
        for (const FleetEvent& event : m_xids->merge(m_kmsg.poll(gpus()))) m_link->send(event);
        m_xidRecord.noteLook(lookedBootMs);
        if (!m_link->connected()) return;
        Inventory now = inventory();
        if (now == m_toldInventory) return;
        m_link->send(now);
        m_toldInventory = std::move(now);
    }

    // A driver that came: at the start, or later (installed, loaded, no longer hanging).
    void adopt(std::unique_ptr<GpuDriver> driver) {
        if (!driver) return;
        const auto part = std::make_shared<GpuPart>(std::shared_ptr<GpuDriver>(std::move(driver)), *m_journal, systemClock());
        part->sampler.setPeriod(m_sampleMs);
        m_gpus.set(part);
        m_xids = std::make_unique<XidWatch>(&part->driver, systemClock(), m_xidRecord);
        spdlog::info("{}, {} GPUs", part->driver.description(), part->driver.gpus().size());
        noteSlots(part->driver.gpus());
        for (const std::string& sentence : keepClosed(part->driver, *m_journal, m_config.policy)) spdlog::warn("{}", sentence);
        if (!m_runner) return;
        m_runner->useDriver(&part->driver);
        m_link->hangUp(systemClock().bootMs(), 0); // The controller learns of the GPUs by a new Hello.
    }

    void noteSlots(const std::vector<GpuIdentity>& gpus) {
        for (const GpuIdentity& gpu : gpus) {
            const auto stored = m_journal->get(slotKey(gpu.pciAddress));
            const std::string before = stored.ok() ? stored->value_or("") : "";
            if (before == gpu.uuid) continue;
            if (!before.empty()) spdlog::warn("slot {} holds another GPU: {} before, {} now", gpu.pciAddress, before, gpu.uuid);
            if (const Status noted = m_journal->put(slotKey(gpu.pciAddress), gpu.uuid); !noted.ok()) spdlog::error("{}", sentenceOf(noted));
        }
    }

    std::vector<GpuIdentity> gpus() const {
        const auto part = m_gpus.get();
        return part ? part->driver.gpus() : std::vector<GpuIdentity>();
    }

    void sample() {
        TelemetryFrame frame;
        frame.observedWallMs = systemClock().wallMs();
        m_host.fill(frame);
        if (const auto part = m_gpus.get()) part->sampler.fill(frame);
        m_link->send(frame);
    }

    Inventory inventory() const {
        Inventory inventory = m_host.inventory();
        inventory.bootId = boot().id;
        const auto part = m_gpus.get();
        inventory.gpus = gpus();
        inventory.driverPresent = part != nullptr;
        inventory.driver = part ? part->driver.description() : m_opener.why();
        if (part) inventory.unsupported = part->sampler.unsupported();
        if (part) inventory.settingLimits = part->limits;
        if (part && part->driver.simulated()) inventory.provenance.emplace_back("GPUs, their readings and their settings are those of a simulated driver library; host, kernel and agent are real");
        if (m_kmsg.supported().ok()) return inventory;
        inventory.provenance.emplace_back(sentenceOf(m_kmsg.supported()));
        if (part && !m_xids->supported().ok()) inventory.unsupported[Metric::lastXid] = fmt::format("{}; {}", sentenceOf(m_kmsg.supported()), sentenceOf(m_xids->supported()));
        return inventory;
    }

    // A file stands for the boot id only where the GPUs are simulated: a test of reboots must not reboot this machine.
    BootId boot() const {
        const auto part = m_gpus.get();
        if (!m_simulatedBootId.empty() && part && part->driver.simulated()) return {m_simulatedBootId, "simulated"};
        return {m_host.inventory().bootId, "kernel"};
    }

    AgentHello hello() {
        const auto part = m_gpus.get();
        AgentHello hello;
        hello.nodeId = m_config.nodeId;
        hello.instanceId = m_instance;
        hello.agentVersion = BUSBAR_VERSION;
        hello.source = part && part->driver.simulated() ? Source::simulated : Source::live;
        hello.place = m_config.place;
        hello.inventory = m_toldInventory = inventory();
        hello.policy = m_config.policy;
        if (const auto term = m_journal->highestTerm(); term.ok())
            hello.highestTerm = *term;
        else
            spdlog::error("{}", sentenceOf(term.status()));
        if (auto finished = m_journal->finished(kJournalTail); finished.ok())
            hello.journal = *std::move(finished);
        else
            spdlog::error("{}", sentenceOf(finished.status()));
        return hello;
    }

    void welcome(const AgentWelcome& welcome) {
        spdlog::info("connected, fencing term {}", welcome.term);
        if (const Status raised = m_journal->raiseTerm(welcome.term); !raised.ok()) spdlog::error("{}", sentenceOf(raised));
        if (const auto part = m_gpus.get()) part->sampler.forgetSent();
        setSampling(welcome.sampleMs);
    }

    void setSampling(int milliseconds) {
        m_sampleMs = milliseconds;
        if (const auto part = m_gpus.get()) part->sampler.setPeriod(milliseconds);
        const std::uint64_t one = 1;
        [[maybe_unused]] const ssize_t written = write(m_wakeFd, &one, sizeof one);
    }

    transport::AgentLinkHandlers handlers() {
        transport::AgentLinkHandlers handlers;
        handlers.dial = [this] { return m_dialler.next(); };
        handlers.hello = [this] { return hello(); };
        handlers.welcome = [this](const AgentWelcome& answer) { welcome(answer); };
        handlers.command = [this](StepCommand command) { m_runner->submit(std::move(command)); };
        handlers.cancel = [this](const std::string& id, std::uint64_t term) { m_runner->cancel(id, term); };
        handlers.sampling = [this](int milliseconds) { setSampling(milliseconds); };
        handlers.notice = [](const std::string& sentence) { spdlog::warn("the controller says: {}", sentence); };
        handlers.down = [this](const Status& why) {
            spdlog::warn("no controller: {}", sentenceOf(m_dialler.explain(why)));
            setSampling(static_cast<int>(kSecondMs)); // Nobody watches: what waits for the link then reaches back two minutes.
        };
        return handlers;
    }

    RunnerParts runnerParts() {
        const auto part = m_gpus.get();
        RunnerParts parts;
        parts.driver = part ? &part->driver : nullptr;
        parts.driverWhy = part ? std::string() : m_opener.why();
        parts.driverIsComing = [this] { return m_opener.isComing(); };
        parts.policy = m_config.policy;
        parts.journal = m_journal.get();
        parts.clock = &systemClock();
        parts.hooksDir = m_config.hooks;
        parts.stateDir = m_config.state;
        parts.cudaLibrary = m_config.cuda;
        parts.quickHoldSeconds = m_config.quickHoldSeconds;
        parts.scrubRounds = m_config.scrubRounds;
        parts.gpuSilenceMs = m_config.gpuSilenceSeconds * kSecondMs;
        parts.hookLimitMs = m_config.hookSeconds * kSecondMs;
        parts.nodeId = m_config.nodeId;
        parts.boot = [this] { return boot(); };
        parts.gpusOnBus = [this] { return nvidiaGpusOf(m_host.inventory()); };
        parts.rebootCommand = m_config.rebootCommand;
        parts.xids = &m_xidRecord;
        parts.progress = [this](const StepProgress& progress) { m_link->send(progress); };
        parts.report = [this](const StepReport& report) { m_link->send(report); };
        parts.sign = [this](StepReport& report) { return transport::signReport(m_signer, report); };
        return parts;
    }

    const Config m_config;
    const std::unique_ptr<Journal> m_journal;
    const std::string m_instance = randomHex(16);
    const std::string m_simulatedBootId = firstLineOf(m_config.simulatedBootId); ///< read once: a life of the agent sees one boot
    const int m_wakeFd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    HostCollector m_host;
    DriverOpener m_opener;
    GpuPartHolder m_gpus;
    KmsgCollector m_kmsg;                   ///< the loop's
    XidRecord m_xidRecord;
    std::unique_ptr<XidWatch> m_xids;       ///< the loop's
    Inventory m_toldInventory;              ///< the loop's: what the controller knows
    std::int64_t m_nextSample = 0, m_nextSecond = 0; ///< boot ms; the loop's
    std::atomic<int> m_sampleMs{1'000};
    Dialler m_dialler;
    transport::Signer m_signer;
    std::unique_ptr<transport::AgentLink> m_link;
    std::unique_ptr<StepRunner> m_runner;
};

} // namespace

StatusOr<std::unique_ptr<Agent>> Agent::open(Config config) {
    std::error_code error;
    std::filesystem::create_directories(config.state, error);
    if (error) return unavailable("the state folder '{}' cannot be made: {}", config.state, error.message());
    // Held until the program ends: a second agent with this state would take the node's name in turns with this one.
    const std::string lockPath = config.state + "/agent.lock";
    const int lock = ::open(lockPath.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0) return unavailable("'{}' cannot be opened: {}", lockPath, std::strerror(errno));
    if (::flock(lock, LOCK_EX | LOCK_NB) != 0) return refused("another agent runs with the state folder '{}': stop it first, or give this one a folder of its own", config.state);
    auto journal = Journal::open(config.state + "/journal.db");
    if (!journal.ok()) return journal.status();
    return std::unique_ptr<Agent>(std::make_unique<AgentProgram>(std::move(config), *std::move(journal)));
}

} // namespace busbar::agent
