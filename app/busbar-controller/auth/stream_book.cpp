#include "busbar-controller/auth/stream_book.h"

#include <algorithm>

namespace busbar::controller {

std::shared_ptr<void> StreamBook::add(const transport::Identity& identity, End end) {
    auto stream = std::make_shared<Stream>();
    stream->uri = identity.uri();
    stream->serial = identity.serial;
    stream->notAfterWallMs = identity.notAfterWallMs;
    stream->end = std::move(end);
    {
        const std::scoped_lock lock(m_mutex);
        std::erase_if(m_streams, [](const auto& other) { return other.expired(); });
        m_streams.push_back(stream);
    }
    return std::shared_ptr<void>(stream.get(), [stream](void*) {
        const std::scoped_lock lock(stream->ending);
        stream->end = nullptr;
    });
}

std::size_t StreamBook::endWhere(const std::function<bool(const Stream&)>& which, const std::function<Status(const Stream&)>& why) {
    std::vector<std::shared_ptr<Stream>> found;
    {
        const std::scoped_lock lock(m_mutex);
        for (const auto& weak : m_streams)
            if (auto stream = weak.lock(); stream != nullptr && which(*stream)) found.push_back(std::move(stream));
    }
    std::size_t ended = 0;
    for (const auto& stream : found) {
        const std::scoped_lock lock(stream->ending);
        const End end = std::exchange(stream->end, nullptr);
        if (!end) continue;
        end(why(*stream));
        ++ended;
    }
    return ended;
}

std::size_t StreamBook::endCertificate(const std::string& serial, const Status& why) {
    return endWhere([&](const Stream& stream) { return stream.serial == serial; }, [&](const Stream&) { return why; });
}

void StreamBook::endExpired(std::int64_t nowWallMs) {
    endWhere([&](const Stream& stream) { return stream.notAfterWallMs > 0 && stream.notAfterWallMs <= nowWallMs; },
             [](const Stream& stream) { return absl::UnauthenticatedError(fmt::format("the certificate of {} has expired: issue a new one", stream.uri)); });
}

} // namespace busbar::controller
