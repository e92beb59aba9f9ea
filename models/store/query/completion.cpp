#include "store/query/completion.h"

#include "store/query/completion_context.h"
#include "store/query/completion_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace busbar::query {
namespace {

constexpr std::size_t kMaxRecent = 5;

struct Ranked {
    Suggestion suggestion;
    int fit = 1;
};

class Completer {
public:
    Completer(const store::FleetSnapshot& fleet, const CompletionRequest& request, const std::atomic<bool>* cancel)
        : m_request(request), m_context(contextAt(request.text, request.cursor, request.saved)), m_rest(restOf(request.text, m_context, request.saved, request.lastValid)),
          m_values(fleet, m_rest.get(), request.nowWallMs, cancel) {}

    Completion run() {
        m_completion.replace = m_context.term;
        m_completion.total = m_values.total();
        switch (m_context.kind) {
        case CompletionContext::Kind::value: values(); break;
        case CompletionContext::Kind::stage: stages(); break;
        case CompletionContext::Kind::stageField: stageFields(); break;
        case CompletionContext::Kind::saved: saved(); break;
        case CompletionContext::Kind::term: term(); break;
        }
        std::ranges::stable_sort(m_ranked, std::greater(), &Ranked::fit);
        for (Ranked& ranked : m_ranked)
            if (m_completion.items.size() < kMaxSuggestions) m_completion.items.push_back(std::move(ranked.suggestion));
        return std::move(m_completion);
    }

private:
    void add(Suggestion suggestion, int fit) {
        if (fit > 0) m_ranked.push_back({std::move(suggestion), fit});
    }
    std::string sign() const { return m_context.negative ? "-" : ""; }

    void values() {
        const FieldInfo& field = *m_context.field;
        m_completion.kind = SuggestionKind::value;
        m_completion.field = field.name;
        if (!SnapshotRows::consoleHas(field)) {
            m_completion.caption = fmt::format("no data for {} yet: every node is unknown", field.name);
            return;
        }
        const bool closed = !field.values.empty();
        m_completion.caption = fmt::format("values of {}{} · counts in the current result", field.name, closed ? " · closed set" : "");
        if (field.ordered()) return numbers(field);
        for (const ValueCount& value : m_values.countsOf(field)) {
            if (value.unknown && !closed) continue;
            const std::string whole = m_context.head + quotedIfNeeded(value.text, false);
            // A closed set keeps its order, from good to bad; other values come by number.
            add({SuggestionKind::value, sign() + whole, m_context.negative ? whole : "-" + whole, {}, value.count, value.unknown, value.number}, fitOf(m_context.prefix, value.text));
        }
        if (!m_context.prefix.empty() || m_context.op != Op::list) return;
        if (field.unknown >= 0) addNot(field);
        for (const auto& [name, text] : m_request.saved)
            if (text.find(field.name) != std::string::npos) addSaved(name, text, 1);
    }

    /// "health!=ok": the first value is the usual one, and what is not that is mostly looked for.
    void addNot(const FieldInfo& field) {
        const int first = field.unknown == 0 ? 1 : 0;
        const std::string text = field.name + "!=" + wordOf(field.values[static_cast<std::size_t>(first)]);
        add({SuggestionKind::value, text, {}, fmt::format("not {} (unknown stays out)", wordOf(field.values[static_cast<std::size_t>(first)])), m_values.countOf(text)}, 1);
    }

    /// Where the values of the current result lie: each with what the whole test would leave.
    void numbers(const FieldInfo& field) {
        for (const std::string& value : m_values.markersOf(field)) {
            if (!value.starts_with(m_context.prefix)) continue;
            const bool range = m_context.op == Op::list && field.type != FieldType::number;
            const std::string text = m_context.head + (range ? ".." : "") + value;
            add({SuggestionKind::value, sign() + text, m_context.negative ? text : "-" + text, {}, m_values.countOf(text)}, 1);
        }
    }

    void stages() {
        m_completion.kind = SuggestionKind::keyword;
        m_completion.caption = "stages";
        static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> all{{{"sort ", "order by a field, - before it: largest first"}, {"group ", "rows of the same value together"},
                                                                                         {"top ", "the first n, of the largest of a field"}, {"cols ", "columns of the table"}}};
        for (const auto& [text, note] : all) add({SuggestionKind::keyword, std::string(text), {}, std::string(note)}, fitOf(m_context.prefix, text));
    }

    void stageFields() {
        m_completion.kind = SuggestionKind::field;
        m_completion.caption = "fields";
        for (const FieldInfo& field : allFields())
            if (SnapshotRows::consoleHas(field)) add({SuggestionKind::field, field.name, {}, field.label}, fitOf(m_context.prefix, field.name));
    }

    void saved() {
        m_completion.kind = SuggestionKind::saved;
        m_completion.caption = "saved queries";
        for (const auto& [name, text] : m_request.saved) addSaved(name, text, fitOf(m_context.prefix, name));
    }

    void addSaved(const std::string& name, const std::string& text, int fit) {
        if (fit == 0) return;
        add({SuggestionKind::saved, sign() + "@" + name, m_context.negative ? "" : "-@" + name, text, m_values.countOf("@" + name, m_request.saved)}, fit);
    }

    void term() {
        m_completion.kind = SuggestionKind::field;
        m_completion.caption = "fields · values · names";
        const std::string& prefix = m_context.prefix;
        if (prefix.empty()) {
            recent();
            for (const auto& [name, text] : m_request.saved) addSaved(name, text, kTopFit - 1);
        }
        if (const FieldInfo* field = findField(prefix)) operators(*field);
        for (const FieldInfo& field : allFields())
            if (SnapshotRows::consoleHas(field) && !equalNoCase(field.name, prefix))
                add({SuggestionKind::field, sign() + field.name + (field.ordered() ? ">" : ":"), {}, field.label}, fitOf(prefix, field.name));
        if (prefix.size() >= 2) namesAndValues();
    }

    void recent() {
        std::size_t shown = 0;
        for (const std::string& text : m_request.recent)
            if (text != m_request.text && shown++ < kMaxRecent) add({SuggestionKind::recent, text, {}, "recent"}, kTopFit);
    }

    void operators(const FieldInfo& field) {
        m_completion.kind = SuggestionKind::op;
        m_completion.field = field.name;
        m_completion.caption = fmt::format("tests of {}", field.name);
        const auto offer = [&](std::string_view op, std::string_view note) { add({SuggestionKind::op, sign() + field.name + std::string(op), {}, std::string(note)}, kTopFit); };
        offer(":", field.ordered() ? "in a range, as " + (field.type == FieldType::number ? exampleOfRange(field) : std::string("..14d")) : "is one of");
        if (!field.ordered()) offer("!=", "is not");
        if (field.textual()) offer("~", "matches a pattern");
        if (field.ordered()) {
            offer(">", "more than");
            offer("<", "less than");
        }
        add({SuggestionKind::op, sign() + "has:" + field.name, m_context.negative ? "" : "-has:" + field.name, "a value is known", m_values.countOf("has:" + field.name)}, kTopFit - 1);
    }

    static std::string exampleOfRange(const FieldInfo& field) { return "2..8" + (field.dimension == Dimension::none ? std::string() : std::string(unitOf(field.dimension))); }

    /// Words of closed sets and the values people search by without naming the field.
    void namesAndValues() {
        const std::int64_t named = m_values.countOf(quotedIfNeeded(m_context.prefix, true));
        if (named > 0) add({SuggestionKind::name, sign() + quotedIfNeeded(m_context.prefix, true), m_context.negative ? "" : "-" + m_context.prefix, "in a name or lease", named}, 1);
        for (const std::string_view name : {"state", "service", "occupancy", "health", "link", "source", "site", "model", "tenant"}) {
            const FieldInfo& field = *findField(name);
            for (const ValueCount& value : m_values.countsOf(field)) {
                const int fit = fitOf(m_context.prefix, value.text);
                if (value.count == 0 || fit < kPartFit) continue;
                const std::string text = termOf(field.name, value.text);
                add({SuggestionKind::value, sign() + text, m_context.negative ? text : "-" + text, field.label, value.count, value.unknown}, fit - 1);
            }
        }
    }

    const CompletionRequest& m_request;
    const CompletionContext m_context;
    const QueryPtr m_rest;
    CompletionValues m_values;
    Completion m_completion;
    std::vector<Ranked> m_ranked;
};

} // namespace

int fitOf(std::string_view word, std::string_view candidate) {
    if (word.empty()) return 1;
    const std::string low = lowered(candidate), part = lowered(word);
    const std::size_t at = low.find(part);
    if (at == 0) return low.size() == part.size() ? kTopFit : kTopFit - 1;
    if (at != std::string::npos) return !std::isalnum(static_cast<unsigned char>(low[at - 1])) ? kPartFit + 1 : kPartFit;
    std::size_t next = 0;
    for (const char c : low)
        if (next < part.size() && c == part[next]) ++next;
    return next == part.size() ? 1 : 0;
}

StatusOr<Completion> complete(const store::FleetSnapshot& fleet, const CompletionRequest& request, const std::atomic<bool>* cancel) {
    const auto start = std::chrono::steady_clock::now();
    Completion completion = Completer(fleet, request, cancel).run();
    if (cancel && cancel->load(std::memory_order_relaxed)) return absl::CancelledError("the completion was cancelled");
    completion.milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    return completion;
}

} // namespace busbar::query
