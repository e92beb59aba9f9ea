#include "store/fleet_store.h"

#include "store/shard_data.h"

#include <algorithm>
#include <atomic>

namespace busbar::store {
namespace {

/// Never the same twice in a process: views compare versions over epochs and shards.
std::uint64_t freshVersion() {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
}

} // namespace

struct FleetStore::Impl {
    explicit Impl(std::string name) : site(std::move(name)), shown(std::make_unique<ShardData>(pool)) {}

    Status begin(const WatchBatch& batch);
    Status end(const WatchBatch& batch);
    Status addNodes(ShardData& data, const NodeBatch& batch);
    void setFacts(ShardData& data, const FactsBatch& batch);
    void setColumn(ShardData& data, const ColumnBatch& batch);
    void setWatched(ShardData& data, const ColumnBatch& batch);
    void addLeases(ShardData& data, const std::vector<LeaseInfo>& leases);
    void addEvent(ShardData& data, const FleetEvent& event);
    void refuse(std::uint64_t count, std::string why);

    const std::string site;
    std::shared_ptr<ChunkPool> pool = std::make_shared<ChunkPool>();
    std::unique_ptr<ShardData> shown;     ///< what publish() shows
    std::unique_ptr<ShardData> gathering; ///< a snapshot on its way
    std::uint32_t nodesAnnounced = 0, rowsAnnounced = 0;
    bool complete = false;                ///< a snapshot has arrived whole
    bool changed = true;
    LinkFacts link;
    Counters counters;
};

FleetStore::FleetStore(std::string site) : m_impl(std::make_unique<Impl>(std::move(site))) {}
FleetStore::~FleetStore() = default;

Status FleetStore::apply(const WatchBatch& batch) {
    Impl& my = *m_impl;
    using Kind = WatchBatch::Kind;
    if (batch.kind == Kind::snapshotBegin) return my.begin(batch);
    if (batch.kind == Kind::snapshotEnd) return my.end(batch);
    if (batch.kind == Kind::heartbeat) {
        my.link.heartbeatWallMs = batch.heartbeat.controllerWallMs;
        my.changed = true;
        if (!my.gathering && my.complete) my.shown->revision = std::max(my.shown->revision, batch.revision);
        return absl::OkStatus();
    }
    ShardData& data = my.gathering ? *my.gathering : *my.shown;
    if (batch.kind != Kind::unknown && !my.gathering && !my.complete) return invalid("site {} sent changes before its first snapshot", my.site);
    ++my.counters.batches;
    my.changed = my.changed || !my.gathering;
    switch (batch.kind) {
    case Kind::nodes: return my.addNodes(data, batch.nodes);
    case Kind::facts: my.setFacts(data, batch.facts); break;
    case Kind::column: my.setColumn(data, batch.column); break;
    case Kind::leases: my.addLeases(data, batch.leases); break;
    case Kind::event: my.addEvent(data, batch.event); break;
    default: break; // a newer controller's kind
    }
    return absl::OkStatus();
}

Status FleetStore::Impl::begin(const WatchBatch& batch) {
    if (batch.nodeTotal > kMaxSiteNodes || batch.rowTotal > kMaxSiteRows) return invalid("site {} announces {} nodes and {} GPUs, which is more than a site has", site, batch.nodeTotal, batch.rowTotal);
    gathering = std::make_unique<ShardData>(pool);
    gathering->epoch = batch.epoch;
    gathering->revision = batch.revision;
    gathering->identityVersion = gathering->factsVersion = freshVersion();
    nodesAnnounced = batch.nodeTotal;
    rowsAnnounced = batch.rowTotal;
    return absl::OkStatus();
}

Status FleetStore::Impl::end(const WatchBatch& batch) {
    if (!gathering) return invalid("site {} ended a snapshot that it had not begun", site);
    const SiteIdentity& identity = *gathering->identity;
    if (identity.nodeCount() != nodesAnnounced || identity.rowCount() != rowsAnnounced)
        return invalid("site {} announced {} nodes and {} GPUs but sent {} and {}", site, nodesAnnounced, rowsAnnounced, identity.nodeCount(), identity.rowCount());
    gathering->revision = std::max(gathering->revision, batch.revision);
    gathering->identity.edit().shrink();
    shown = std::move(gathering);
    complete = changed = true;
    return absl::OkStatus();
}

Status FleetStore::Impl::addNodes(ShardData& data, const NodeBatch& batch) {
    const std::uint32_t before = data.identity->nodeCount();
    const std::uint32_t rowsBefore = data.identity->rowCount();
    if (Status status = data.identity.edit().append(batch); !status.ok()) return status;
    data.identityVersion = freshVersion();
    data.facts.edit().resize(data.identity->nodeCount());
    data.columns.append(data.identity->rowCount() - rowsBefore);
    for (std::uint32_t node = before; node < data.identity->nodeCount(); ++node) data.rollup.nodeChanged(nullptr, NodeFacts{}, data.identity->source(node));
    data.factsVersion = freshVersion();
    return absl::OkStatus();
}

void FleetStore::Impl::setFacts(ShardData& data, const FactsBatch& batch) {
    FactsTable& table = data.facts.edit();
    for (std::size_t i = 0; i < batch.nodes.size(); ++i) {
        const std::uint32_t node = batch.nodes[i];
        if (node >= table.size() || i >= batch.facts.size()) {
            refuse(1, fmt::format("facts of node {} of {}", node, table.size()));
            continue;
        }
        const NodeFacts before = table.facts(node);
        table.setFacts(node, batch.facts[i]);
        if (i < batch.lastSeenWallMs.size()) table.setLastSeen(node, batch.lastSeenWallMs[i]);
        if (before == batch.facts[i]) continue;
        data.rollup.nodeChanged(&before, batch.facts[i], data.identity->source(node));
        data.columns.markRollup(data.identity->firstRow(node), static_cast<std::uint32_t>(data.identity->gpuCount(node)));
    }
    data.factsVersion = freshVersion();
}

void FleetStore::Impl::setColumn(ShardData& data, const ColumnBatch& batch) {
    const MetricInfo& info = infoOf(batch.metric);
    if (info.metric == Metric::unknown) return refuse(batch.values.size(), "values of an unknown metric");
    if (!info.fleetColumn) return setWatched(data, batch);
    MetricColumns::Outcome outcome;
    if (batch.rows.empty()) {
        const std::uint32_t rows = data.columns.rowCount();
        const std::size_t fits = batch.firstRow < rows ? std::min<std::size_t>(batch.values.size(), rows - batch.firstRow) : 0;
        outcome = data.columns.setRun(batch.metric, batch.firstRow, std::span(batch.values).first(fits));
        outcome.refused += batch.values.size() - fits;
    } else {
        const std::size_t both = std::min(batch.rows.size(), batch.values.size());
        outcome = data.columns.setRows(batch.metric, std::span(batch.rows).first(both), std::span(batch.values).first(both));
        outcome.refused += std::max(batch.rows.size(), batch.values.size()) - both;
    }
    counters.values += batch.values.size();
    if (outcome.refused > 0) refuse(outcome.refused, fmt::format("values of {} that are out of range or of rows past {}", info.key, data.columns.rowCount()));
}

/// Metrics that only watched nodes have are few: a table by (metric, row).
void FleetStore::Impl::setWatched(ShardData& data, const ColumnBatch& batch) {
    WatchedTable& table = data.watched.edit();
    // Nodes that are no longer watched leave their values behind; when there are too many, all go: the watched ones come again at once.
    if (table.size() + batch.values.size() > kMaxWatchedValues) table.clear();
    if (batch.values.size() > kMaxWatchedValues) return refuse(batch.values.size(), "more values of watched nodes than there can be");
    std::uint64_t bad = 0;
    for (std::size_t i = 0; i < batch.values.size(); ++i) {
        const std::uint64_t row = batch.rows.empty() ? batch.firstRow + std::uint64_t{i} : i < batch.rows.size() ? batch.rows[i] : UINT64_MAX;
        if (row < data.columns.rowCount() && batch.values[i] >= kNotRead)
            table[watchedKey(batch.metric, static_cast<std::uint32_t>(row))] = batch.values[i];
        else
            ++bad;
    }
    counters.values += batch.values.size();
    if (bad > 0) refuse(bad, fmt::format("values of {} that are out of range or of rows past {}", infoOf(batch.metric).key, data.columns.rowCount()));
}

void FleetStore::Impl::addLeases(ShardData& data, const std::vector<LeaseInfo>& leases) {
    LeaseTable& table = data.leases.edit();
    for (const LeaseInfo& lease : leases) {
        if (lease.index == 0 || (table.size() >= kMaxSiteLeases && !table.contains(lease.index)))
            refuse(1, fmt::format("lease {}", lease.id));
        else
            table[lease.index] = lease;
    }
}

void FleetStore::Impl::addEvent(ShardData& data, const FleetEvent& event) {
    std::vector<FleetEvent>& events = data.events.edit();
    // A resumed stream may repeat the last events.
    if (!events.empty() && event.id != 0 && event.id <= events.back().id) return;
    if (events.size() >= kShownEvents) events.erase(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(events.size() - kShownEvents + 1));
    events.push_back(event);
}

void FleetStore::Impl::refuse(std::uint64_t count, std::string why) {
    counters.refused += count;
    counters.refusedWhy = std::move(why);
}

void FleetStore::setState(SiteState state, std::string sentence) {
    if (m_impl->link.state == state && m_impl->link.sentence == sentence) return;
    m_impl->link.state = state;
    m_impl->link.sentence = std::move(sentence);
    m_impl->changed = true;
}

void FleetStore::setReceived(std::int64_t wallMs) { m_impl->link.receivedWallMs = wallMs; }
SiteState FleetStore::state() const { return m_impl->link.state; }
bool FleetStore::changed() const { return m_impl->changed; }

SitePtr FleetStore::publish() {
    m_impl->changed = false;
    return makeShardSnapshot(m_impl->site, *m_impl->shown, m_impl->link);
}

WatchInterest FleetStore::resumePoint() const {
    WatchInterest interest;
    if (m_impl->complete && !m_impl->gathering) {
        interest.resumeEpoch = m_impl->shown->epoch;
        interest.resumeRevision = m_impl->shown->revision;
    }
    return interest;
}

const FleetStore::Counters& FleetStore::counters() const { return m_impl->counters; }

std::size_t FleetStore::memoryBytes() const {
    const ShardData& data = *m_impl->shown;
    return data.columns.memoryBytes() + data.identity->memoryBytes() + data.facts->memoryBytes();
}

std::size_t FleetStore::idleBytes() const { return m_impl->pool->idleBytes(); }

} // namespace busbar::store
