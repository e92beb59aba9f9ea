// Column values as they lie in memory: unsigned, of the metric's wire width, the largest value for "not supported" and the one below
// for "not read" (domain/metric.h). Pure functions.
#pragma once

#include "domain/metric.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

namespace busbar::store {

template <typename Raw>
inline constexpr Raw kRawNotSupported = std::numeric_limits<Raw>::max();
template <typename Raw>
inline constexpr Raw kRawNotRead = static_cast<Raw>(std::numeric_limits<Raw>::max() - 1);

/// Plain value of a raw one.
template <typename Raw>
constexpr std::int64_t plainOf(Raw raw) {
    if (raw == kRawNotSupported<Raw>) return kNotSupported;
    if (raw == kRawNotRead<Raw>) return kNotRead;
    return static_cast<std::int64_t>(raw);
}

/// Raw value of a plain one; whatever does not fit is "not read".
template <typename Raw>
constexpr Raw rawOf(std::int64_t plain) {
    if (plain == kNotSupported) return kRawNotSupported<Raw>;
    if (plain < 0 || static_cast<std::uint64_t>(plain) >= kRawNotRead<Raw>) return kRawNotRead<Raw>;
    return static_cast<Raw>(plain);
}

/// Calls `call` with a value of the unsigned type of `bytes` (1, 2, 4, else 8).
template <typename Call>
decltype(auto) withRawType(int bytes, Call&& call) {
    switch (bytes) {
    case 1: return call(std::uint8_t{});
    case 2: return call(std::uint16_t{});
    case 4: return call(std::uint32_t{});
    default: return call(std::uint64_t{});
    }
}

/// Plain value at `index` of a column of `bytes` wide values.
inline std::int64_t plainAt(const std::byte* column, int bytes, std::size_t index) {
    return withRawType(bytes, [&](auto type) {
        decltype(type) raw;
        std::memcpy(&raw, column + index * sizeof(raw), sizeof(raw));
        return plainOf(raw);
    });
}

} // namespace busbar::store
