// A small validator of JSON Schema (draft 2020-12) for tests of busbarctl's output. It knows the keywords that resources/schema uses:
// type, enum, const, required, properties, additionalProperties, items, minimum, maximum, pattern, oneOf, $ref (to "#/$defs/…" or another
// file of the folder), $defs, and the annotations $schema, $id, title, description. Any other keyword is a fault of the schema and
// reported, so that a misspelt rule never passes for a rule that holds. Not thread-safe.
#pragma once

#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <vector>

namespace busbar::test {

class JsonSchema {
public:
    /// Schemas are read from `folder` when they are needed.
    explicit JsonSchema(std::string folder) : m_folder(std::move(folder)) {}

    /// What is wrong with `value` by the schema `file` ("node.json"), one sentence each with its JSON pointer; empty: nothing.
    std::vector<std::string> check(const std::string& file, const nlohmann::json& value);

private:
    struct Place {
        std::string file;    ///< of the schema
        std::string pointer; ///< in the value
    };
    void apply(const nlohmann::json& schema, const nlohmann::json& value, const Place& at, std::vector<std::string>& faults);
    void checkObject(const nlohmann::json& schema, const nlohmann::json& value, const Place& at, std::vector<std::string>& faults);
    void checkNumber(const nlohmann::json& schema, const nlohmann::json& value, const Place& at, std::vector<std::string>& faults);
    void checkOneOf(const nlohmann::json& schema, const nlohmann::json& value, const Place& at, std::vector<std::string>& faults);
    void follow(const std::string& reference, const nlohmann::json& value, const Place& at, std::vector<std::string>& faults);
    const nlohmann::json* load(const std::string& file, std::vector<std::string>& faults);

    std::string m_folder;
    std::map<std::string, nlohmann::json> m_files;
};

} // namespace busbar::test
