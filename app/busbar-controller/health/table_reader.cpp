#include "busbar-controller/health/table_reader.h"

namespace busbar::controller {

void RowReader::fail(const std::string& what) {
    if (m_status.ok()) m_status = invalid("{}: {}", m_name, what);
}

std::string RowReader::text(const char* key, bool required) {
    m_asked.insert(key);
    const toml::node* node = m_row.get(key);
    if (node == nullptr) {
        if (required) fail(fmt::format("`{}` is missing", key));
        return {};
    }
    const auto value = node->value_exact<std::string>();
    if (!value || value->size() > 400 || (required && value->empty())) fail(fmt::format("`{}` must be a text of up to 400 bytes", key));
    return value.value_or(std::string());
}

std::int64_t RowReader::number(const char* key, std::int64_t fallback, std::int64_t min, std::int64_t max, bool required) {
    m_asked.insert(key);
    const toml::node* node = m_row.get(key);
    if (node == nullptr) {
        if (required) fail(fmt::format("`{}` is missing", key));
        return fallback;
    }
    const auto value = node->value_exact<std::int64_t>();
    if (!value || *value < min || *value > max) {
        fail(fmt::format("`{}` must be a whole number from {} to {}", key, min, max));
        return fallback;
    }
    return *value;
}

bool RowReader::flag(const char* key) {
    m_asked.insert(key);
    const toml::node* node = m_row.get(key);
    if (node == nullptr) return false;
    const auto value = node->value_exact<bool>();
    if (!value) fail(fmt::format("`{}` must be true or false", key));
    return value.value_or(false);
}

std::vector<int> RowReader::codes(const char* key, int max) {
    m_asked.insert(key);
    std::vector<int> codes;
    if (const toml::array* list = m_row[key].as_array())
        for (const toml::node& node : *list) {
            const auto code = node.value_exact<std::int64_t>();
            if (!code || *code < 1 || *code > max) fail(fmt::format("`{}` must hold whole numbers from 1 to {}", key, max));
            codes.push_back(static_cast<int>(code.value_or(0)));
        }
    if (codes.empty()) fail(fmt::format("`{}` must be a list of numbers", key));
    return codes;
}

Status RowReader::finish() {
    for (const auto& [key, node] : m_row)
        if (!m_asked.contains(key.str())) fail(fmt::format("`{}` is no key of such a row", key.str()));
    return m_status;
}

} // namespace busbar::controller
