#include "store/query/values.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

namespace busbar::query {
namespace {

constexpr double kSecondMs = 1'000, kMinuteMs = 60'000, kHourMs = 3'600'000, kDayMs = 86'400'000;
/// No measured value comes near it, and sums of two stay exact in a double.
constexpr double kLargest = 1e15;

struct Unit {
    std::string_view text;
    Dimension dimension;
    double factor;
    std::string_view measures;
};
/// The first of a dimension is its base unit.
constexpr std::array<Unit, 12> kUnits{{{"%", Dimension::percent, 1, "a share"},
                                       {"W", Dimension::power, 1, "power"},
                                       {"kW", Dimension::power, 1'000, "power"},
                                       {"C", Dimension::temperature, 1, "temperature"},
                                       {"MiB", Dimension::memory, 1, "memory"},
                                       {"GiB", Dimension::memory, 1'024, "memory"},
                                       {"Gb/s", Dimension::bandwidth, 1, "bandwidth"},
                                       {"MHz", Dimension::frequency, 1, "frequency"},
                                       {"GHz", Dimension::frequency, 1'000, "frequency"},
                                       {"J", Dimension::energy, 1, "energy"},
                                       {"kJ", Dimension::energy, 1'000, "energy"},
                                       {"h", Dimension::hours, 1, "hours"}}};
constexpr std::array<std::pair<std::string_view, double>, 4> kDurations{{{"s", kSecondMs}, {"m", kMinuteMs}, {"h", kHourMs}, {"d", kDayMs}}};

const Unit* findUnit(std::string_view text) {
    for (const Unit& unit : kUnits)
        if (equalNoCase(unit.text, text)) return &unit;
    return nullptr;
}

struct Number {
    double value = 0;
    std::string text;       ///< canonical digits
    std::string_view rest;  ///< what follows
    bool found = false;
};

Number splitNumber(std::string_view text) {
    Number number;
    std::size_t end = 0;
    if (end < text.size() && text[end] == '-') ++end;
    const std::size_t digits = end;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
    if (end == digits) return number;
    if (end + 1 < text.size() && text[end] == '.' && text[end + 1] >= '0' && text[end + 1] <= '9')
        for (++end; end < text.size() && text[end] >= '0' && text[end] <= '9';) ++end;
    const auto [parsed, code] = std::from_chars(text.data(), text.data() + end, number.value);
    if (code != std::errc() || std::abs(number.value) > kLargest) return number;
    number.text = fmt::format("{}", number.value);
    number.found = number.text.find('e') == std::string::npos;
    number.rest = text.substr(end);
    return number;
}

template <typename Value = Bound>
Read<Value> wrong(std::string sentence, std::string replacement = {}, bool unfinished = false) {
    return {{}, ValueError{std::move(sentence), std::move(replacement), unfinished}};
}

std::string fieldUnit(const FieldInfo& field) {
    const std::string_view unit = unitOf(field.dimension);
    return unit.empty() ? fmt::format("`{}` is a plain number", field.name) : fmt::format("`{}` is in {}", field.name, unit);
}

Read<Bound> readNumber(const FieldInfo& field, std::string_view text) {
    const Number number = splitNumber(text);
    if (!number.found) return wrong(fmt::format("`{}` is not a number: {}, for instance {}", text, fieldUnit(field), exampleOf(field)), {}, text == "-");
    const std::string right = number.text + std::string(unitOf(field.dimension));
    if (number.rest.empty()) return {Bound{Bound::Kind::plain, number.value, 0, right}, {}};
    const Unit* unit = findUnit(number.rest);
    if (unit && unit->dimension == field.dimension) return {Bound{Bound::Kind::plain, number.value * unit->factor, 0, number.text + std::string(unit->text)}, {}};
    if (unit) return wrong(fmt::format("`{}` measures {}; {}: write {}", unit->text, unit->measures, fieldUnit(field), right), right);
    bool unfinished = number.rest == ".";
    for (const Unit& candidate : kUnits) unfinished |= candidate.dimension == field.dimension && equalNoCase(candidate.text.substr(0, number.rest.size()), number.rest);
    return wrong(fmt::format("unknown unit `{}`; {}: write {}", number.rest, fieldUnit(field), right), right, unfinished);
}

Read<Bound> readDuration(std::string_view text, std::string_view example) {
    const Number number = splitNumber(text);
    if (!number.found) return wrong(fmt::format("`{}` is not a duration: write {}", text, example), {}, text == "-");
    for (const auto& [unit, ms] : kDurations)
        if (equalNoCase(unit, number.rest)) return {Bound{Bound::Kind::plain, number.value * ms, 0, number.text + std::string(unit)}, {}};
    if (number.rest.empty()) return wrong(fmt::format("`{}` lacks a unit: write {}s, {}m, {}h or {}d", text, number.text, number.text, number.text, number.text), {}, true);
    return wrong(fmt::format("unknown unit `{}` of time: s, m, h or d", number.rest), number.text + "d", number.rest == ".");
}

/// Two or four digits at `at`; -1: not there.
int digitsAt(std::string_view text, std::size_t at, std::size_t count) {
    if (at + count > text.size()) return -1;
    int value = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        if (text[i] < '0' || text[i] > '9') return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

/// "2026-11-23", "2026-11-23T14:32", "2026-11-23T14:32:07", with or without Z; UTC.
std::optional<Bound> readDate(std::string_view whole) {
    std::string_view text = whole;
    if (!text.empty() && (text.back() == 'Z' || text.back() == 'z') && text.size() > 10) text.remove_suffix(1);
    const int year = digitsAt(text, 0, 4), month = digitsAt(text, 5, 2), day = digitsAt(text, 8, 2);
    if (year < 1970 || month < 1 || day < 1 || text[4] != '-' || text[7] != '-') return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)), std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok()) return std::nullopt;
    Bound bound{Bound::Kind::plain, static_cast<double>(std::chrono::sys_days(date).time_since_epoch().count()) * kDayMs, kDayMs - 1, std::string(text)};
    if (text.size() == 10) return bound;
    const int hour = digitsAt(text, 11, 2), minute = digitsAt(text, 14, 2), second = text.size() > 16 ? digitsAt(text, 17, 2) : 0;
    const bool shape = (text[10] == 'T' || text[10] == 't') && (text.size() == 16 || (text.size() == 19 && text[16] == ':')) && text[13] == ':';
    if (!shape || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return std::nullopt;
    bound.value += hour * kHourMs + minute * kMinuteMs + second * kSecondMs;
    bound.width = text.size() == 16 ? kMinuteMs - 1 : kSecondMs - 1;
    bound.text[10] = 'T';
    return bound;
}

bool looksLikeDate(std::string_view text) { return text.size() >= 5 && digitsAt(text, 0, 4) >= 0 && text[4] == '-'; }

Read<Bound> readMoment(std::string_view text) {
    if (const auto date = readDate(text)) return {*date, {}};
    if (looksLikeDate(text)) return wrong(fmt::format("`{}` is not a date: write 2026-11-23 or 2026-11-23T14:00 (UTC)", text), {}, text.size() < 16);
    Read<Bound> read = readDuration(text, "14d from now or 2026-11-23 (UTC)");
    read.value.kind = Bound::Kind::fromNow;
    return read;
}

std::int64_t whole(double value) { return static_cast<std::int64_t>(value); }

Interval intervalOf(Op op, const Item& item, std::int64_t nowWallMs) {
    const auto at = [&](const Bound& bound) { return bound.value + (bound.kind == Bound::Kind::fromNow ? static_cast<double>(nowWallMs) : 0.0); };
    const double first = std::ceil(at(item.low)), last = std::floor(at(item.high) + item.high.width);
    switch (op) {
    case Op::less: return {INT64_MIN, whole(first) - 1};
    case Op::lessEqual: return {INT64_MIN, whole(last)};
    case Op::greater: return {whole(last) + 1, INT64_MAX};
    case Op::greaterEqual: return {whole(first), INT64_MAX};
    default: break;
    }
    return {item.low.kind == Bound::Kind::open ? INT64_MIN : whole(first), item.high.kind == Bound::Kind::open ? INT64_MAX : whole(last)};
}

} // namespace

std::string_view unitOf(Dimension dimension) {
    for (const Unit& unit : kUnits)
        if (unit.dimension == dimension) return unit.text;
    return "";
}

std::string exampleOf(const FieldInfo& field) {
    if (field.type == FieldType::duration) return "3d";
    if (field.type == FieldType::moment) return "..14d";
    switch (field.dimension) {
    case Dimension::percent: return "10%";
    case Dimension::power: return "650W";
    case Dimension::temperature: return "80C";
    case Dimension::memory: return "40GiB";
    case Dimension::bandwidth: return "400Gb/s";
    case Dimension::frequency: return "1200MHz";
    case Dimension::energy: return "5kJ";
    case Dimension::hours: return "48h";
    case Dimension::none: return "2";
    }
    return "2";
}

Read<Bound> readBound(const FieldInfo& field, std::string_view text) {
    if (field.type == FieldType::moment) return readMoment(text);
    return field.type == FieldType::duration ? readDuration(text, "90s, 15m, 6h or 3d") : readNumber(field, text);
}

Read<Item> readOrdered(const FieldInfo& field, std::string_view text) {
    Item item;
    const std::size_t dots = text.find("..");
    if (dots == std::string_view::npos) {
        Read<Bound> read = readBound(field, text);
        if (read.error) return {{}, read.error};
        item.kind = Item::Kind::value;
        item.low = item.high = std::move(read.value);
        return {item, {}};
    }
    item.kind = Item::Kind::range;
    for (const auto& [part, bound] : {std::pair(text.substr(0, dots), &item.low), std::pair(text.substr(dots + 2), &item.high)}) {
        if (part.empty()) continue;
        Read<Bound> read = readBound(field, part);
        if (read.error) return {{}, ValueError{read.error->sentence, {}, read.error->unfinished && bound == &item.high}};
        *bound = std::move(read.value);
    }
    if (item.low.kind == Bound::Kind::open && item.high.kind == Bound::Kind::open) return wrong<Item>(fmt::format("`..` has no end: write {}..", exampleOf(field)), {}, true);
    if (item.low.kind == item.high.kind && item.low.value > item.high.value)
        return wrong<Item>(fmt::format("the range runs backwards: write {}..{}", item.high.text, item.low.text), item.high.text + ".." + item.low.text);
    return {item, {}};
}

Read<Bound> readInstant(std::string_view text) {
    Read<Bound> read = readMoment(text);
    if (!read.error && read.value.kind == Bound::Kind::fromNow && read.value.value >= 0)
        return wrong(fmt::format("`at` looks back: write -{} or a date", read.value.text), "-" + read.value.text);
    return read;
}

std::vector<Interval> intervalsOf(const Test& test, std::int64_t nowWallMs) {
    std::vector<Interval> intervals;
    for (const Item& item : test.items)
        if (const Interval interval = intervalOf(test.op, item, nowWallMs); interval.low <= interval.high) intervals.push_back(interval);
    return intervals;
}

} // namespace busbar::query
