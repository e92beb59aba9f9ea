// One blocking TCP connect with a time limit, for the TLS looks that gRPC cannot do. Not for a GUI thread.
#pragma once

#include "base/status.h"

#include <functional>
#include <string>
#include <unistd.h>
#include <utility>

namespace busbar::transport {

/// Owns a connected socket; closes it.
class Socket {
public:
    explicit Socket(int fd) : m_fd(fd) {}
    ~Socket() {
        if (m_fd >= 0) close(m_fd);
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    Socket(Socket&& other) noexcept : m_fd(std::exchange(other.m_fd, -1)) {}
    int fd() const { return m_fd; }

private:
    int m_fd;
};

/// Asked ten times a second while something waits: true ends the wait at once. Unset: nobody ends it.
using Stopped = std::function<bool()>;

/// Waits until `fd` has one of poll's `events`; false after 3 s, or when stopped.
bool waitFor(int fd, short events, const Stopped& stopped);

/// Connects to "host:port" within 3 s; reads and writes on the socket are limited to 3 s too. The error names the address and why; it is
/// Cancelled when stopped. A name is looked up without a limit of its own: the resolver's counts.
StatusOr<Socket> dial(const std::string& address, const Stopped& stopped = {});

} // namespace busbar::transport
