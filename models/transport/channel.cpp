#include "transport/channel.h"

#include "wire/codec.h"

#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/channel_arguments.h>

namespace busbar::transport {
namespace {

constexpr int kKeepaliveMs = 10'000;
constexpr int kKeepaliveTimeoutMs = 5'000;
constexpr int kMinClientPingMs = 5'000;
constexpr int kMinReconnectMs = 200;
constexpr int kMaxReconnectMs = 5'000;

// gRPC 1.51 ends the threads of its callback API together with the last channel that used them, by joining them right there. A stream
// that ends after its owner let go of the channel frees it on such a thread, which would join itself: an abort or a hang at a lost
// connection (seen). One channel that made a call and is never freed keeps the threads until the process ends.
void keepCallbackThreads() {
    struct Kept {
        std::shared_ptr<grpc::Channel> channel = grpc::CreateChannel("unix:/dev/null/nowhere", grpc::InsecureChannelCredentials());
        grpc::GenericStub stub{channel};
        grpc::ClientContext context;
        grpc::Slice nothing{""};
        grpc::ByteBuffer request{&nothing, 1}, reply;
    };
    // Volatile, so that the pointer itself stays and a leak checker still reaches it.
    [[maybe_unused]] static const Kept* const volatile kept = [] {
        auto* const made = new Kept; // Never freed: that is its purpose.
        made->context.set_deadline(std::chrono::system_clock::now());
        made->stub.UnaryCall(&made->context, "/busbar.v1.None/None", {}, &made->request, &made->reply, [](const grpc::Status&) {});
        return made;
    }();
}

} // namespace

std::shared_ptr<grpc::Channel> makeChannel(const std::string& address, const std::shared_ptr<grpc::ChannelCredentials>& credentials, const ChannelOptions& options) {
    keepCallbackThreads();
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(wire::kMaxMessageBytes);
    arguments.SetMaxSendMessageSize(wire::kMaxMessageBytes);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
    arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kMinReconnectMs);
    arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kMaxReconnectMs);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kMaxReconnectMs);
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt("busbar.separate", options.separate);
    return grpc::CreateCustomChannel(address, credentials, arguments);
}

void applyServerLimits(grpc::ServerBuilder& builder) {
    builder.SetMaxReceiveMessageSize(wire::kMaxMessageBytes);
    builder.SetMaxSendMessageSize(wire::kMaxMessageBytes);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kMinClientPingMs);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0); // A second controller on the port must fail, not share it.
}

StatusOr<std::string> boundAddress(const std::string& asked, int selectedPort) {
    if (selectedPort == 0) return absl::AlreadyExistsError(fmt::format("{} cannot be listened on: the port is taken or the address is not this machine's", asked));
    const auto colon = asked.rfind(':');
    return fmt::format("{}:{}", asked.substr(0, colon), selectedPort);
}

} // namespace busbar::transport
