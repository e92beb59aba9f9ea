#include "tests/busbar-agent/program/fake_controller.h"

#include "transport/identity.h"
#include "transport/pki.h"
#include "wire/codec.h"

#include <algorithm>
#include <chrono>

namespace busbar::test {

using transport::PeerKind;

FakeController::FakeController() {
    if (const Status status = transport::initPki(path(QStringLiteral("pki")).toStdString()); !status.ok()) qFatal("%s", status.ToString().c_str());
    certificate({PeerKind::controller, "tst1", "c1", "", 0}, "controller");
    certificate({PeerKind::node, "tst1", "n1", "", 0}, "node");
}

FakeController::~FakeController() { shut(); }

void FakeController::certificate(const transport::Identity& identity, const std::string& folder) {
    transport::IssueOptions options;
    if (identity.kind == PeerKind::controller) options.ipAddresses = {"127.0.0.1"};
    const std::string out = path(QString::fromStdString(folder)).toStdString();
    if (const Status status = transport::issueTo(path(QStringLiteral("pki")).toStdString(), identity, options, out); !status.ok()) qFatal("%s", status.ToString().c_str());
}

transport::TlsFiles FakeController::tlsOf(const std::string& folder) const {
    const std::string dir = path(QString::fromStdString(folder)).toStdString();
    return {dir + "/ca.pem", dir + "/cert.pem", dir + "/key.pem"};
}

void FakeController::open() {
    const auto credentials = transport::serverCredentials(tlsOf("controller"));
    if (!credentials.ok()) qFatal("%s", credentials.status().ToString().c_str());
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort(m_address, *credentials, &port);
    builder.RegisterService(this);
    m_server = builder.BuildAndStart();
    if (!m_server || port == 0) qFatal("the port %s cannot be opened", m_address.c_str());
    m_address = "127.0.0.1:" + std::to_string(port);
}

void FakeController::shut() {
    {
        const std::lock_guard lock(m_mutex);
        if (m_context != nullptr) m_context->TryCancel();
    }
    if (m_server) m_server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
    m_server.reset();
}

grpc::Status FakeController::Session(grpc::ServerContext* context, Stream* stream) {
    v1::AgentMessage message;
    while (stream->Read(&message)) {
        const std::lock_guard lock(m_mutex);
        m_messages.push_back(message);
        if (message.has_hello()) {
            v1::ControllerMessage answer;
            wire::encode(m_welcome, answer.mutable_welcome());
            m_stream = stream;
            m_context = context;
            stream->Write(answer);
        }
        m_came.notify_all();
    }
    const std::lock_guard lock(m_mutex);
    if (m_stream == stream) {
        m_stream = nullptr;
        m_context = nullptr;
    }
    m_came.notify_all();
    return grpc::Status::OK;
}

void FakeController::setWelcome(const AgentWelcome& welcome) {
    const std::lock_guard lock(m_mutex);
    m_welcome = welcome;
}

void FakeController::send(const StepCommand& command) {
    v1::ControllerMessage message;
    wire::encode(command, message.mutable_command());
    send(message);
}

void FakeController::send(const v1::ControllerMessage& message) {
    std::unique_lock lock(m_mutex);
    if (!m_came.wait_for(lock, std::chrono::seconds(30), [this] { return m_stream != nullptr; })) qFatal("no agent is connected");
    m_stream->Write(message);
}

bool FakeController::waitFor(const std::function<bool(const std::vector<v1::AgentMessage>&)>& done) {
    std::unique_lock lock(m_mutex);
    return m_came.wait_for(lock, std::chrono::seconds(30), [&] { return done(m_messages); });
}

std::vector<v1::AgentMessage> FakeController::messages() {
    const std::lock_guard lock(m_mutex);
    return m_messages;
}

void FakeController::clear() {
    const std::lock_guard lock(m_mutex);
    m_messages.clear();
}

AgentHello FakeController::hello() {
    AgentHello hello;
    const bool came = waitFor([&](const std::vector<v1::AgentMessage>& all) {
        for (const v1::AgentMessage& message : all)
            if (message.has_hello()) hello = *wire::decode(message.hello());
        return !hello.nodeId.empty();
    });
    if (!came) qFatal("no Hello came");
    return hello;
}

std::vector<StepReport> FakeController::reports(const std::string& commandId) {
    std::vector<StepReport> reports;
    for (const v1::AgentMessage& message : messages())
        if (message.has_report() && message.report().command_id() == commandId) reports.push_back(*wire::decode(message.report()));
    return reports;
}

StepReport FakeController::waitForReport(const std::string& commandId, std::size_t count) {
    const auto ofCommand = [&](const v1::AgentMessage& message) { return message.has_report() && message.report().command_id() == commandId; };
    const bool came = waitFor([&](const std::vector<v1::AgentMessage>& all) { return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), ofCommand)) >= count; });
    if (!came) qFatal("no report of %s", commandId.c_str());
    return reports(commandId)[count - 1];
}

} // namespace busbar::test
