// Nodes that have a certificate of their own, remembered in the store (/nodes/<name>/hello), so that one that does not come back after
// a controller's restart is shown as lost instead of being forgotten. Thread-safe; writes happen in `flush` only.
#pragma once

#include "busbar-controller/state/state_store.h"
#include "domain/telemetry.h"

#include <map>
#include <mutex>
#include <string>

namespace busbar::controller {

class FleetTable;

class NodeRegistry {
public:
    /// `store` outlives the registry.
    explicit NodeRegistry(StateStore& store) : m_store(store) {}
    /// Puts the remembered nodes into the table; those that cannot be read are skipped and named in the log.
    Status load(FleetTable& table);
    /// Keeps who the node is, to be written at the next flush when it changed.
    void note(const AgentHello& hello);
    /// Writes what changed in one transaction; on an error (a full disk) it is tried again at the next call.
    Status flush();

private:
    StateStore& m_store;
    std::mutex m_mutex;
    std::map<std::string, std::string> m_written, m_pending; ///< by key, bytes of v1.Hello
};

} // namespace busbar::controller
