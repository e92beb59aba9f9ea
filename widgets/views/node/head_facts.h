// What the head of the node view says, put together from snapshot and detail. Pure functions.
#pragma once

#include "domain/action.h"
#include "domain/fleet_batch.h"
#include "store/fleet_snapshot.h"
#include "widgets/views/node/neighbours.h"
#include "widgets/views/node/node_head.h"
#include "widgets/views/node/now_page.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace busbar::views {

/// A node as the view knows it: in a snapshot, or by its detail, or both (never neither).
struct NodeRef {
    std::string id;
    store::SitePtr site; ///< may be nullptr
    std::uint32_t node = 0; ///< valid when `listed`
    bool listed = false; ///< the snapshot has it
    const NodeDetail* detail = nullptr;
    std::int64_t siteNowMs = 0; ///< now, by the controller's clock

    NodeFacts facts() const { return listed ? site->facts(node) : detail != nullptr ? detail->facts : NodeFacts{}; }
    Source source() const { return listed ? site->source(node) : detail != nullptr ? detail->source : Source::unknown; }
    int gpus() const { return detail != nullptr ? static_cast<int>(detail->gpus.size()) : listed ? site->gpuCount(node) : 0; }
    /// By the controller's clock. A snapshot's own time moves only with a node's facts: a connected node spoke by the site's last word.
    std::int64_t lastSeenWallMs() const {
        if (listed && site->facts(node).link == Link::connected) return std::max(site->heartbeatWallMs(), site->lastSeenWallMs(node));
        return listed ? site->lastSeenWallMs(node) : detail != nullptr ? detail->lastSeenWallMs : 0;
    }
};

/// `stale`: its values are the last ones.
HeadFacts headFacts(const NodeRef& node, const std::vector<NodeLease>& leases, const Neighbours& neighbours, bool stale);
/// Leases on the node's GPUs, the one with most of them first.
std::vector<NodeLease> leasesOf(const NodeRef& node);
/// Why `verb` cannot be planned for a node that stands like this; empty: it can.
QString verbOff(Verb verb, const NodeFacts& facts);

} // namespace busbar::views
