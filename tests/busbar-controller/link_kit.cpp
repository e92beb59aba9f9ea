#include "tests/busbar-controller/link_kit.h"

#include "transport/channel.h"
#include "transport/evidence.h"
#include "transport/pki.h"
#include "transport/status_map.h"
#include "transport/x509.h"
#include "wire/codec.h"

#include <algorithm>

namespace busbar::test {

using transport::Identity;
using transport::PeerKind;

TestSite::TestSite(const Clock& clock) : m_clock(clock) {
    if (const Status status = transport::initPki(path("pki")); !status.ok()) m_error = std::string(sentenceOf(status));
}

transport::TlsFiles TestSite::certificate(const Identity& identity) {
    const std::string out = path(fmt::format("{}-{}", transport::toString(identity.kind), identity.name));
    transport::IssueOptions options;
    if (identity.kind == PeerKind::controller) options.ipAddresses = {"127.0.0.1"};
    if (const Status status = transport::issueTo(path("pki"), identity, options, out); !status.ok()) m_error = std::string(sentenceOf(status));
    return {out + "/ca.pem", out + "/cert.pem", out + "/key.pem"};
}

controller::Config TestSite::config() const {
    controller::Config config;
    config.site = "tst1";
    config.name = "c1";
    config.listen = m_listen;
    config.statePath = path("state.db");
    config.ca = path("controller-c1/ca.pem");
    config.cert = path("controller-c1/cert.pem");
    config.key = path("controller-c1/key.pem");
    config.roles = {{"ann", {"operator"}}, {"vic", {"viewer"}}, {"adm", {"admin"}}, {"pia", {"planner"}}, {"tom", {"technician"}}};
    return config;
}

std::string TestSite::serialOf(const std::string& user) const { return transport::readCertificate(*transport::readFile(path("user-" + user + "/cert.pem")))->serial; }

std::string TestSite::start() {
    certificate({PeerKind::controller, "tst1", "c1", "", 0});
    if (!m_error.empty()) return m_error;
    auto started = controller::ControllerServer::start(config(), m_clock);
    if (!started.ok()) return std::string(sentenceOf(started.status()));
    server = *std::move(started);
    m_listen = server->address();
    return {};
}

std::shared_ptr<grpc::Channel> TestSite::channel(const Identity& identity) {
    const auto credentials = transport::channelCredentials(certificate(identity), "tst1");
    if (!credentials.ok()) qFatal("%s", std::string(sentenceOf(credentials.status())).c_str());
    return transport::makeChannel(m_listen, *credentials, {++m_channels});
}

v1::AgentMessage TestSite::signedReport(const Identity& identity, StepReport report) {
    transport::Signer signer(certificate(identity));
    if (const Status status = transport::signReport(signer, report); !status.ok()) qFatal("%s", std::string(sentenceOf(status)).c_str());
    v1::AgentMessage message;
    wire::encode(report, message.mutable_report());
    return message;
}

TestAgent::TestAgent(std::shared_ptr<grpc::Channel> channel) : m_stub(v1::AgentLink::NewStub(channel)) {
    m_stream = m_stub->Session(&m_context);
    m_reader = std::thread([this] { read(); });
}

TestAgent::~TestAgent() {
    m_context.TryCancel();
    m_reader.join();
}

void TestAgent::read() {
    v1::ControllerMessage message;
    while (m_stream->Read(&message)) {
        const std::lock_guard lock(m_mutex);
        m_messages.push_back(message);
        m_changed.notify_all();
    }
    const Status status = transport::fromGrpc(m_stream->Finish());
    const std::lock_guard lock(m_mutex);
    m_end = status;
    m_changed.notify_all();
}

bool TestAgent::send(const v1::AgentMessage& message) { return m_stream->Write(message); }

bool TestAgent::send(const AgentHello& hello) {
    v1::AgentMessage message;
    wire::encode(hello, message.mutable_hello());
    return send(message);
}

bool TestAgent::send(const TelemetryFrame& frame) {
    v1::AgentMessage message;
    wire::encode(frame, message.mutable_telemetry());
    return send(message);
}

bool TestAgent::send(const FleetEvent& event) {
    v1::AgentMessage message;
    wire::encode(event, message.mutable_event());
    return send(message);
}

std::optional<v1::ControllerMessage> TestAgent::next(v1::ControllerMessage::BodyCase wanted) {
    std::unique_lock lock(m_mutex);
    const auto found = [&] { return std::ranges::find_if(m_messages, [&](const auto& message) { return message.body_case() == wanted; }); };
    m_changed.wait_for(lock, kPatience, [&] { return m_end || found() != m_messages.end(); });
    const auto message = found();
    if (message == m_messages.end()) return std::nullopt;
    v1::ControllerMessage taken = std::move(*message);
    m_messages.erase(message);
    return taken;
}

StatusOr<v1::Welcome> TestAgent::join(const AgentHello& hello) {
    send(hello);
    if (const auto message = next(v1::ControllerMessage::kWelcome)) return message->welcome();
    return ended();
}

Status TestAgent::ended() {
    std::unique_lock lock(m_mutex);
    m_changed.wait_for(lock, kPatience, [&] { return m_end.has_value(); });
    return m_end ? *m_end : absl::DeadlineExceededError("the stream did not end");
}

void TestAgent::leave() {
    m_stream->WritesDone();
    ended().IgnoreError();
}

TestWatcher::TestWatcher(std::shared_ptr<grpc::Channel> channel, const WatchInterest& interest) : m_stub(v1::Fleet::NewStub(channel)) {
    v1::WatchRequest request;
    wire::encode(interest, &request);
    m_stream = m_stub->Watch(&m_context, request);
    m_reader = std::thread([this] { read(); });
}

TestWatcher::~TestWatcher() {
    hold(false);
    m_context.TryCancel();
    m_reader.join();
}

void TestWatcher::read() {
    v1::WatchEvent event;
    while (m_stream->Read(&event)) {
        StatusOr<WatchBatch> batch = wire::decode(event);
        std::unique_lock lock(m_mutex);
        if (!batch.ok()) qWarning("%s", std::string(sentenceOf(batch.status())).c_str());
        if (batch.ok()) m_batches.push_back(*std::move(batch));
        m_changed.notify_all();
        m_changed.wait(lock, [this] { return !m_held; });
    }
    const Status status = transport::fromGrpc(m_stream->Finish());
    const std::lock_guard lock(m_mutex);
    m_end = status;
    m_changed.notify_all();
}

bool TestWatcher::waitFor(const std::function<bool(const std::deque<WatchBatch>&)>& done) {
    std::unique_lock lock(m_mutex);
    return m_changed.wait_for(lock, kPatience, [&] { return m_end || done(m_batches); }) && done(m_batches);
}

bool TestWatcher::waitForSnapshot() {
    return waitFor([](const auto& batches) { return std::ranges::find(batches, WatchBatch::Kind::snapshotEnd, &WatchBatch::kind) != batches.end(); });
}

std::deque<WatchBatch> TestWatcher::batches() {
    const std::lock_guard lock(m_mutex);
    return m_batches;
}

void TestWatcher::clear() {
    const std::lock_guard lock(m_mutex);
    m_batches.clear();
}

Status TestWatcher::ended() {
    std::unique_lock lock(m_mutex);
    m_changed.wait_for(lock, kPatience, [&] { return m_end.has_value(); });
    return m_end ? *m_end : absl::DeadlineExceededError("the watch did not end");
}

void TestWatcher::hold(bool held) {
    const std::lock_guard lock(m_mutex);
    m_held = held;
    m_changed.notify_all();
}

} // namespace busbar::test
