// The fleet as the console's views read it: immutable snapshots, made by FleetStore (one shard per site), shared by pointer.
//
// A shard holds metrics as columns in chunks of kChunkRows rows (copy on write: an unchanged chunk is the same memory in the next
// snapshot and keeps its version, so that a view repaints only chunks whose version moved). Widths are the wire's (metric.h); the
// width's largest value is kNotSupported, the one below kNotRead. Views never write; any thread may read.
#pragma once

#include "domain/facts.h"
#include "domain/fleet_batch.h"
#include "domain/metric.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace busbar::store {

inline constexpr std::uint32_t kChunkRows = 4096;

/// State of the link console → site. `loading`: connected, first snapshot still on its way.
enum class SiteState : std::uint8_t { connecting, loading, live, stale, lost, refused };

/// A leased GPU counts as busy from this utilisation on (SM active, GPU utilisation where that is not supported), in %.
inline constexpr std::int64_t kBusyFromPercent = 10;

/// Sums of one site; GPUs of late or lost nodes and of stale sites are in `unknown` and in no other count but installed, as are GPUs
/// whose health is unknown. installed = healthy + notHealthy + unknown; healthy ≥ reserved ≥ inUse ≥ busy, where reserved holds all
/// that is promised or held, inUse what is leased now; healthy = reserved + free + closed + being scrubbed. `ok` and `watch` are healthy.
/// nodesNotOk: watch, degraded or failed.
struct SiteRollup {
    std::uint32_t nodes = 0, installed = 0, healthy = 0, reserved = 0, inUse = 0, busy = 0, free = 0, notHealthy = 0, closed = 0, unknown = 0;
    std::uint32_t nodesNotOk = 0, nodesDraining = 0, nodesDrained = 0, nodesLost = 0, nodesLate = 0;
    std::uint32_t live = 0, replayed = 0, simulated = 0; ///< nodes by source
    double utilisationOfInUse = -1;   ///< mean of smActive (gpuUtil where unsupported) of in-use GPUs, %; -1 unknown
    std::uint32_t utilisationKnown = 0; ///< GPUs in that mean
    double powerKw = -1;              ///< sum of known GPU power; -1 none known
    std::uint32_t powerUnknown = 0;   ///< GPUs without a power value
    bool operator==(const SiteRollup&) const = default;
};

class SiteSnapshot {
public:
    virtual ~SiteSnapshot() = default;
    virtual const std::string& site() const = 0;
    virtual SiteState state() const = 0;
    /// Why it is refused, lost …: a sentence for people; empty when live.
    virtual const std::string& stateSentence() const = 0;
    virtual std::uint64_t epoch() const = 0;
    virtual std::uint64_t revision() const = 0;
    /// Controller's clock of the last heartbeat and when it arrived here (both wall ms); 0 none yet.
    virtual std::int64_t heartbeatWallMs() const = 0;
    virtual std::int64_t receivedWallMs() const = 0;

    virtual std::uint32_t nodeCount() const = 0;
    virtual std::uint32_t rowCount() const = 0;
    virtual std::string_view nodeName(std::uint32_t node) const = 0;
    virtual std::string_view hall(std::uint32_t node) const = 0;
    virtual std::string_view row(std::uint32_t node) const = 0;
    virtual std::string_view rack(std::uint32_t node) const = 0;
    virtual std::string_view leaf(std::uint32_t node) const = 0;
    virtual std::string_view pdu(std::uint32_t node) const = 0;
    virtual std::string_view model(std::uint32_t node) const = 0;
    virtual std::string_view driver(std::uint32_t node) const = 0;
    virtual int unit(std::uint32_t node) const = 0;
    virtual int gpuCount(std::uint32_t node) const = 0;
    virtual Source source(std::uint32_t node) const = 0;
    virtual NodeFacts facts(std::uint32_t node) const = 0;
    virtual std::int64_t lastSeenWallMs(std::uint32_t node) const = 0;
    virtual std::uint32_t firstRow(std::uint32_t node) const = 0;
    virtual std::uint32_t nodeOfRow(std::uint32_t row) const = 0;
    /// Facts and first rows of all nodes at once, into at least nodeCount() places: what every query reads.
    virtual void readFacts(std::span<NodeFacts> out) const = 0;
    virtual void readFirstRows(std::span<std::uint32_t> out) const = 0;
    /// Node index by name; nodeCount() when absent.
    virtual std::uint32_t findNode(std::string_view name) const = 0;

    /// Plain value, kNotSupported or kNotRead. `metric` must be a fleet column.
    virtual std::int64_t value(Metric metric, std::uint32_t row) const = 0;
    /// Raw little-endian column of a chunk (rows [chunk*kChunkRows, …)); as many values as the chunk has rows.
    virtual std::span<const std::byte> chunk(Metric metric, std::uint32_t chunk) const = 0;
    /// Grows when the chunk changed.
    virtual std::uint64_t chunkVersion(Metric metric, std::uint32_t chunk) const = 0;
    /// Grows when any node's facts changed.
    virtual std::uint64_t factsVersion() const = 0;

    /// A value that only watched nodes send (metric.h, below the fleet columns); kNotRead when the row is not watched.
    virtual std::int64_t watchedValue(Metric metric, std::uint32_t row) const = 0;
    /// Changes when nodes were added or replaced: names, places and rows are the same while it stays.
    virtual std::uint64_t identityVersion() const = 0;

    virtual const LeaseInfo* lease(std::uint32_t index) const = 0; ///< nullptr: none or unknown
    virtual const SiteRollup& rollup() const = 0;
    /// Newest last, at most 512.
    virtual const std::vector<FleetEvent>& events() const = 0;
};

using SitePtr = std::shared_ptr<const SiteSnapshot>;

/// All sites of the profile, in its order; never holds nullptr.
struct FleetSnapshot {
    std::vector<SitePtr> sites;
    std::uint64_t sequence = 0;
};
using FleetPtr = std::shared_ptr<const FleetSnapshot>;

/// A GPU slot or a node across sites: index of the site in the profile, and the row or node in it. Only valid with the snapshot's epoch.
struct RowRef {
    std::uint32_t site = 0, row = 0;
    bool operator==(const RowRef&) const = default;
};

std::string_view toString(SiteState state);

/// Milliseconds since the site's last heartbeat arrived; -1 none yet.
std::int64_t ageAt(const SiteSnapshot& site, std::int64_t nowWallMs);
/// State of a site at `nowWallMs`: what the snapshot says, but stale and lost by the clock as well, so that a stopped stream shows.
SiteState stateAt(const SiteSnapshot& site, std::int64_t nowWallMs);
/// Sums that may be shown at `nowWallMs`: the site's own while it is live, else all its GPUs unknown.
SiteRollup rollupAt(const SiteSnapshot& site, std::int64_t nowWallMs);

/// Sums over sites; the mean utilisation is weighted by the GPUs in it.
SiteRollup sumOf(const FleetSnapshot& fleet);
/// The same at `nowWallMs`.
SiteRollup sumAt(const FleetSnapshot& fleet, std::int64_t nowWallMs);

} // namespace busbar::store
