// The query language evaluated in the plainest way: one node, one GPU at a time, straight from the snapshot's accessors. Slow; what the
// engine over columns is compared with.
#pragma once

#include "store/query/ast.h"
#include "store/query/query.h"

#include <cstdint>

namespace busbar::test {

class QueryReference {
public:
    QueryReference(const store::SiteSnapshot& site, std::int64_t nowWallMs) : m_site(site), m_nowWallMs(nowWallMs) {}
    /// `gpu` < 0: the node as a whole.
    query::Outcome judge(const query::Expr& expr, std::uint32_t node, int gpu = -1) const;

private:
    query::Outcome leaf(const query::Expr& expr, std::uint32_t node, int gpu) const;
    query::Outcome test(const query::Test& test, std::uint32_t node, int gpu) const;
    query::Outcome has(const query::FieldInfo& field, std::uint32_t node, int gpu) const;
    query::Outcome word(const query::Expr& expr, std::uint32_t node) const;
    query::Outcome quantified(const query::Expr& expr, std::uint32_t node) const;
    query::Outcome rackHealthy(const query::Test& test, std::uint32_t node) const;

    /// What is known of a field: a text, a number in [low, high], known to be none, or nothing.
    struct Value {
        enum class Kind { unknown, none, text, number } kind = Kind::unknown;
        std::string text;
        std::int64_t low = 0, high = 0;
    };
    Value valueOf(const query::FieldInfo& field, std::uint32_t node, int gpu) const;
    Value gpuValue(const query::FieldInfo& field, std::uint32_t node, int gpu) const;
    Value nodeValue(const query::FieldInfo& field, std::uint32_t node) const;
    bool live() const { return m_site.state() == store::SiteState::live; }

    const store::SiteSnapshot& m_site;
    const std::int64_t m_nowWallMs;
};

} // namespace busbar::test
