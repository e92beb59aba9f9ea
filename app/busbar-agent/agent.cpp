#include "busbar-agent/agent.h"

#include "base/ids.h"
#include "busbar-agent/collectors/gpu_sampler.h"
#include "busbar-agent/collectors/host.h"
#include "busbar-agent/collectors/kmsg.h"
#include "busbar-agent/link/dialler.h"
#include "busbar-agent/steps/step_runner.h"
#include "transport/agent_link.h"

#include <spdlog/spdlog.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <optional>
#include <poll.h>

namespace busbar::agent {
namespace {

constexpr std::size_t kJournalTail = 200;
constexpr std::int64_t kKmsgEveryMs = 1'000;

class AgentProgram final : public Agent {
public:
    AgentProgram(Config config, std::unique_ptr<Journal> journal, StatusOr<std::unique_ptr<GpuDriver>> driver)
        : m_config(std::move(config)), m_journal(std::move(journal)), m_host(readHost()) {
        if (driver.ok())
            m_driver = *std::move(driver);
        else
            m_driverWhy = std::string(sentenceOf(driver.status()));
        if (m_driver) m_sampler = std::make_unique<GpuSampler>(*m_driver, *m_journal, systemClock());
        m_kmsg = std::make_unique<KmsgCollector>(openKernelLog(m_config.kmsg), m_host.bootId, *m_journal, systemClock());
        if (!m_kmsg->supported().ok()) spdlog::warn("{}", sentenceOf(m_kmsg->supported()));
        m_dialler = std::make_unique<Dialler>(m_config.link);
        m_link = std::make_unique<transport::AgentLink>(handlers());
        RunnerParts parts{m_driver.get(), m_driverWhy, m_config.policy, m_journal.get(), &systemClock(), m_config.hooks, m_config.nodeId, {}, {}};
        parts.progress = [this](const StepProgress& progress) { m_link->send(progress); };
        parts.report = [this](const StepReport& report) { m_link->send(report); };
        m_runner = std::make_unique<StepRunner>(std::move(parts));
    }

    ~AgentProgram() override {
        m_runner.reset(); // Its last report still goes to the link.
        m_link.reset();
    }

    void run(int stopFd) override {
        sd_notify(0, "READY=1");
        std::int64_t next = systemClock().bootMs(), nextKmsg = next;
        for (;;) {
            const std::int64_t now = systemClock().bootMs();
            m_link->poll(now);
            pollfd stop{stopFd, POLLIN, 0};
            if (::poll(&stop, 1, static_cast<int>(std::max<std::int64_t>(0, std::min<std::int64_t>(next - now, m_link->connected() ? 1000 : 200)))) > 0) break;
            if (systemClock().bootMs() < next) continue;
            next = std::max(next + m_sampleMs, systemClock().bootMs());
            sample();
            if (now >= nextKmsg) {
                nextKmsg = now + kKmsgEveryMs;
                pollKernelLog();
            }
            sd_notify(0, "WATCHDOG=1");
        }
        sd_notify(0, "STOPPING=1");
    }

private:
    const std::vector<GpuIdentity>& gpus() const {
        static const std::vector<GpuIdentity> kNone;
        return m_driver ? m_driver->gpus() : kNone;
    }

    void pollKernelLog() {
        // Only what went out is behind us: a restart before that reads it again.
        if (m_link->allSent())
            if (const Status kept = m_kmsg->keep(); !kept.ok()) spdlog::error("{}", sentenceOf(kept));
        for (const FleetEvent& event : m_kmsg->poll(gpus())) m_link->send(event);
    }

    void sample() {
        TelemetryFrame frame;
        frame.observedWallMs = systemClock().wallMs();
        frame.host = m_load.sample();
        if (m_sampler) m_sampler->fill(frame);
        if (!m_kmsg->supported().ok()) frame.stuck.emplace_back(sentenceOf(m_kmsg->supported()));
        m_link->send(frame);
    }

    AgentHello hello() {
        AgentHello hello;
        hello.nodeId = m_config.nodeId;
        hello.instanceId = m_instance;
        hello.agentVersion = BUSBAR_VERSION;
        hello.source = m_driver && m_driver->simulated() ? Source::simulated : Source::live;
        hello.place = m_config.place;
        hello.inventory = m_host;
        hello.inventory.gpus = gpus();
        hello.inventory.driver = m_driver ? m_driver->description() : m_driverWhy;
        hello.inventory.driverPresent = m_driver != nullptr;
        if (m_sampler) hello.inventory.unsupported = m_sampler->unsupported();
        if (m_driver && m_driver->simulated()) hello.inventory.provenance.emplace_back("GPUs, their readings and their settings are those of a simulated driver library; host, kernel and agent are real");
        hello.policy = m_config.policy;
        hello.highestTerm = m_journal->highestTerm();
        if (auto finished = m_journal->finished(kJournalTail); finished.ok())
            hello.journal = *std::move(finished);
        else
            spdlog::error("{}", sentenceOf(finished.status()));
        return hello;
    }

    transport::AgentLinkHandlers handlers() {
        transport::AgentLinkHandlers handlers;
        handlers.dial = [this] { return m_dialler->next(); };
        handlers.hello = [this] { return hello(); };
        handlers.welcome = [this](const AgentWelcome& welcome) {
            spdlog::info("connected, fencing term {}", welcome.term);
            m_sampleMs = welcome.sampleMs;
            if (m_sampler) {
                m_sampler->setPeriod(welcome.sampleMs);
                m_sampler->forgetSent();
            }
        };
        handlers.command = [this](StepCommand command) { m_runner->submit(std::move(command)); };
        handlers.cancel = [this](const std::string& id, std::uint64_t term) { m_runner->cancel(id, term); };
        handlers.sampling = [this](int milliseconds) {
            m_sampleMs = milliseconds;
            if (m_sampler) m_sampler->setPeriod(milliseconds);
        };
        handlers.notice = [](const std::string& sentence) { spdlog::warn("the controller says: {}", sentence); };
        handlers.down = [this](const Status& why) { spdlog::warn("no controller: {}", sentenceOf(m_dialler->explain(why))); };
        return handlers;
    }

    Config m_config;
    std::unique_ptr<Journal> m_journal;
    Inventory m_host;
    HostLoad m_load;
    std::string m_instance = randomHex(16);
    std::unique_ptr<GpuDriver> m_driver;
    std::string m_driverWhy;
    std::unique_ptr<GpuSampler> m_sampler;
    std::unique_ptr<KmsgCollector> m_kmsg;
    std::atomic<int> m_sampleMs{1000};
    std::unique_ptr<Dialler> m_dialler;
    std::unique_ptr<transport::AgentLink> m_link;
    std::unique_ptr<StepRunner> m_runner;
};

} // namespace

StatusOr<std::unique_ptr<Agent>> Agent::open(Config config) {
    std::error_code error;
    std::filesystem::create_directories(config.state, error);
    if (error) return unavailable("the state folder '{}' cannot be made: {}", config.state, error.message());
    auto journal = Journal::open(config.state + "/journal.db");
    if (!journal.ok()) return journal.status();
    auto driver = openNvmlDriver(config.nvml);
    return std::unique_ptr<Agent>(std::make_unique<AgentProgram>(std::move(config), *std::move(journal), std::move(driver)));
}

std::string describeMachine(const std::string& nvmlPath) {
    const Inventory host = readHost();
    std::string text = fmt::format("{} {} (serial {}), {}\n{}, kernel {}, boot {}\n{} ({} sockets, {} cores, {} threads), {} MiB memory\n", host.vendor, host.product,
                                   host.serial.empty() ? "not readable" : host.serial, host.hostname, host.os, host.kernel, host.bootId, host.cpuModel, host.cpuSockets, host.cpuCores,
                                   host.cpuThreads, host.memoryMib);
    for (const Nic& nic : host.nics)
        text += fmt::format("NIC {}: {}, {}\n", nic.name, nic.speedMbps < 0 ? "speed not reported" : fmt::format("{} Mb/s", nic.speedMbps), nic.carrier == 1 ? "carrier" : nic.carrier == 0 ? "no carrier" : "carrier not reported");
    for (const Disk& disk : host.disks) text += fmt::format("disk {}: {} {} bytes\n", disk.name, disk.model, disk.bytes);
    text += fmt::format("{} PCI devices\n", host.pciDevices.size());
    const auto driver = openNvmlDriver(nvmlPath);
    if (!driver.ok()) return text + std::string(sentenceOf(driver.status())) + "\n";
    text += (*driver)->description() + "\n";
    for (std::size_t slot = 0; slot < (*driver)->gpus().size(); ++slot) {
        const GpuIdentity& gpu = (*driver)->gpus()[slot];
        text += fmt::format("GPU {} {} {} {} MiB, VBIOS {}\n", slot, gpu.pciAddress, gpu.model, gpu.memoryMib, gpu.vbios);
        for (const auto& [metric, reading] : (*driver)->read(slot))
            text += fmt::format("  {:<24} {}\n", infoOf(metric).label, reading.value >= 0 ? fmt::format("{} {}", reading.value, infoOf(metric).unit) : reading.why);
    }
    return text;
}

} // namespace busbar::agent
