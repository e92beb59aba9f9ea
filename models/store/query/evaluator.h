// A condition over the nodes of one site: whole columns of outcomes, one byte each, joined by minimum and maximum (Kleene's logic),
// which the compiler turns into vector instructions. Internal to models/store/query; one thread, one query.
#pragma once

#include "store/query/ast.h"
#include "store/query/site_view.h"
#include "store/query/text_match.h"
#include "store/query/values.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace busbar::query {

using Outcomes = std::vector<Outcome>;

constexpr Outcome opposite(Outcome outcome) { return static_cast<Outcome>(2 - static_cast<int>(outcome)); }
constexpr Outcome decided(bool yes) { return yes ? Outcome::yes : Outcome::no; }
/// Outcome for a value that is only known to lie in [low, high].
Outcome outcomeOfRange(std::span<const Interval> intervals, std::int64_t low, std::int64_t high);

class Evaluator {
public:
    Evaluator(const SiteView& rows, std::int64_t nowWallMs, const std::atomic<bool>* cancel);
    Outcomes nodes(const Expr& expr);

private:
    enum class Level : std::uint8_t { node, gpu };
    Outcomes evaluate(const Expr& expr, Level level);
    Outcomes join(const Expr& expr, Level level);
    Outcomes leaf(const Expr& expr, Level level);
    Outcomes quantified(const Expr& expr);

    Outcomes nodeTest(const Test& test);
    Outcomes nodeHas(const FieldInfo& field);
    Outcomes nodeWord(const Expr& expr);
    Outcomes textTest(const Test& test);
    Outcomes setTest(const Test& test);
    Outcomes flagTest(const Test& test);
    Outcomes numberTest(const Test& test);
    Outcomes rackHealthyTest(const std::vector<Interval>& intervals);

    Outcomes gpuTest(const Test& test);
    Outcomes gpuHas(const FieldInfo& field);
    Outcomes metricTest(Metric metric, std::span<const Interval> intervals);
    Outcomes gpuSetTest(Metric metric, const Test& test);
    Outcomes gpuIndexTest(std::span<const Interval> intervals);
    Outcomes leaseTest(const std::function<Outcome(const LeaseInfo*)>& judge);
    std::function<Outcome(const LeaseInfo*)> leaseJudge(const Test& test) const;
    void forgetStaleNodes(Outcomes& gpus, Outcome as);

    Outcomes spread(const Outcomes& nodes) const;
    template <typename Judge>
    Outcomes eachNode(Judge judge) const;
    /// `judge(outcomes of the node's GPUs)`; nodes without GPUs are `none`.
    template <typename Judge>
    Outcomes fold(const Outcomes& gpus, Judge judge, Outcome none = Outcome::unknown) const;
    Outcomes anyGpu(const Outcomes& gpus, Outcome none = Outcome::unknown) const;
    bool cancelled() const { return m_cancel && m_cancel->load(std::memory_order_relaxed); }

    const SiteView& m_rows;
    const std::int64_t m_nowWallMs;
    const std::atomic<bool>* m_cancel;
};

/// Value of a fact of a node as a number of the field's closed set; -1: not a fact.
int factOf(FieldId field, const NodeFacts& facts);
/// Whether the field stays known while the site's link is not live.
bool isIdentity(const FieldInfo& field);

} // namespace busbar::query
