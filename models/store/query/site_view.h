// One site for the time of one query: what is asked of every node again and again is read once into plain arrays, the rest is passed on.
// Internal to models/store/query; immutable once made.
#pragma once

#include "store/query/rows.h"

#include <vector>

namespace busbar::query {

class SiteView final : public Rows {
public:
    explicit SiteView(const Rows& rows) : m_rows(&rows), m_facts(rows.nodeCount()), m_firstRows(rows.nodeCount() + 1), m_fresh(rows.fresh()) {
        rows.readFacts(m_facts);
        rows.readFirstRows(m_firstRows);
        m_firstRows.back() = rows.rowCount();
    }

    std::string_view site() const override { return m_rows->site(); }
    bool fresh() const override { return m_fresh; }
    std::uint32_t nodeCount() const override { return static_cast<std::uint32_t>(m_facts.size()); }
    std::uint32_t rowCount() const override { return m_firstRows.back(); }
    std::uint32_t firstRow(std::uint32_t node) const override { return m_firstRows[node]; }
    std::uint32_t gpuCount(std::uint32_t node) const override { return m_firstRows[node + 1] - m_firstRows[node]; }
    bool has(const FieldInfo& field) const override { return m_rows->has(field); }
    std::string_view text(FieldId field, std::uint32_t node) const override { return m_rows->text(field, node); }
    bool anyName(std::uint32_t node, const std::function<bool(std::string_view)>& test) const override { return m_rows->anyName(node, test); }
    NodeFacts facts(std::uint32_t node) const override { return m_facts[node]; }
    Source source(std::uint32_t node) const override { return m_rows->source(node); }
    int unit(std::uint32_t node) const override { return m_rows->unit(node); }
    std::optional<Range> ageMs(std::uint32_t node) const override { return m_rows->ageMs(node); }
    std::optional<std::int64_t> sinceMs(std::uint32_t node) const override { return m_rows->sinceMs(node); }
    std::span<const std::byte> chunk(Metric metric, std::uint32_t chunk) const override { return m_rows->chunk(metric, chunk); }
    std::int64_t value(Metric metric, std::uint32_t row) const override { return m_rows->value(metric, row); }
    const LeaseInfo* lease(std::uint32_t index) const override { return m_rows->lease(index); }

private:
    const Rows* m_rows;
    std::vector<NodeFacts> m_facts;
    std::vector<std::uint32_t> m_firstRows; ///< of each node; then the number of rows
    bool m_fresh;
};

} // namespace busbar::query
