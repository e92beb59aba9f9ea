// Reads one row of a TOML table strictly: unknown keys, wrong types and values out of range are refused with the row's name. Not thread-safe.
#pragma once

#include "base/status.h"

#include <toml++/toml.h>

#include <cstdint>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace busbar::controller {

class RowReader {
public:
    RowReader(const toml::table& row, std::string name) : m_row(row), m_name(std::move(name)) {}

    std::string text(const char* key, bool required);
    std::int64_t number(const char* key, std::int64_t fallback, std::int64_t min, std::int64_t max, bool required = false);
    bool flag(const char* key);
    std::vector<int> codes(const char* key, int max);
    /// The value of one of `words`; the fallback when the key is absent.
    template <typename Value>
    Value word(const char* key, std::initializer_list<std::pair<std::string_view, Value>> words, Value fallback, bool required = false) {
        const std::string text = this->text(key, required);
        if (text.empty()) return fallback;
        for (const auto& [word, value] : words)
            if (word == text) return value;
        fail(fmt::format("{} = \"{}\" is not one of its words", key, text));
        return fallback;
    }
    bool has(const char* key) const { return m_row.contains(key); }
    void fail(const std::string& what);
    /// Call last: refuses keys that nothing asked for.
    Status finish();

private:
    const toml::table& m_row;
    std::string m_name;
    std::set<std::string, std::less<>> m_asked;
    Status m_status;
};

} // namespace busbar::controller
