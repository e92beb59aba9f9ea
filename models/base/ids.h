// Names of things. A node id is `site/name`; an action id is `site/ULID` (https://github.com/ulid/spec). Thread-safe.
#pragma once

#include "base/status.h"

#include <string>
#include <string_view>

namespace busbar {

/// Longest node, site, rack … name accepted anywhere, in bytes (a DNS label has 63).
inline constexpr std::size_t kMaxNameLength = 63;

/// True for 1..63 of [A-Za-z0-9._-], starting with a letter or digit.
bool isValidName(std::string_view name);

struct NodeId {
    std::string site;
    std::string name;

    /// Parses "site/name"; the error says which part is wrong.
    static StatusOr<NodeId> parse(std::string_view text);
    std::string toString() const { return site + "/" + name; }
    bool operator==(const NodeId&) const = default;
};

/// 26 characters, sorts by the time given (wall milliseconds), then by the order in which this process made them; 79 random bits.
std::string makeUlid(std::int64_t wallMs);

/// `bytes` random bytes of getrandom(2) as lower-case hex.
std::string randomHex(std::size_t bytes);

} // namespace busbar
