// Conditions: how outcomes are joined, and tests of nodes. Tests of GPUs are in gpu_tests.cpp.
#include "store/query/evaluator.h"

#include "store/query/evaluator_parts.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>

namespace busbar::query {
namespace {

bool sameText(std::string_view a, std::string_view b) { return a.data() == b.data() && a.size() == b.size(); }

/// Outcome of a fact's value by number. The word `unknown` asks for what is not known; any other test of that has no answer.
std::vector<Outcome> outcomesByNumber(const Test& test) {
    const FieldInfo& field = *test.field;
    const int unknown = field.unknown;
    std::vector<Outcome> table(field.values.size(), Outcome::no);
    for (const Item& item : test.items)
        for (std::size_t i = 0; i < table.size(); ++i)
            if (item.number == static_cast<int>(i) || (item.kind == Item::Kind::glob && static_cast<int>(i) != unknown)) table[i] = Outcome::yes;
    if (unknown >= 0 && table[static_cast<std::size_t>(unknown)] == Outcome::no) table[static_cast<std::size_t>(unknown)] = Outcome::unknown;
    return table;
}

/// Without a branch for each GPU: `no` has no bit, `unknown` the lower, `yes` the upper one.
Outcome anyOf(std::span<const Outcome> own) {
    unsigned bits = 0;
    for (const Outcome outcome : own) bits |= static_cast<unsigned>(outcome);
    return bits >= 2 ? Outcome::yes : static_cast<Outcome>(bits);
}

Outcome allOf(std::span<const Outcome> own) {
    unsigned bits = 0;
    for (const Outcome outcome : own) bits |= static_cast<unsigned>(opposite(outcome));
    return bits >= 2 ? Outcome::no : opposite(static_cast<Outcome>(bits));
}

} // namespace

Outcome outcomeOfRange(std::span<const Interval> intervals, std::int64_t low, std::int64_t high) {
    bool touches = false;
    for (const Interval& interval : intervals) {
        if (interval.low <= low && high <= interval.high) return Outcome::yes;
        touches |= interval.low <= high && low <= interval.high;
    }
    return touches ? Outcome::unknown : Outcome::no;
}

int factOf(FieldId field, const NodeFacts& facts) {
    switch (field) {
    case FieldId::state: return static_cast<int>(facts.state);
    case FieldId::service: return static_cast<int>(facts.service);
    case FieldId::occupancy: return static_cast<int>(facts.occupancy);
    case FieldId::health: return static_cast<int>(facts.health);
    case FieldId::link: return static_cast<int>(facts.link);
    default: return -1;
    }
}

bool isIdentity(const FieldInfo& field) {
    switch (field.id) {
    case FieldId::site:
    case FieldId::hall:
    case FieldId::row:
    case FieldId::rack:
    case FieldId::unit:
    case FieldId::serial:
    case FieldId::node:
    case FieldId::model:
    case FieldId::driver:
    case FieldId::fabric:
    case FieldId::leaf:
    case FieldId::rail:
    case FieldId::pdu:
    case FieldId::source:
    case FieldId::boot:
    case FieldId::stale:
    case FieldId::gpuIndex: return true;
    default: return false;
    }
}

std::vector<Outcome> setOutcomes(const Test& test) { return outcomesByNumber(test); }

Evaluator::Evaluator(const SiteView& rows, std::int64_t nowWallMs, const std::atomic<bool>* cancel) : m_rows(rows), m_nowWallMs(nowWallMs), m_cancel(cancel) {}

Outcomes Evaluator::nodes(const Expr& expr) { return evaluate(expr, Level::node); }

Outcomes Evaluator::evaluate(const Expr& expr, Level level) {
    const std::size_t size = level == Level::node ? m_rows.nodeCount() : m_rows.rowCount();
    if (cancelled()) return Outcomes(size, Outcome::unknown);
    switch (expr.kind) {
    case Expr::Kind::everything: return Outcomes(size, Outcome::yes);
    case Expr::Kind::test:
    case Expr::Kind::has:
    case Expr::Kind::word: return leaf(expr, level);
    case Expr::Kind::quantified: return quantified(expr);
    case Expr::Kind::all:
    case Expr::Kind::any: return join(expr, level);
    case Expr::Kind::saved: return evaluate(expr.parts.front(), level);
    case Expr::Kind::negation: break;
    }
    Outcomes outcomes = evaluate(expr.parts.front(), level);
    for (Outcome& outcome : outcomes) outcome = opposite(outcome);
    return outcomes;
}

Outcomes Evaluator::join(const Expr& expr, Level level) {
    Outcomes joined = evaluate(expr.parts.front(), level);
    for (std::size_t part = 1; part < expr.parts.size(); ++part) {
        const Outcomes next = evaluate(expr.parts[part], level);
        if (expr.kind == Expr::Kind::all)
            for (std::size_t i = 0; i < joined.size(); ++i) joined[i] = std::min(joined[i], next[i]);
        else
            for (std::size_t i = 0; i < joined.size(); ++i) joined[i] = std::max(joined[i], next[i]);
    }
    return joined;
}

Outcomes Evaluator::leaf(const Expr& expr, Level level) {
    if (expr.kind == Expr::Kind::word) return level == Level::node ? nodeWord(expr) : spread(nodeWord(expr));
    const FieldInfo& field = *expr.test.field;
    // Inside a quantifier these two are the GPU's own.
    const bool own = level == Level::gpu && (field.id == FieldId::health || field.id == FieldId::occupancy);
    if (!field.perGpu() && !own) {
        Outcomes nodes = expr.kind == Expr::Kind::has ? nodeHas(field) : nodeTest(expr.test);
        return level == Level::node ? nodes : spread(nodes);
    }
    if (expr.kind == Expr::Kind::has) return level == Level::gpu ? gpuHas(field) : anyGpu(gpuHas(field), Outcome::no);
    if (level == Level::gpu) return gpuTest(expr.test);
    if (field.metric != Metric::lease || !negated(expr.test.op)) return anyGpu(gpuTest(expr.test));
    Test positive = expr.test;
    positive.op = expr.test.op == Op::notEqual ? Op::equal : Op::matches;
    Outcomes outcomes = anyGpu(gpuTest(positive));
    for (Outcome& outcome : outcomes) outcome = opposite(outcome);
    return outcomes;
}

Outcomes Evaluator::quantified(const Expr& expr) {
    const Outcomes gpus = evaluate(expr.parts.front(), Level::gpu);
    switch (expr.quantifier) {
    case Quantifier::any: return anyGpu(gpus);
    case Quantifier::all: return fold(gpus, allOf);
    case Quantifier::none: return fold(gpus, [](std::span<const Outcome> own) { return opposite(anyOf(own)); });
    case Quantifier::count: break;
    }
    Test test;
    test.op = expr.countOp;
    Item number{Item::Kind::value};
    number.low = number.high = Bound{Bound::Kind::plain, static_cast<double>(expr.count)};
    test.items.push_back(number);
    const std::vector<Interval> intervals = intervalsOf(test, m_nowWallMs);
    Outcomes outcomes = fold(gpus, [&](std::span<const Outcome> own) {
        const auto sure = std::ranges::count(own, Outcome::yes);
        return outcomeOfRange(intervals, sure, sure + std::ranges::count(own, Outcome::unknown));
    });
    if (negated(expr.countOp))
        for (Outcome& outcome : outcomes) outcome = opposite(outcome);
    return outcomes;
}

Outcomes Evaluator::spread(const Outcomes& nodes) const {
    Outcomes gpus(m_rows.rowCount(), Outcome::unknown);
    for (std::uint32_t node = 0; node < nodes.size(); ++node) std::fill_n(gpus.begin() + m_rows.firstRow(node), m_rows.gpuCount(node), nodes[node]);
    return gpus;
}

Outcomes Evaluator::anyGpu(const Outcomes& gpus, Outcome none) const {
    return fold(gpus, anyOf, none);
}

Outcomes Evaluator::nodeTest(const Test& test) {
    const FieldInfo& field = *test.field;
    if (!m_rows.has(field) || (!m_rows.fresh() && !isIdentity(field) && field.type != FieldType::set)) return Outcomes(m_rows.nodeCount(), Outcome::unknown);
    Outcomes outcomes;
    switch (field.type) {
    case FieldType::text:
    case FieldType::words: outcomes = textTest(test); break;
    case FieldType::set: outcomes = setTest(test); break;
    case FieldType::flag: outcomes = flagTest(test); break;
    default: outcomes = numberTest(test); break;
    }
    if (negated(test.op))
        for (Outcome& outcome : outcomes) outcome = opposite(outcome);
    return outcomes;
}

Outcomes Evaluator::textTest(const Test& test) {
    const TextMatch matches(test);
    const FieldId id = test.field->id;
    const bool byId = id == FieldId::node && !test.pattern && std::ranges::any_of(test.items, [](const Item& item) { return item.text.find('/') != std::string::npos; });
    std::string full;
    std::string_view last;
    Outcome lastOutcome = Outcome::unknown;
    return eachNode([&](std::uint32_t node) {
        const std::string_view text = m_rows.text(id, node);
        if (text.empty()) return Outcome::unknown;
        if (sameText(text, last)) return lastOutcome;
        last = text;
        bool yes = matches(text);
        if (!yes && byId) {
            full.assign(m_rows.site()).append("/").append(text);
            yes = matches(full);
        }
        return lastOutcome = decided(yes);
    });
}

Outcomes Evaluator::setTest(const Test& test) {
    const std::vector<Outcome> table = outcomesByNumber(test);
    const FieldId id = test.field->id;
    if (id == FieldId::source) return eachNode([&](std::uint32_t node) { return table[static_cast<std::size_t>(m_rows.source(node))]; });
    const Outcome stale = table[static_cast<std::size_t>(test.field->unknown)];
    if (!m_rows.fresh()) return Outcomes(m_rows.nodeCount(), stale);
    const auto judge = [&](auto fact) {
        return eachNode([&](std::uint32_t node) {
            const auto number = static_cast<std::size_t>(m_rows.facts(node).*fact);
            return number < table.size() ? table[number] : stale;
        });
    };
    switch (id) {
    case FieldId::state: return judge(&NodeFacts::state);
    case FieldId::service: return judge(&NodeFacts::service);
    case FieldId::occupancy: return judge(&NodeFacts::occupancy);
    case FieldId::health: return judge(&NodeFacts::health);
    default: return judge(&NodeFacts::link);
    }
}

Outcomes Evaluator::flagTest(const Test& test) {
    const std::vector<Outcome> table = outcomesByNumber(test);
    if (test.field->id != FieldId::stale) return Outcomes(m_rows.nodeCount(), Outcome::unknown);
    return eachNode([&](std::uint32_t node) { return table[isStale(m_rows, node) ? 1 : 0]; });
}

Outcomes Evaluator::numberTest(const Test& test) {
    const bool present = test.items.front().kind == Item::Kind::glob;
    const std::vector<Interval> intervals = present ? std::vector<Interval>{Interval{}} : intervalsOf(test, m_nowWallMs);
    const FieldId id = test.field->id;
    if (id == FieldId::rackHealthy) return rackHealthyTest(intervals);
    return eachNode([&](std::uint32_t node) {
        const std::optional<Rows::Range> range = nodeNumber(m_rows, id, node);
        // No priority is known to be none: no test of a priority holds.
        if (id == FieldId::prio && range && range->high == 0) return Outcome::no;
        return range ? outcomeOfRange(intervals, range->low, range->high) : Outcome::unknown;
    });
}

Outcomes Evaluator::rackHealthyTest(const std::vector<Interval>& intervals) {
    const RackHealth racks(m_rows);
    return eachNode([&](std::uint32_t node) {
        const std::optional<Rows::Range> range = racks.of(node);
        return range ? outcomeOfRange(intervals, range->low, range->high) : Outcome::unknown;
    });
}

Outcomes Evaluator::nodeHas(const FieldInfo& field) {
    if (!m_rows.has(field) || (!m_rows.fresh() && !isIdentity(field))) return Outcomes(m_rows.nodeCount(), Outcome::no);
    if (field.id == FieldId::stale) return Outcomes(m_rows.nodeCount(), Outcome::yes);
    if (field.textual()) return eachNode([&](std::uint32_t node) { return decided(!m_rows.text(field.id, node).empty()); });
    if (field.id == FieldId::source) return eachNode([&](std::uint32_t node) { return decided(m_rows.source(node) != Source::unknown); });
    if (field.type == FieldType::set) {
        const int unknown = field.unknown;
        return eachNode([&](std::uint32_t node) { return decided(factOf(field.id, m_rows.facts(node)) != unknown); });
    }
    if (field.id == FieldId::rackHealthy) {
        const RackHealth racks(m_rows);
        return eachNode([&](std::uint32_t node) { return decided(racks.of(node).has_value()); });
    }
    return eachNode([&](std::uint32_t node) {
        const std::optional<Rows::Range> range = nodeNumber(m_rows, field.id, node);
        return decided(range && !(field.id == FieldId::prio && range->high == 0));
    });
}

Outcomes Evaluator::nodeWord(const Expr& expr) {
    const std::string needle = lowered(expr.text);
    const auto test = [&](std::string_view text) { return expr.glob ? matchesGlob(text, needle) : contains(text, needle); };
    const std::function<bool(std::string_view)> named = test;
    Outcomes names = eachNode([&](std::uint32_t node) { return decided(m_rows.anyName(node, named)); });
    const Outcomes leases = anyGpu(leaseTest([&](const LeaseInfo* lease) { return decided(lease && test(lease->id)); }), Outcome::no);
    for (std::size_t i = 0; i < names.size(); ++i) names[i] = std::max(names[i], leases[i]);
    return names;
}

} // namespace busbar::query
