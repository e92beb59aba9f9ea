// Sends a model's nodes to a controller, one real agent stream a node over a few channels, and runs the controller's steps on the model.
// One thread calls run(); gRPC's threads only queue what came.
#pragma once

#include "base/clock.h"
#include "busbar-replay/sources/source.h"
#include "transport/credentials.h"

#include <functional>
#include <memory>
#include <string>

namespace busbar::replay {

struct PlayerOptions {
    std::string site, controller; ///< "host:port"
    transport::TlsFiles tls;      ///< a gateway's
    int connections = 4;          ///< 0: one a node
    std::string closedFile;       ///< remembers which nodes a drain closed; empty: not kept
};

class Player {
public:
    Player(SourceModel& source, PlayerOptions options, const Clock& clock);
    ~Player();
    Player(const Player&) = delete;
    Player& operator=(const Player&) = delete;

    /// Until `stopFd` becomes readable. The error is one that trying again does not mend (a refused certificate, say).
    Status run(int stopFd);
    /// Nodes whose session stands.
    std::size_t connected() const;

private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace busbar::replay
