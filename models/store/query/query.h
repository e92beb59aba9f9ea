// The query language of console.md §3 over fleet snapshots: text → parsed query or a located error; query + snapshot → nodes in order.
// The same engine serves the console's query bar, tables and heatmap, and the controller's filters. Any input gives a query or an error.
// Pure functions over immutable values: any thread; run() can be cancelled from another one.
#pragma once

#include "base/status.h"
#include "store/fleet_snapshot.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace busbar::query {

/// Longest text taken, in bytes; longer ones are an error.
inline constexpr std::size_t kMaxQueryBytes = 4096;

/// Bytes [begin, end) of the text.
struct Span {
    std::size_t begin = 0, end = 0;
    bool operator==(const Span&) const = default;
};

struct Error {
    Span span;
    std::string sentence;    ///< what, where and the nearest fix
    std::string replacement; ///< text for the span that would be right; empty: none known
    bool incomplete = false; ///< the text ends too early ("health:"): not wrong yet
};

enum class TokenKind : std::uint8_t { field, op, value, word, keyword, punctuation, bad };
struct Token {
    Span span;
    TokenKind kind = TokenKind::word;
};

class Query; ///< parsed and checked; immutable
using QueryPtr = std::shared_ptr<const Query>;

struct Parsed {
    QueryPtr query;             ///< nullptr with an error; the empty text is the query that matches all
    std::optional<Error> error;
    std::vector<Token> tokens;  ///< of the whole text, in order, for colouring
};
Parsed parse(std::string_view text);

/// Canonical text: parse(print(q)) is the same query.
std::string print(const Query& query);
/// Canonical text of each part joined by "and" at the top: the chips. Stages ("sort …") are parts of their own.
std::vector<std::string> chips(const Query& query);

struct Result {
    std::vector<store::RowRef> nodes; ///< matches: RowRef::row is the node's index; in the query's order, else site and node order
    std::uint64_t total = 0;          ///< nodes looked at
    std::uint64_t unknown = 0;        ///< nodes neither matched nor refused: a value is missing or stale
    double milliseconds = 0;
    std::vector<std::uint64_t> sequenceOfSites; ///< epoch of each site: RowRefs are valid with these only
};

/// `sortField` (a field's name, "-" before it for descending) is used when the query has no sort stage; empty: natural order.
/// Cancelled → absl::CancelledError.
StatusOr<Result> run(const store::FleetSnapshot& fleet, const Query& query, std::int64_t nowWallMs, const std::string& sortField = {}, const std::atomic<bool>* cancel = nullptr);

} // namespace busbar::query
