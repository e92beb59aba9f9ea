// A parsed query. Internal to models/store/query: others use query.h.
#pragma once

#include "store/query/field.h"
#include "store/query/query.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace re2 {
class RE2;
}

namespace busbar::query {

enum class Op : std::uint8_t { list, equal, notEqual, less, lessEqual, greater, greaterEqual, matches, notMatches };
std::string_view toString(Op op);
/// "!=" and "!~".
constexpr bool negated(Op op) { return op == Op::notEqual || op == Op::notMatches; }

/// An end of a range or a single value, in the field's base unit (W, %, C, MiB, MHz, ms); a written date covers `width` ms from its start.
struct Bound {
    enum class Kind : std::uint8_t { open, plain, fromNow };
    Kind kind = Kind::open;
    double value = 0;
    double width = 0;
    std::string text; ///< canonical
};

struct Item {
    enum class Kind : std::uint8_t { word, glob, value, range };
    Kind kind = Kind::word;
    std::string text;  ///< of word and glob
    int number = -1;   ///< of a word of a closed set
    Bound low, high;   ///< of range; value: both the same
};

struct Test {
    const FieldInfo* field = nullptr;
    Op op = Op::list;
    std::vector<Item> items; ///< one, but for lists
    std::shared_ptr<const re2::RE2> pattern; ///< of ~ and !~
};

enum class Quantifier : std::uint8_t { any, all, none, count };

struct Expr {
    enum class Kind : std::uint8_t { everything, test, has, word, quantified, all, any, negation, saved };
    Kind kind = Kind::everything;
    Test test;                 ///< test; has: only the field
    std::string text;          ///< word: the text; saved: its name
    bool glob = false;         ///< word: its `*` stand for anything, and the whole name is meant
    Quantifier quantifier = Quantifier::any;
    Op countOp = Op::greater;  ///< of count
    std::uint32_t count = 0;
    std::vector<Expr> parts;   ///< all, any: two or more; quantified, negation, saved: one
};

struct Stage {
    enum class Kind : std::uint8_t { sort, group, top, cols };
    Kind kind = Kind::sort;
    bool descending = false;
    std::uint32_t count = 0;                ///< of top
    std::vector<const FieldInfo*> fields;   ///< top: none or one; cols: one or more
};

class Query {
public:
    Expr condition;
    std::optional<Bound> at; ///< plain: ms since 1970; fromNow: negative
    std::vector<Stage> stages;
};

/// `text` as one word of the language, quoted when it has to be. `bare`: stands by itself, not after an operator.
std::string quotedIfNeeded(std::string_view text, bool bare);
std::string printCondition(const Expr& expr);
std::string printStage(const Stage& stage);

} // namespace busbar::query
