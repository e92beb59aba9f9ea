// Numbers with units, durations, dates and ranges of the query language. Internal to models/store/query; pure functions.
#pragma once

#include "store/query/ast.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace busbar::query {

/// Why a value is not one, and what would be.
struct ValueError {
    std::string sentence, replacement;
    bool unfinished = false; ///< more characters could make it right
};

template <typename Value>
struct Read {
    Value value{};
    std::optional<ValueError> error;
};

/// One value of an ordered field (number, duration or moment).
Read<Bound> readBound(const FieldInfo& field, std::string_view text);
/// A value or a range "a..b", "a..", "..b".
Read<Item> readOrdered(const FieldInfo& field, std::string_view text);
/// What follows `at`: a date or "-3h".
Read<Bound> readInstant(std::string_view text);

/// Closed interval of whole numbers.
struct Interval {
    std::int64_t low = INT64_MIN, high = INT64_MAX;
};
/// The whole numbers that pass the test (negation left aside); empty intervals are left out. `nowWallMs` for moments.
std::vector<Interval> intervalsOf(const Test& test, std::int64_t nowWallMs);

/// "C"; "" for plain numbers.
std::string_view unitOf(Dimension dimension);

/// "80C": what a value of the field looks like, for error sentences.
std::string exampleOf(const FieldInfo& field);

} // namespace busbar::query
