// Recursive descent over the grammar of console.md §3. Total: every text ends in a query or in one located error. Internal to
// models/store/query; one thread, used once.
#pragma once

#include "store/query/ast.h"
#include "store/query/scanner.h"
#include "store/query/values.h"

#include <optional>
#include <string>
#include <string_view>

namespace busbar::query {

class Parser {
public:
    Parser(std::string_view text, const SavedQueries& saved, int depth = 0) : m_scanner(text), m_saved(saved), m_depth(depth) {}
    Parsed run();

private:
    // Each answers nullopt, or false, after an error is noted.
    std::optional<Expr> readCondition();
    std::optional<Expr> readAnd();
    std::optional<Expr> readUnary();
    std::optional<Expr> readPrimary();
    std::optional<Expr> readGroup();
    std::optional<Expr> readSaved();
    std::optional<Expr> readHas();
    std::optional<Expr> readQuantified(Quantifier quantifier);
    std::optional<Expr> readCount();
    std::optional<Expr> readTest();
    std::optional<Expr> readWord();
    std::optional<Expr> quantifiedBody(Expr expr);

    bool readOperator(const FieldInfo& field, Op& op);
    bool readItems(Test& test);
    bool readItem(Test& test);
    bool readPattern(Test& test);
    bool readRawItem(Test& test, Span span);
    bool readSetItem(Test& test, Span span, Item& item);
    bool readTextItem(Test& test, Span span, Item& item);

    bool readAt(Query& query);
    bool readStages(Query& query);
    bool readStage(Query& query);
    bool readTop(Stage& stage);
    const FieldInfo* readField(std::string_view after);

    Op peekOperator(std::size_t* length) const;
    /// Lower-case word here when it can be a keyword: not followed by an operator.
    std::string peekKeyword() const;
    bool atConditionEnd() const;
    const FieldInfo* knownField(Span span);
    std::nullopt_t fail(Span span, std::string sentence, std::string replacement = {}, bool incomplete = false);
    std::nullopt_t missing(std::string what);
    // The same for readers that answer false.
    bool refuse(Span span, std::string sentence, std::string replacement = {}, bool incomplete = false);
    bool lacks(std::string what);
    bool refuseValue(Span span, const ValueError& error);
    bool endsText(Span span) const { return span.end == m_scanner.text().size(); }

    Scanner m_scanner;
    const SavedQueries& m_saved;
    int m_depth;
    bool m_inQuantifier = false;
    std::optional<Error> m_error;
};

} // namespace busbar::query
