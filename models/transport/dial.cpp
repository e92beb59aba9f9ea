#include "transport/dial.h"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace busbar::transport {
namespace {

constexpr int kConnectMs = 3'000, kSliceMs = 100;

struct FreeAddresses {
    void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

bool connectWithin(int fd, const addrinfo* to, const Stopped& stopped) {
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    if (connect(fd, to->ai_addr, to->ai_addrlen) != 0) {
        if (errno != EINPROGRESS) return false;
        int error = ETIMEDOUT;
        socklen_t size = sizeof error;
        if (waitFor(fd, POLLOUT, stopped)) getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
        errno = error;
        if (error != 0) return false;
    }
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    const timeval limit{kConnectMs / 1000, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    return true;
}

} // namespace

bool waitFor(int fd, short events, const Stopped& stopped) {
    pollfd wait{fd, events, 0};
    for (int waited = 0; waited < kConnectMs; waited += kSliceMs) {
        if (stopped && stopped()) return false;
        if (poll(&wait, 1, kSliceMs) == 1) return true;
    }
    return false;
}

StatusOr<Socket> dial(const std::string& address, const Stopped& stopped) {
    const auto colon = address.rfind(':');
    if (colon == std::string::npos) return invalid("address '{}' has no port", address);
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int error = getaddrinfo(address.substr(0, colon).c_str(), address.substr(colon + 1).c_str(), &hints, &found); error != 0)
        return unavailable("the name in '{}' cannot be resolved: {}", address, gai_strerror(error));
    const std::unique_ptr<addrinfo, FreeAddresses> list(found);
    int error = 0;
    for (const addrinfo* to = found; to != nullptr; to = to->ai_next) {
        Socket socket(::socket(to->ai_family, to->ai_socktype | SOCK_CLOEXEC, to->ai_protocol));
        if (socket.fd() >= 0 && connectWithin(socket.fd(), to, stopped)) return socket;
        error = errno;
        if (stopped && stopped()) return absl::CancelledError(fmt::format("{} was not waited for any longer", address));
    }
    return unavailable("nothing answers at {}: {}", address, std::strerror(error));
}

} // namespace busbar::transport
