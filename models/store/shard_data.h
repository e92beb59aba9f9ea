// What a shard holds, in parts that a snapshot shares until the writer has to change them. Internal to models/store.
#pragma once

#include "domain/fleet_batch.h"
#include "store/facts_table.h"
#include "store/fleet_snapshot.h"
#include "store/metric_columns.h"
#include "store/rollup.h"
#include "store/site_identity.h"

#include <absl/container/flat_hash_map.h>

#include <memory>
#include <utility>
#include <vector>

namespace busbar::store {

/// A part that is copied when it is changed after a publication.
template <typename Value>
class Shared {
public:
    const Value& operator*() const { return *m_value; }
    const Value* operator->() const { return m_value.get(); }
    Value& edit() {
        if (m_shown) m_value = std::make_shared<Value>(*m_value);
        m_shown = false;
        return *m_value;
    }
    std::shared_ptr<const Value> share() {
        m_shown = true;
        return m_value;
    }

private:
    std::shared_ptr<Value> m_value = std::make_shared<Value>();
    bool m_shown = false;
};

using LeaseTable = absl::flat_hash_map<std::uint32_t, LeaseInfo>;
/// (metric, row) → value.
using WatchedTable = absl::flat_hash_map<std::uint64_t, std::int64_t>;

constexpr std::uint64_t watchedKey(Metric metric, std::uint32_t row) { return (std::uint64_t{static_cast<std::uint8_t>(metric)} << 32) | row; }

struct ShardData {
    explicit ShardData(std::shared_ptr<ChunkPool> pool) : columns(std::move(pool)) {}
    std::uint64_t epoch = 0, revision = 0;
    std::uint64_t identityVersion = 0, factsVersion = 0;
    Shared<SiteIdentity> identity;
    Shared<FactsTable> facts;
    Shared<LeaseTable> leases;
    Shared<WatchedTable> watched;
    Shared<std::vector<FleetEvent>> events;
    MetricColumns columns;
    Rollup rollup;
};

/// The link's side of a snapshot.
struct LinkFacts {
    SiteState state = SiteState::connecting;
    std::string sentence;
    std::int64_t heartbeatWallMs = 0, receivedWallMs = 0;
};

/// Shares the data's parts; brings the roll-up up to date first.
SitePtr makeShardSnapshot(const std::string& site, ShardData& data, const LinkFacts& link);

} // namespace busbar::store
