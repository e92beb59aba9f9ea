#include "store/raw_values.h"
#include "store/shard_data.h"

namespace busbar::store {
namespace {

class ShardSnapshot final : public SiteSnapshot {
public:
    ShardSnapshot(const std::string& site, ShardData& data, const LinkFacts& link)
        : m_site(site), m_link(link), m_epoch(data.epoch), m_revision(data.revision), m_identityVersion(data.identityVersion), m_factsVersion(data.factsVersion),
          m_identity(data.identity.share()), m_facts(data.facts.share()), m_leases(data.leases.share()), m_watched(data.watched.share()), m_events(data.events.share()),
          m_columns(data.columns.publish()), m_rollup(data.rollup.result(link.state == SiteState::live)) {}

    const std::string& site() const override { return m_site; }
    SiteState state() const override { return m_link.state; }
    const std::string& stateSentence() const override { return m_link.sentence; }
    std::uint64_t epoch() const override { return m_epoch; }
    std::uint64_t revision() const override { return m_revision; }
    std::int64_t heartbeatWallMs() const override { return m_link.heartbeatWallMs; }
    std::int64_t receivedWallMs() const override { return m_link.receivedWallMs; }

    std::uint32_t nodeCount() const override { return m_identity->nodeCount(); }
    std::uint32_t rowCount() const override { return m_identity->rowCount(); }
    std::string_view nodeName(std::uint32_t node) const override { return m_identity->name(node); }
    std::string_view hall(std::uint32_t node) const override { return m_identity->hall(node); }
    std::string_view row(std::uint32_t node) const override { return m_identity->row(node); }
    std::string_view rack(std::uint32_t node) const override { return m_identity->rack(node); }
    std::string_view leaf(std::uint32_t node) const override { return m_identity->leaf(node); }
    std::string_view pdu(std::uint32_t node) const override { return m_identity->pdu(node); }
    std::string_view model(std::uint32_t node) const override { return m_identity->model(node); }
    std::string_view driver(std::uint32_t node) const override { return m_identity->driver(node); }
    int unit(std::uint32_t node) const override { return m_identity->unit(node); }
    int gpuCount(std::uint32_t node) const override { return m_identity->gpuCount(node); }
    Source source(std::uint32_t node) const override { return m_identity->source(node); }
    NodeFacts facts(std::uint32_t node) const override { return m_facts->facts(node); }
    std::int64_t lastSeenWallMs(std::uint32_t node) const override { return m_facts->lastSeenWallMs(node); }
    std::uint32_t firstRow(std::uint32_t node) const override { return m_identity->firstRow(node); }
    std::uint32_t nodeOfRow(std::uint32_t row) const override { return m_identity->nodeOfRow(row); }
    void readFacts(std::span<NodeFacts> out) const override {
        for (std::uint32_t node = 0; node < nodeCount(); ++node) out[node] = m_facts->facts(node);
    }
    void readFirstRows(std::span<std::uint32_t> out) const override {
        for (std::uint32_t node = 0; node < nodeCount(); ++node) out[node] = m_identity->firstRow(node);
    }
    std::uint32_t findNode(std::string_view name) const override { return m_identity->find(name); }

    std::int64_t value(Metric metric, std::uint32_t row) const override {
        const auto& table = m_columns[static_cast<std::size_t>(metric)];
        if (!table) return watchedValue(metric, row);
        return plainAt((*table)[row / kChunkRows]->bytes.get(), infoOf(metric).wireBytes, row % kChunkRows);
    }
    std::span<const std::byte> chunk(Metric metric, std::uint32_t chunk) const override {
        const auto& table = m_columns[static_cast<std::size_t>(metric)];
        if (!table || chunk >= table->size()) return {};
        const std::uint32_t rows = std::min(kChunkRows, rowCount() - chunk * kChunkRows);
        return {(*table)[chunk]->bytes.get(), rows * static_cast<std::size_t>(infoOf(metric).wireBytes)};
    }
    std::uint64_t chunkVersion(Metric metric, std::uint32_t chunk) const override {
        const auto& table = m_columns[static_cast<std::size_t>(metric)];
        return table && chunk < table->size() ? (*table)[chunk]->version : 0;
    }
    std::uint64_t factsVersion() const override { return m_factsVersion; }
    std::int64_t watchedValue(Metric metric, std::uint32_t row) const override {
        const auto found = m_watched->find(watchedKey(metric, row));
        return found == m_watched->end() ? kNotRead : found->second;
    }
    std::uint64_t identityVersion() const override { return m_identityVersion; }

    const LeaseInfo* lease(std::uint32_t index) const override {
        const auto found = m_leases->find(index);
        return found == m_leases->end() ? nullptr : &found->second;
    }
    const SiteRollup& rollup() const override { return m_rollup; }
    const std::vector<FleetEvent>& events() const override { return *m_events; }

private:
    const std::string m_site;
    const LinkFacts m_link;
    const std::uint64_t m_epoch, m_revision, m_identityVersion, m_factsVersion;
    const std::shared_ptr<const SiteIdentity> m_identity;
    const std::shared_ptr<const FactsTable> m_facts;
    const std::shared_ptr<const LeaseTable> m_leases;
    const std::shared_ptr<const WatchedTable> m_watched;
    const std::shared_ptr<const std::vector<FleetEvent>> m_events;
    const ColumnTables m_columns;
    const SiteRollup m_rollup;
};

} // namespace

SitePtr makeShardSnapshot(const std::string& site, ShardData& data, const LinkFacts& link) {
    const std::vector<std::uint32_t> chunks = data.columns.takeRollupChunks();
    data.rollup.update(chunks, data.columns, *data.identity, *data.facts);
    return std::make_shared<const ShardSnapshot>(site, data, link);
}

} // namespace busbar::store
