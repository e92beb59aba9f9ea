// A site's shard of the fleet: takes what Fleet.Watch says, batch by batch, and publishes immutable snapshots (fleet_snapshot.h).
//
// While a first snapshot is on its way nothing of it is shown; a later one (a new epoch) is gathered beside the data shown and replaces
// them whole at its end. Memory at rest: 17 bytes a GPU and about 45 a node with all fleet columns; a chunk that changes exists twice
// at most, plus the watched nodes' own metrics.
// One writer thread for all functions; the snapshots are read from any thread and may outlive the store.
#pragma once

#include "base/status.h"
#include "domain/fleet_batch.h"
#include "store/fleet_snapshot.h"

#include <cstdint>
#include <memory>
#include <string>

namespace busbar::store {

/// Events of a site that a snapshot shows.
inline constexpr std::size_t kShownEvents = 512;
/// Leases of a site that the console takes.
inline constexpr std::size_t kMaxSiteLeases = 1'000'000;
/// Values of watched nodes kept at once (64 nodes of 64 GPUs, each metric).
inline constexpr std::size_t kMaxWatchedValues = 64 * 64 * 40;

class FleetStore {
public:
    explicit FleetStore(std::string site);
    ~FleetStore();
    FleetStore(const FleetStore&) = delete;
    FleetStore& operator=(const FleetStore&) = delete;

    /// Takes one batch. Values and rows outside what exists are left out and counted; a batch that breaks the order of the stream (nodes
    /// that do not follow, a snapshot shorter than announced) is an error: the stream has to be started again with `resumeRevision` 0.
    Status apply(const WatchBatch& batch);

    /// State of the link and its sentence, shown from the next publication on.
    void setState(SiteState state, std::string sentence);
    /// Arrival of the last heartbeat (wall ms).
    void setReceived(std::int64_t wallMs);
    SiteState state() const;

    /// Whether anything changed since the last publication.
    bool changed() const;
    /// The site as it is now.
    SitePtr publish();
    /// Where to resume: {epoch, revision} of the last batch applied whole; zeros before a snapshot is complete.
    WatchInterest resumePoint() const;

    struct Counters {
        std::uint64_t batches = 0, values = 0; ///< applied; a value is one cell of a column
        std::uint64_t refused = 0;             ///< values and rows left out
        std::string refusedWhy;                ///< of the last one
    };
    const Counters& counters() const;
    /// Bytes held by the data shown (columns, identity, facts), without buffers that wait to be used again.
    std::size_t memoryBytes() const;
    std::size_t idleBytes() const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace busbar::store
