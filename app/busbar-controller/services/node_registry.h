// Nodes remembered in the store (/nodes/<name>/hello), so that one that does not come back after a controller's restart is shown as late and
// then lost instead of being forgotten. A node with a certificate of its own is remembered for good; one behind a gateway (replayed or
// simulated) for kGatewayMs after it was last there, since a gateway brings others when it is set up otherwise.
// Thread-safe; writes happen in `flush` only.
#pragma once

#include "busbar-controller/state/state_store.h"
#include "domain/telemetry.h"

#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace busbar::controller {

class FleetTable;

class NodeRegistry {
public:
    /// `store` outlives the registry.
    NodeRegistry(StateStore& store, const Clock& clock) : m_store(store), m_clock(clock) {}
    static constexpr std::int64_t kGatewayMs = 30 * 60'000;
    /// Puts the remembered nodes into the table; those that cannot be read are skipped and named in the log.
    Status load(FleetTable& table);
    /// Keeps who the node is, to be written at the next flush when it changed.
    void note(const AgentHello& hello, bool behindGateway);
    /// Writes what changed in one transaction; on an error (a full disk) it is tried again at the next call. `isConnected` is asked now and
    /// then for the nodes behind gateways that are remembered.
    Status flush(const std::function<bool(const std::string& name)>& isConnected);

private:
    struct Known {
        std::string bytes;              ///< of v1.Hello
        bool behindGateway = false;
        std::int64_t writtenBootMs = 0; ///< 0: not by this controller's life
    };
    void renew(const std::function<bool(const std::string& name)>& isConnected);

    StateStore& m_store;
    const Clock& m_clock;
    std::mutex m_mutex;                 ///< guards the three below
    std::map<std::string, Known> m_written, m_pending; ///< by key
    std::int64_t m_renewedBootMs = 0;
};

} // namespace busbar::controller
