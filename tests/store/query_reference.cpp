#include "tests/store/query_reference.h"

#include <re2/re2.h>

#include <algorithm>
#include <regex>

namespace busbar::test {
namespace {

using namespace busbar::query;

Outcome yesOrNo(bool yes) { return yes ? Outcome::yes : Outcome::no; }
Outcome swapped(Outcome outcome) { return outcome == Outcome::yes ? Outcome::no : outcome == Outcome::no ? Outcome::yes : Outcome::unknown; }

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
    return text;
}

std::string escaped(const std::string& text) { return std::regex_replace(text, std::regex("[.^$|()\\[\\]{}*+?\\\\]"), "\\$&"); }

bool globMatches(const std::string& text, const std::string& glob) {
    std::string pattern;
    for (const char c : glob) pattern += c == '*' ? ".*" : escaped(std::string(1, c));
    return std::regex_match(text, std::regex(pattern, std::regex::icase));
}

bool textMatches(const Test& test, const std::string& text) {
    if (test.pattern) return re2::RE2::PartialMatch({text.data(), text.size()}, *test.pattern);
    return std::ranges::any_of(test.items, [&](const Item& item) {
        if (item.kind == Item::Kind::glob && test.field->type == FieldType::words) return std::regex_search(text, std::regex("(^| )" + std::regex_replace(escaped(item.text), std::regex("\\\\\\*"), "[^ ]*") + "( |$)", std::regex::icase)) || globMatches(text, item.text);
        if (item.kind == Item::Kind::glob) return globMatches(text, item.text);
        if (test.field->type != FieldType::words) return lower(text) == lower(item.text);
        return std::regex_search(text, std::regex("(^|[^a-z0-9])" + escaped(lower(item.text)) + "($|[^a-z0-9])", std::regex::icase));
    });
}

bool numberMatches(const Test& test, double value, double now) {
    return std::ranges::any_of(test.items, [&](const Item& item) {
        if (item.kind == Item::Kind::glob) return true;
        const double low = item.low.value + (item.low.kind == Bound::Kind::fromNow ? now : 0), high = item.high.value + item.high.width + (item.high.kind == Bound::Kind::fromNow ? now : 0);
        switch (test.op) {
        case Op::less: return value < low;
        case Op::lessEqual: return value <= high;
        case Op::greater: return value > high;
        case Op::greaterEqual: return value >= low;
        default: return (item.low.kind == Bound::Kind::open || value >= low) && (item.high.kind == Bound::Kind::open || value <= high);
        }
    });
}

} // namespace

Outcome QueryReference::judge(const Expr& expr, std::uint32_t node, int gpu) const {
    switch (expr.kind) {
    case Expr::Kind::everything: return Outcome::yes;
    case Expr::Kind::test:
    case Expr::Kind::has: return leaf(expr, node, gpu);
    case Expr::Kind::word: return word(expr, node);
    case Expr::Kind::quantified: return quantified(expr, node);
    case Expr::Kind::saved: return judge(expr.parts.front(), node, gpu);
    case Expr::Kind::negation: return swapped(judge(expr.parts.front(), node, gpu));
    case Expr::Kind::all:
    case Expr::Kind::any: break;
    }
    Outcome outcome = judge(expr.parts.front(), node, gpu);
    for (const Expr& part : expr.parts) outcome = expr.kind == Expr::Kind::all ? std::min(outcome, judge(part, node, gpu)) : std::max(outcome, judge(part, node, gpu));
    return outcome;
}

Outcome QueryReference::leaf(const Expr& expr, std::uint32_t node, int gpu) const {
    const FieldInfo& field = *expr.test.field;
    const bool isHas = expr.kind == Expr::Kind::has, lease = field.metric == Metric::lease;
    if (gpu >= 0 || !field.perGpu()) return isHas ? has(field, node, gpu) : test(expr.test, node, gpu);
    Test asked = expr.test;
    const bool turned = !isHas && lease && (asked.op == Op::notEqual || asked.op == Op::notMatches);
    if (turned) asked.op = asked.op == Op::notEqual ? Op::equal : Op::matches;
    if (m_site.gpuCount(node) == 0) return isHas ? Outcome::no : Outcome::unknown;
    Outcome any = Outcome::no;
    for (int i = 0; i < m_site.gpuCount(node); ++i) any = std::max(any, isHas ? has(field, node, i) : test(asked, node, i));
    return turned ? swapped(any) : any;
}

Outcome QueryReference::test(const Test& test, std::uint32_t node, int gpu) const {
    const bool negated = test.op == Op::notEqual || test.op == Op::notMatches;
    if (test.field->id == FieldId::rackHealthy) return negated ? swapped(rackHealthy(test, node)) : rackHealthy(test, node);
    const Value value = valueOf(*test.field, node, gpu);
    Outcome outcome = Outcome::unknown;
    const bool isSet = test.field->type == FieldType::set || test.field->type == FieldType::flag;
    if (isSet) {
        const std::string text = value.kind == Value::Kind::unknown ? "unknown" : value.text;
        const bool named = std::ranges::any_of(test.items, [&](const Item& item) { return item.kind == Item::Kind::glob ? text != "unknown" : item.text == text; });
        outcome = named ? Outcome::yes : text == "unknown" ? Outcome::unknown : Outcome::no;
    } else if (value.kind == Value::Kind::none) {
        outcome = Outcome::no;
    } else if (value.kind == Value::Kind::text) {
        outcome = yesOrNo(textMatches(test, value.text) || (test.field->id == FieldId::node && !test.pattern && textMatches(test, m_site.site() + "/" + value.text)));
    } else if (value.kind == Value::Kind::number) {
        std::int64_t passes = 0;
        for (std::int64_t v = value.low; v <= value.high; ++v) passes += numberMatches(test, static_cast<double>(v), static_cast<double>(m_nowWallMs)) ? 1 : 0;
        outcome = passes == 0 ? Outcome::no : passes == value.high - value.low + 1 ? Outcome::yes : Outcome::unknown;
    }
    return negated ? swapped(outcome) : outcome;
}

Outcome QueryReference::has(const FieldInfo& field, std::uint32_t node, int gpu) const {
    if (field.id == FieldId::rackHealthy) return yesOrNo(live() && !m_site.rack(node).empty());
    const Value value = valueOf(field, node, gpu);
    if (field.metric == Metric::lastXid) return yesOrNo(value.kind == Value::Kind::number && value.low > 0);
    return yesOrNo(value.kind == Value::Kind::text || value.kind == Value::Kind::number);
}

Outcome QueryReference::word(const Expr& expr, std::uint32_t node) const {
    const auto fits = [&](const std::string& text) { return expr.glob ? globMatches(text, expr.text) : lower(text).find(lower(expr.text)) != std::string::npos; };
    Outcome outcome = yesOrNo(fits(std::string(m_site.nodeName(node))));
    for (int gpu = 0; gpu < m_site.gpuCount(node); ++gpu) {
        const Value lease = gpuValue(*fieldOf(FieldId::lease), node, gpu);
        outcome = std::max(outcome, lease.kind == Value::Kind::unknown ? Outcome::unknown : yesOrNo(lease.kind == Value::Kind::text && fits(lease.text)));
    }
    return outcome;
}

Outcome QueryReference::quantified(const Expr& expr, std::uint32_t node) const {
    const int gpus = m_site.gpuCount(node);
    if (gpus == 0) return Outcome::unknown;
    int yes = 0, unknown = 0;
    for (int gpu = 0; gpu < gpus; ++gpu) {
        const Outcome outcome = judge(expr.parts.front(), node, gpu);
        yes += outcome == Outcome::yes ? 1 : 0;
        unknown += outcome == Outcome::unknown ? 1 : 0;
    }
    const int no = gpus - yes - unknown;
    switch (expr.quantifier) {
    case Quantifier::any: return yes > 0 ? Outcome::yes : unknown > 0 ? Outcome::unknown : Outcome::no;
    case Quantifier::all: return no > 0 ? Outcome::no : unknown > 0 ? Outcome::unknown : Outcome::yes;
    case Quantifier::none: return yes > 0 ? Outcome::no : unknown > 0 ? Outcome::unknown : Outcome::yes;
    case Quantifier::count: break;
    }
    int passes = 0;
    for (int count = yes; count <= yes + unknown; ++count) {
        const int order = count - static_cast<int>(expr.count);
        switch (expr.countOp) {
        case Op::less: passes += order < 0; break;
        case Op::lessEqual: passes += order <= 0; break;
        case Op::greater: passes += order > 0; break;
        case Op::greaterEqual: passes += order >= 0; break;
        case Op::notEqual: passes += order != 0; break;
        default: passes += order == 0; break;
        }
    }
    return passes == 0 ? Outcome::no : passes == unknown + 1 ? Outcome::yes : Outcome::unknown;
}

Outcome QueryReference::rackHealthy(const Test& test, std::uint32_t node) const {
    if (!live() || m_site.rack(node).empty()) return Outcome::unknown;
    int low = 0, high = 0;
    for (std::uint32_t other = 0; other < m_site.nodeCount(); ++other) {
        if (m_site.rack(other) != m_site.rack(node)) continue;
        const Health health = m_site.facts(other).health;
        low += health == Health::ok || health == Health::watch;
        high += health == Health::ok || health == Health::watch || health == Health::unknown;
    }
    int passes = 0;
    for (int count = low; count <= high; ++count) passes += numberMatches(test, count, 0) ? 1 : 0;
    return passes == 0 ? Outcome::no : passes == high - low + 1 ? Outcome::yes : Outcome::unknown;
}

QueryReference::Value QueryReference::valueOf(const FieldInfo& field, std::uint32_t node, int gpu) const {
    if (field.perGpu()) return gpuValue(field, node, gpu);
    if (gpu >= 0 && field.id == FieldId::health) return gpuValue(*findField("gpu.health"), node, gpu);
    if (gpu >= 0 && field.id == FieldId::occupancy) return gpuValue(*findField("gpu.occupancy"), node, gpu);
    return nodeValue(field, node);
}

QueryReference::Value QueryReference::gpuValue(const FieldInfo& field, std::uint32_t node, int gpu) const {
    const std::uint32_t row = m_site.firstRow(node) + static_cast<std::uint32_t>(gpu);
    if (field.id == FieldId::gpuIndex) return {Value::Kind::number, {}, gpu, gpu};
    if (!live()) return {};
    const std::int64_t value = m_site.value(field.metric, row);
    if (field.metric == Metric::lease) {
        if (value == 0) return {Value::Kind::none};
        const LeaseInfo* lease = value < 0 ? nullptr : m_site.lease(static_cast<std::uint32_t>(value));
        if (!lease) return {};
        if (field.id == FieldId::ends) return lease->untilWallMs == 0 ? Value{Value::Kind::none} : Value{Value::Kind::number, {}, lease->untilWallMs, lease->untilWallMs};
        const std::string& text = field.id == FieldId::lease ? lease->id : lease->tenant;
        return text.empty() ? Value{} : Value{Value::Kind::text, text};
    }
    if (field.metric == Metric::occupancy) return value <= 0 ? Value{} : Value{Value::Kind::text, std::string(toString(static_cast<Occupancy>(value)))};
    if (m_site.facts(node).link != Link::connected || value < 0) return {};
    if (field.metric == Metric::health) return static_cast<Health>(value) == Health::unknown ? Value{} : Value{Value::Kind::text, std::string(toString(static_cast<Health>(value)))};
    return {Value::Kind::number, {}, value, value};
}

QueryReference::Value QueryReference::nodeValue(const FieldInfo& field, std::uint32_t node) const {
    const auto text = [](std::string_view value) { return value.empty() || value == "unknown" ? Value{} : Value{Value::Kind::text, wordOf(value)}; };
    const auto plain = [](std::string_view value) { return value.empty() ? Value{} : Value{Value::Kind::text, std::string(value)}; };
    const NodeFacts facts = m_site.facts(node);
    switch (field.id) {
    case FieldId::site: return plain(m_site.site());
    case FieldId::hall: return plain(m_site.hall(node));
    case FieldId::row: return plain(m_site.row(node));
    case FieldId::rack: return plain(m_site.rack(node));
    case FieldId::node: return plain(m_site.nodeName(node));
    case FieldId::model: return plain(m_site.model(node));
    case FieldId::driver: return plain(m_site.driver(node));
    case FieldId::leaf: return plain(m_site.leaf(node));
    case FieldId::pdu: return plain(m_site.pdu(node));
    case FieldId::unit: return m_site.unit(node) == 0 ? Value{} : Value{Value::Kind::number, {}, m_site.unit(node), m_site.unit(node)};
    case FieldId::source: return text(toString(m_site.source(node)));
    case FieldId::stale: return text(live() && facts.link == Link::connected ? "no" : "yes");
    default: break;
    }
    if (!live()) return {};
    switch (field.id) {
    case FieldId::state: return text(toString(facts.state));
    case FieldId::service: return text(toString(facts.service));
    case FieldId::occupancy: return text(toString(facts.occupancy));
    case FieldId::health: return text(toString(facts.health));
    case FieldId::link: return text(toString(facts.link));
    case FieldId::prio: {
        const int priority = priorityOf(facts);
        if (facts.health == Health::unknown && facts.link != Link::lost && priority != 1) return {};
        return priority == 0 ? Value{Value::Kind::none} : Value{Value::Kind::number, {}, priority, priority};
    }
    case FieldId::age: {
        if (facts.link == Link::connected) return {Value::Kind::number, {}, 0, kAgentLateAfterMs - 1};
        const std::int64_t age = m_nowWallMs - m_site.lastSeenWallMs(node);
        return {Value::Kind::number, {}, age, age};
    }
    default: return {};
    }
}

} // namespace busbar::test
