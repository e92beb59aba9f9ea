// One answer of Actions.Evidence: the targets' signed reports out of the store, one target at a time as the reader takes them, then the
// manifest over all of them, signed now by this controller. At most one target is in memory.
#pragma once

#include "busbar-controller/reconcile/engine.h"
#include "transport/signing.h"

#include <string>

namespace grpc {
template <class>
class ServerWriteReactor;
}
namespace busbar::v1 {
class EvidencePart;
}

namespace busbar::controller {

/// All of it outlives the streams.
struct EvidenceSources {
    Engine& engine;
    StateStore& store;
    transport::Signer& signer;
    const Clock& clock;
};

/// A reactor that owns itself until its stream is done; with an error in `may` it only refuses. `nodeId`: that node's only; empty: all.
grpc::ServerWriteReactor<v1::EvidencePart>* startEvidenceStream(const EvidenceSources& sources, const Status& may, const std::string& actionId, const std::string& nodeId);

} // namespace busbar::controller
