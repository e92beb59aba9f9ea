// The query language of console.md §3 over fleet snapshots: text → parsed query or a located error; query + snapshot → nodes in order.
// The same engine serves the console's query bar, tables and heatmap, and the controller's filters (rows.h). Any input gives a query or
// an error. Pure functions over immutable values: any thread; run() can be cancelled from another one.
//
// What the language means where console.md leaves it open:
//  - Tests have three outcomes: yes, no, unknown (Kleene's logic: `and` is the least, `or` the most of its sides, `not` swaps yes and no).
//    A node whose outcome is unknown is left out and counted. `has:`, `stale:` and the value `unknown` of a closed set always decide.
//  - "Known to be none" is not unknown: a free GPU has no lease, so lease:* is no and lease!=x is yes.
//  - At a site whose link is not live, only who and where its nodes are stays known (names, places, model, driver, source). At a node whose
//    agent is late or lost the values of its GPUs and its health are unknown; state, service, occupancy and link are the controller's own.
//  - gpu.* outside a quantifier asks whether any GPU passes the whole test, != included. lease, tenant and ends ask whether any GPU of the
//    node is under such a lease, and != is the negation of that. Inside a quantifier they, health and occupancy are those of each GPU.
//    A node without a readable GPU is unknown to every test of GPUs.
//  - `:` and `=` compare whole values without regard to case; model, driver, fw and image match whole words of the value ("model:H100").
//    `node` takes the name or site/name.
//  - Fields of the grammar that Busbar has no data for yet are unknown for every node.
#pragma once

#include "base/status.h"
#include "store/fleet_snapshot.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace busbar::query {

/// Longest text taken, in bytes; longer ones are an error.
inline constexpr std::size_t kMaxQueryBytes = 4096;
/// Deepest nesting of parentheses, quantifiers and saved queries.
inline constexpr int kMaxDepth = 32;

/// Bytes [begin, end) of the text; never in the middle of a character.
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
    bool operator==(const Token&) const = default;
};

class Query; ///< parsed and checked; immutable
using QueryPtr = std::shared_ptr<const Query>;

/// Text of saved queries by name, for "@name". Only their condition counts: `at` and stages are the asking query's own.
using SavedQueries = std::map<std::string, std::string, std::less<>>;

struct Parsed {
    QueryPtr query;             ///< nullptr with an error; the empty text is the query that matches all
    std::optional<Error> error;
    std::vector<Token> tokens;  ///< of the whole text, in order, without gaps but blanks, for colouring
};
Parsed parse(std::string_view text, const SavedQueries& saved = {});

/// Canonical text: parse(print(q)) is the same query.
std::string print(const Query& query);

/// A part of the query that can be taken away by itself.
struct Chip {
    std::string text;    ///< canonical: "gpu.temp>80C"; "sort -since"
    std::string label;   ///< the same for people; says what the text does not: "any gpu: gpu.temp>80C"
    std::string without; ///< canonical text of the query without it
};
/// The parts joined by "and" at the top, then `at`, then each stage.
std::vector<Chip> chips(const Query& query);

/// What of a query is not a condition.
struct Shape {
    std::string sortField; ///< of the last sort stage, or of a `top` after it; empty: none
    bool descending = false;
    std::string groupField;
    std::vector<std::string> columns; ///< of `cols`; empty: the view's own
    bool past = false;                ///< has `at`
};
Shape shapeOf(const Query& query);

/// `field:value` as it must be written, quoted where needed; `exclude`: with "-" before it. The field must exist.
std::string termOf(std::string_view field, std::string_view value, bool exclude = false);
/// `text` with `term` joined to its condition by "and", before `at` and stages; `text` must parse.
std::string joined(std::string_view text, std::string_view term, const SavedQueries& saved = {});

struct Result {
    std::vector<store::RowRef> nodes; ///< matches: RowRef::row is the node's index; in the query's order, else site and node order
    struct Group {
        std::string label; ///< "?" for unknown
        std::uint32_t first = 0, count = 0;
    };
    std::vector<Group> groups;        ///< runs of `nodes`, with a group stage only
    std::uint64_t total = 0;          ///< nodes looked at
    std::uint64_t unknown = 0;        ///< nodes neither matched nor refused: a value is missing or stale
    double milliseconds = 0;
    std::vector<std::uint64_t> sequenceOfSites; ///< epoch of each site: RowRefs are valid with these only
};

/// `sortField` (a field's name, "-" before it for descending) is used when the query has no sort stage; empty: natural order.
/// Numbers of GPUs sort by the node's largest; unknown values come last in either direction, and `top` leaves them out and counts them.
/// Cancelled → absl::CancelledError. `at` → Unimplemented: no past is recorded yet.
StatusOr<Result> run(const store::FleetSnapshot& fleet, const Query& query, std::int64_t nowWallMs, const std::string& sortField = {}, const std::atomic<bool>* cancel = nullptr);

/// Outcome for each node of each site, without order and stages.
enum class Outcome : std::uint8_t { no, unknown, yes };
StatusOr<std::vector<std::vector<Outcome>>> match(const store::FleetSnapshot& fleet, const Query& query, std::int64_t nowWallMs, const std::atomic<bool>* cancel = nullptr);

} // namespace busbar::query
