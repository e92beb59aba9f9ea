// Chooses the controller of the next try and words why the last one failed. Not thread-safe: the agent's loop.
#pragma once

#include "busbar-agent/config.h"

#include <memory>

namespace grpc {
class Channel;
}

namespace busbar::agent {

class Dialler {
public:
    explicit Dialler(LinkConfig config) : m_config(std::move(config)) {}
    /// The site's controllers in turn. Credentials are read anew, so that a renewed certificate is used.
    StatusOr<std::shared_ptr<grpc::Channel>> next();
    /// `why` of the last try, with the reason of a refused handshake. Connects once more for it (at most 3 s), and only when `why` changed.
    Status explain(const Status& why);

private:
    LinkConfig m_config;
    std::size_t m_turn = 0;
    Status m_lastWhy, m_lastExplained;
};

} // namespace busbar::agent
