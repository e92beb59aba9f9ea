// The users' open streams by their certificate, so that a stream ends with the certificate that opened it: at its notAfter, or when it is
// revoked (design.md §9). Agents' streams are ingest's (AgentIngest). Thread-safe.
#pragma once

#include "base/status.h"
#include "transport/identity.h"

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace busbar::controller {

class StreamBook {
public:
    /// Ends the stream with this status; called at most once, from any thread, never after the handle of add() is destroyed.
    using End = std::function<void(const Status& why)>;

    [[nodiscard]] std::shared_ptr<void> add(const transport::Identity& identity, End end);
    /// Ends the streams of the certificate with this serial; answers how many.
    std::size_t endCertificate(const std::string& serial, const Status& why);
    /// Ends the streams whose certificate has run out.
    void endExpired(std::int64_t nowWallMs);

private:
    struct Stream {
        std::string uri, serial;
        std::int64_t notAfterWallMs = 0;
        std::recursive_mutex ending; ///< guards `end`; recursive: ending a stream may drop its handle
        End end;
    };
    std::size_t endWhere(const std::function<bool(const Stream&)>& which, const std::function<Status(const Stream&)>& why);

    std::mutex m_mutex; ///< guards m_streams
    std::vector<std::weak_ptr<Stream>> m_streams;
};

} // namespace busbar::controller
