// What the overview says about the whole fleet beyond SiteRollup: free GPUs by model and their largest blocks, why the others earn nothing,
// how many nodes need a person and which first, and what happened last.
//
// Made by FleetTally::update, which reads two columns and the facts of the sites that changed since the last call (the others cost a
// look at their versions): about 3 ms for 125,000 GPUs when all changed, 0.03 ms when none did (bench_overview). Meant for a worker thread
// at most once a second; an update is used by one thread at a time, its result is immutable and shared.
#pragma once

#include "store/capacity.h"
#include "store/fleet_snapshot.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace busbar::store {

/// Sizes of requests, in GPUs of one model, whose fits are counted.
inline constexpr std::array<std::uint32_t, 3> kFitSizes{8, 64, 256};
/// Nodes that need a person, and happenings, kept for showing.
inline constexpr std::size_t kShownUrgent = 16, kShownHappenings = 16;

/// A block is a leaf's GPUs; where the leaf is unknown, the rack's; else the node's own.
struct ModelTally {
    std::string model;               ///< as the device says; empty: not known
    std::uint32_t installed = 0;     ///< at live sites
    std::uint32_t free = 0;          ///< healthy, without a lease, on open nodes
    std::uint32_t largestBlock = 0;  ///< free GPUs of the block with the most
    std::string largestPlace;        ///< its leaf, rack or node
    std::array<std::uint32_t, kFitSizes.size()> fits{}; ///< requests of each size that fit, each whole within one block
};

struct StandingTally {
    std::uint32_t gpus = 0;
    std::uint32_t nodes = 0; ///< nodes with such a GPU; a node may be in several
};

struct UrgentNode {
    std::string id;               ///< "site/name"
    NodeFacts facts;
    int priority = 0;             ///< 1 or 2 (priorityOf)
    std::int64_t sinceWallMs = 0; ///< newest warning of the node, else when it was last heard of if lost; 0 not known
    std::string event;            ///< newest warning's text; empty: none among the site's events
};

/// One line of what happened: events of the same text at the same site within a minute are one.
struct Happening {
    std::int64_t wallMs = 0; ///< of the newest
    std::string site, nodeId; ///< nodeId: of the newest; empty: it is the site that fell silent
    std::uint32_t count = 1;
    EventKind kind = EventKind::unknown;
    int severity = 0;
    std::string text;
};

/// Of one site or of all.
struct TallyPart {
    std::array<StandingTally, kStandings> standings{};
    std::array<std::uint32_t, 4> priority{}; ///< nodes by priorityOf; of live sites only
    std::vector<ModelTally> models;          ///< of live sites only; most installed first
    std::vector<UrgentNode> urgent;          ///< most urgent first, at most kShownUrgent
    std::vector<Happening> happenings;       ///< newest last, at most kShownHappenings
    std::uint32_t events = 0;                ///< events that `happenings` was made from
};

struct SiteTally : TallyPart {
    std::string site;
    bool live = false;
};
using SiteTallyPtr = std::shared_ptr<const SiteTally>;

struct FleetTallyResult : TallyPart {
    std::vector<SiteTallyPtr> sites; ///< in the snapshot's order
    std::uint64_t sequence = 0;      ///< of the snapshot
    std::int64_t wallMs = 0;
};
using TallyPtr = std::shared_ptr<const FleetTallyResult>;

class FleetTally {
public:
    TallyPtr update(const FleetSnapshot& fleet, std::int64_t nowWallMs);

private:
    /// Changes when anything a site's tally depends on does.
    struct Signature {
        std::uint64_t epoch = 0, identity = 0, facts = 0, chunks = 0, lastEvent = 0;
        SiteState state = SiteState::connecting;
        bool operator==(const Signature&) const = default;
    };
    struct Entry {
        Signature signature;
        SiteTallyPtr tally;
    };
    static Signature signatureOf(const SiteSnapshot& site, std::int64_t nowWallMs);
    std::vector<Entry> m_entries;
};

} // namespace busbar::store
