// Where in a query the cursor stands. Internal to models/store/query; pure.
#pragma once

#include "store/query/ast.h"

#include <string>
#include <string_view>

namespace busbar::query {

struct CompletionContext {
    enum class Kind : std::uint8_t { term, value, stage, stageField, saved };
    Kind kind = Kind::term;
    Span term;                        ///< what is replaced: the word, or the test from its sign to the cursor
    bool negative = false;            ///< the term has "-" before it
    std::string head;                 ///< value: the test up to the value ("health:ok,")
    std::string prefix;               ///< what is typed of the word or value
    const FieldInfo* field = nullptr; ///< value
    Op op = Op::list;                 ///< value
};

CompletionContext contextAt(std::string_view text, std::size_t cursor, const SavedQueries& saved);

/// The query without the term at the cursor; `fallback` when that is not valid.
QueryPtr restOf(std::string_view text, const CompletionContext& context, const SavedQueries& saved, const QueryPtr& fallback);

} // namespace busbar::query
