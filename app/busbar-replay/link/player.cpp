#include "busbar-replay/link/player.h"

#include "busbar-replay/link/node_stream.h"
#include "transport/channel.h"
#include "transport/diagnose.h"
#include "transport/evidence.h"

#include <absl/strings/numbers.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <fstream>
#include <poll.h>
#include <set>

namespace busbar::replay {
namespace {

constexpr int kTurnMs = 100;
constexpr std::int64_t kStatusEveryMs = 10'000;
constexpr std::int64_t kSaveEveryMs = 1'000;

} // namespace

class Player::Impl {
public:
    Impl(SourceModel& source, PlayerOptions options, const Clock& clock) : m_source(source), m_options(std::move(options)), m_clock(clock), m_signer(m_options.tls) {
        readClosed();
        for (std::uint32_t node = 0; node < source.fleet().nodes.size(); ++node)
            m_streams.push_back(std::make_unique<NodeStream>(source, node, m_options.site, [this, node] { return channelOf(node); }, [this](const Status& why) { down(why); }, [this](StepReport& report) { sign(report); }, clock));
    }

    Status run(int stopFd) {
        std::int64_t nextStatus = 0, nextSave = 0;
        for (;;) {
            pollfd stop{stopFd, POLLIN, 0};
            if (::poll(&stop, 1, kTurnMs) > 0) return absl::OkStatus();
            const std::int64_t boot = m_clock.bootMs();
            turn(boot, m_clock.wallMs());
            if (!m_fatal.ok()) return m_fatal;
            if (boot >= nextSave) {
                nextSave = boot + kSaveEveryMs;
                saveClosed();
            }
            if (boot < nextStatus) continue;
            nextStatus = boot + kStatusEveryMs;
            spdlog::info("{} of {} nodes connected; {}", connected(), m_streams.size(), m_source.status());
        }
    }

    std::size_t connected() const {
        return static_cast<std::size_t>(std::count_if(m_streams.begin(), m_streams.end(), [](const auto& stream) { return stream->connected(); }));
    }

private:
    void turn(std::int64_t boot, std::int64_t wall) {
        std::vector<FleetEvent> events;
        std::vector<LinkFault> faults;
        m_source.advance(wall, events, faults);
        for (FleetEvent& event : events) {
            std::uint32_t node = 0;
            if (absl::SimpleAtoi(event.nodeId, &node) && node < m_streams.size()) m_streams[node]->send(std::move(event));
        }
        for (const LinkFault& fault : faults) {
            if (fault.silentMs > 0) m_source.fleet().nodes[fault.node].silentUntilMs = boot + fault.silentMs;
            if (fault.downMs > 0) m_streams[fault.node]->hangUp(boot, fault.downMs);
        }
        for (auto& stream : m_streams) stream->turn(boot, wall);
    }

    StatusOr<std::shared_ptr<grpc::Channel>> channelOf(std::uint32_t node) {
        const int number = m_options.connections > 0 ? static_cast<int>(node) % m_options.connections : static_cast<int>(node);
        auto& channel = m_channels[number];
        if (!channel) {
            auto credentials = transport::channelCredentials(m_options.tls, m_options.site);
            if (!credentials.ok()) {
                m_fatal = credentials.status();
                return m_fatal;
            }
            channel = transport::makeChannel(m_options.controller, *credentials, {number});
        }
        return channel;
    }

    // Thousands of streams fail for one reason: it is explained once.
    void down(const Status& why) {
        if (why == m_lastWhy) return;
        m_lastWhy = why;
        const Status explained = transport::explainFailure(m_options.controller, m_options.site, m_options.tls, why);
        spdlog::warn("a stream ended: {}", sentenceOf(explained));
        if (explained.code() == absl::StatusCode::kUnauthenticated || explained.code() == absl::StatusCode::kPermissionDenied) m_fatal = explained;
    }

    // With the gateway's key: who reads it sees that no node of its own stands behind it.
    void sign(StepReport& report) {
        if (const Status made = transport::signReport(m_signer, report); !made.ok()) spdlog::error("the report of {} goes unsigned and will count for nothing: {}", report.commandId, sentenceOf(made));
    }

    void readClosed() {
        std::ifstream file(m_options.closedFile);
        std::set<std::string> names;
        for (std::string name; std::getline(file, name);) names.insert(name);
        for (ModelNode& node : m_source.fleet().nodes) node.closed = names.count(node.name) != 0;
        m_saved = names;
    }

    void saveClosed() {
        if (m_options.closedFile.empty()) return;
        std::set<std::string> names;
        for (const ModelNode& node : m_source.fleet().nodes)
            if (node.closed) names.insert(node.name);
        if (names == m_saved) return;
        std::ofstream file(m_options.closedFile + ".new", std::ios::trunc);
        for (const std::string& name : names) file << name << '\n';
        file.close();
        if (file && std::rename((m_options.closedFile + ".new").c_str(), m_options.closedFile.c_str()) == 0) m_saved = std::move(names);
    }

    SourceModel& m_source;
    PlayerOptions m_options;
    const Clock& m_clock;
    transport::Signer m_signer;
    std::map<int, std::shared_ptr<grpc::Channel>> m_channels;
    std::vector<std::unique_ptr<NodeStream>> m_streams;
    Status m_lastWhy, m_fatal;
    std::set<std::string> m_saved;
};

Player::Player(SourceModel& source, PlayerOptions options, const Clock& clock) : m_impl(std::make_unique<Impl>(source, std::move(options), clock)) {}
Player::~Player() = default;
Status Player::run(int stopFd) { return m_impl->run(stopFd); }
std::size_t Player::connected() const { return m_impl->connected(); }

} // namespace busbar::replay
