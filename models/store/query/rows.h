// What a query looks at: the nodes and GPU slots of one site. The console shows a SiteSnapshot this way, the controller its own state,
// so that both judge by the same engine. Read by one thread while a query runs; what it shows must not change meanwhile.
#pragma once

#include "domain/facts.h"
#include "domain/metric.h"
#include "domain/node.h"
#include "store/fleet_snapshot.h"
#include "store/query/field.h"
#include "store/query/query.h"

#include <functional>
#include <optional>
#include <span>
#include <string_view>

namespace busbar::query {

class Rows {
public:
    virtual ~Rows() = default;

    virtual std::string_view site() const = 0;
    /// False: the link to the site is not live, and all but names and places is unknown.
    virtual bool fresh() const = 0;
    virtual std::uint32_t nodeCount() const = 0;
    virtual std::uint32_t rowCount() const = 0;
    virtual std::uint32_t firstRow(std::uint32_t node) const = 0;
    virtual std::uint32_t gpuCount(std::uint32_t node) const = 0;

    /// Whether there are data behind a field at all; without, it is unknown for every node.
    virtual bool has(const FieldInfo& field) const = 0;
    /// Text of a node's field; "" unknown. Equal texts of one answer may share memory: the engine compares the place first.
    virtual std::string_view text(FieldId field, std::uint32_t node) const = 0;
    /// True when `test` holds for a name by which the node or a part of it is known: what a bare word looks at, but for leases.
    virtual bool anyName(std::uint32_t node, const std::function<bool(std::string_view)>& test) const = 0;

    virtual NodeFacts facts(std::uint32_t node) const = 0;
    /// The same of all nodes at once, and their first rows.
    virtual void readFacts(std::span<NodeFacts> out) const {
        for (std::uint32_t node = 0; node < nodeCount(); ++node) out[node] = facts(node);
    }
    virtual void readFirstRows(std::span<std::uint32_t> out) const {
        for (std::uint32_t node = 0; node < nodeCount(); ++node) out[node] = firstRow(node);
    }
    virtual Source source(std::uint32_t node) const = 0;
    virtual int unit(std::uint32_t node) const = 0;
    /// Least and greatest age of the node's data in ms.
    struct Range {
        std::int64_t low = 0, high = 0;
    };
    virtual std::optional<Range> ageMs(std::uint32_t node) const = 0;
    /// Since a fact of the node changed, in ms.
    virtual std::optional<std::int64_t> sinceMs(std::uint32_t node) const = 0;

    /// Rows [chunk * kChunkRows, …) of a metric as they lie in memory (store/raw_values.h); empty: ask value().
    virtual std::span<const std::byte> chunk(Metric metric, std::uint32_t chunk) const = 0;
    /// Plain value, kNotSupported or kNotRead.
    virtual std::int64_t value(Metric metric, std::uint32_t row) const = 0;
    virtual const LeaseInfo* lease(std::uint32_t index) const = 0;
};

/// A site as the console knows it; `snapshot` must outlive it.
class SnapshotRows final : public Rows {
public:
    SnapshotRows(const store::SiteSnapshot& snapshot, std::int64_t nowWallMs);

    std::string_view site() const override { return m_site.site(); }
    bool fresh() const override { return m_fresh; }
    std::uint32_t nodeCount() const override { return m_site.nodeCount(); }
    std::uint32_t rowCount() const override { return m_site.rowCount(); }
    std::uint32_t firstRow(std::uint32_t node) const override { return m_site.firstRow(node); }
    std::uint32_t gpuCount(std::uint32_t node) const override { return static_cast<std::uint32_t>(m_site.gpuCount(node)); }
    bool has(const FieldInfo& field) const override { return consoleHas(field); }
    std::string_view text(FieldId field, std::uint32_t node) const override;
    bool anyName(std::uint32_t node, const std::function<bool(std::string_view)>& test) const override { return test(m_site.nodeName(node)); }
    NodeFacts facts(std::uint32_t node) const override { return m_site.facts(node); }
    void readFacts(std::span<NodeFacts> out) const override { m_site.readFacts(out); }
    void readFirstRows(std::span<std::uint32_t> out) const override { m_site.readFirstRows(out); }
    Source source(std::uint32_t node) const override { return m_site.source(node); }
    int unit(std::uint32_t node) const override { return m_site.unit(node); }
    std::optional<Range> ageMs(std::uint32_t node) const override;
    std::optional<std::int64_t> sinceMs(std::uint32_t) const override { return std::nullopt; }
    std::span<const std::byte> chunk(Metric metric, std::uint32_t chunk) const override { return m_site.chunk(metric, chunk); }
    std::int64_t value(Metric metric, std::uint32_t row) const override { return m_site.value(metric, row); }
    const LeaseInfo* lease(std::uint32_t index) const override { return m_site.lease(index); }

    /// What every console snapshot has data for.
    static bool consoleHas(const FieldInfo& field);

private:
    const store::SiteSnapshot& m_site;
    bool m_fresh;                   ///< by the clock as well: a stopped stream makes no new snapshot
    std::int64_t m_controllerNowMs; ///< by the controller's clock, which lastSeen is told in; 0 unknown
};

/// Outcome of the condition for each node of a site. Cancelled: what is there so far is worth nothing.
std::vector<Outcome> matchNodes(const Rows& rows, const Query& query, std::int64_t nowWallMs, const std::atomic<bool>* cancel = nullptr);

/// run() over sites as rows; RowRef::site is the index in `sites`.
StatusOr<Result> runOver(std::span<const Rows* const> sites, const Query& query, std::int64_t nowWallMs, const std::string& sortField = {}, const std::atomic<bool>* cancel = nullptr);

} // namespace busbar::query
