// What can be typed at the cursor of a query: fields, operators and values, each value with the number of nodes it would leave of the
// current result. Pure; slow enough (milliseconds at a million GPUs) to be called off the GUI thread; can be cancelled.
#pragma once

#include "store/query/query.h"

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace busbar::query {

/// Most suggestions answered.
inline constexpr std::size_t kMaxSuggestions = 40;

enum class SuggestionKind : std::uint8_t { field, op, value, keyword, saved, recent, name };

struct Suggestion {
    SuggestionKind kind = SuggestionKind::field;
    std::string text;        ///< for Completion::replace; recent: for the whole text
    std::string exclude;     ///< the same, negated; empty: cannot be
    std::string note;        ///< words beside it: "GPU model", "not ok (unknown stays out)"
    std::int64_t count = -1; ///< nodes; -1 not counted
    bool unknown = false;    ///< counts nodes whose value is not known: shown as "+9"
    int fact = -1;           ///< number of the value in the closed set of `field`
};

struct Completion {
    Span replace;                    ///< bytes of the text that a suggestion stands for
    SuggestionKind kind = SuggestionKind::field; ///< what is asked for at the cursor
    std::string field;               ///< of values and operators
    std::string caption;             ///< "values of health · closed set · counts in the current result"
    std::uint64_t total = 0;         ///< nodes that the counts are out of
    std::vector<Suggestion> items;   ///< best first
    double milliseconds = 0;
};

struct CompletionRequest {
    std::string text;
    std::size_t cursor = 0;           ///< bytes
    SavedQueries saved;
    std::vector<std::string> recent;  ///< newest first
    QueryPtr lastValid;               ///< the current result when the rest of the text is not valid by itself; nullptr: all
    std::int64_t nowWallMs = 0;
};

/// Cancelled → absl::CancelledError.
StatusOr<Completion> complete(const store::FleetSnapshot& fleet, const CompletionRequest& request, const std::atomic<bool>* cancel = nullptr);

/// How well `word` fits `candidate`, both in any case: 0 not at all; more for a start, the start of a part, a part, letters in their order.
int fitOf(std::string_view word, std::string_view candidate);

} // namespace busbar::query
