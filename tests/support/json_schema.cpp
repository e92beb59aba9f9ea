#include "tests/support/json_schema.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <regex>
#include <string_view>

namespace busbar::test {
namespace {

using nlohmann::json;
using Faults = std::vector<std::string>;

constexpr std::array<std::string_view, 17> kKnown{"$schema", "$id",  "$defs", "$ref",     "title",      "description",          "type",    "enum",   "const",
                                                  "items",   "oneOf", "minimum", "maximum", "pattern",    "required", "properties", "additionalProperties"};

bool hasType(const json& value, const std::string& type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_boolean();
    if (type == "null") return value.is_null();
    if (type == "integer") return value.is_number_integer();
    return type == "number" && value.is_number();
}

bool fitsType(const json& types, const json& value) {
    if (types.is_string()) return hasType(value, types.get<std::string>());
    return std::any_of(types.begin(), types.end(), [&](const json& type) { return hasType(value, type.get<std::string>()); });
}

std::string shown(const json& value) {
    std::string text = value.dump();
    return text.size() <= 80 ? text : text.substr(0, 80) + "…";
}

} // namespace

Faults JsonSchema::check(const std::string& file, const json& value) {
    Faults faults;
    if (const json* const schema = load(file, faults)) apply(*schema, value, {file, ""}, faults);
    return faults;
}

const json* JsonSchema::load(const std::string& file, Faults& faults) {
    if (const auto found = m_files.find(file); found != m_files.end()) return &found->second;
    std::ifstream stream(m_folder + "/" + file);
    json schema = json::parse(stream, nullptr, false);
    if (schema.is_discarded()) {
        faults.push_back("schema " + file + " is missing or no JSON");
        return nullptr;
    }
    return &(m_files[file] = std::move(schema));
}

void JsonSchema::apply(const json& schema, const json& value, const Place& at, Faults& faults) {
    if (schema.is_boolean()) {
        if (!schema.get<bool>()) faults.push_back(at.pointer + ": is not allowed here");
        return;
    }
    for (const auto& [keyword, rule] : schema.items())
        if (std::find(kKnown.begin(), kKnown.end(), keyword) == kKnown.end()) faults.push_back("schema " + at.file + ": keyword " + keyword + " is not known");
    if (schema.contains("$ref")) follow(schema["$ref"].get<std::string>(), value, at, faults);
    if (schema.contains("type") && !fitsType(schema["type"], value)) {
        faults.push_back(at.pointer + ": " + shown(value) + " is not of type " + schema["type"].dump());
        return;
    }
    if (schema.contains("enum") && std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end())
        faults.push_back(at.pointer + ": " + shown(value) + " is none of " + schema["enum"].dump());
    if (schema.contains("const") && schema["const"] != value) faults.push_back(at.pointer + ": " + shown(value) + " is not " + schema["const"].dump());
    if (schema.contains("pattern") && value.is_string() && !std::regex_search(value.get<std::string>(), std::regex(schema["pattern"].get<std::string>())))
        faults.push_back(at.pointer + ": " + shown(value) + " does not match " + schema["pattern"].dump());
    if (value.is_number()) checkNumber(schema, value, at, faults);
    if (value.is_object()) checkObject(schema, value, at, faults);
    if (value.is_array() && schema.contains("items"))
        for (std::size_t i = 0; i < value.size(); ++i) apply(schema["items"], value[i], {at.file, at.pointer + "/" + std::to_string(i)}, faults);
    if (schema.contains("oneOf")) checkOneOf(schema, value, at, faults);
}

void JsonSchema::checkNumber(const json& schema, const json& value, const Place& at, Faults& faults) {
    if (schema.contains("minimum") && value < schema["minimum"]) faults.push_back(at.pointer + ": " + shown(value) + " is below " + schema["minimum"].dump());
    if (schema.contains("maximum") && value > schema["maximum"]) faults.push_back(at.pointer + ": " + shown(value) + " is above " + schema["maximum"].dump());
}

void JsonSchema::checkObject(const json& schema, const json& value, const Place& at, Faults& faults) {
    if (schema.contains("required"))
        for (const json& name : schema["required"])
            if (!value.contains(name.get<std::string>())) faults.push_back(at.pointer + ": " + name.dump() + " is missing");
    const json none = json::object();
    const json& properties = schema.contains("properties") ? schema["properties"] : none;
    for (const auto& [name, member] : value.items()) {
        const Place there{at.file, at.pointer + "/" + name};
        if (properties.contains(name)) apply(properties[name], member, there, faults);
        else if (schema.contains("additionalProperties")) apply(schema["additionalProperties"], member, there, faults);
    }
}

void JsonSchema::checkOneOf(const json& schema, const json& value, const Place& at, Faults& faults) {
    std::size_t fitting = 0;
    std::string why;
    for (const json& choice : schema["oneOf"]) {
        Faults here;
        apply(choice, value, at, here);
        fitting += here.empty() ? 1 : 0;
        if (!here.empty()) why += " [" + here.front() + "]";
    }
    if (fitting != 1) faults.push_back(at.pointer + ": " + shown(value) + " fits " + std::to_string(fitting) + " of the choices, not one:" + why);
}

void JsonSchema::follow(const std::string& reference, const json& value, const Place& at, Faults& faults) {
    const auto hash = reference.find('#');
    const std::string file = reference.substr(0, hash).empty() ? at.file : reference.substr(0, hash);
    const json* schema = load(file, faults);
    if (schema == nullptr) return;
    if (hash != std::string::npos) {
        const json::json_pointer pointer(reference.substr(hash + 1));
        if (!schema->contains(pointer)) return faults.push_back("schema " + at.file + ": there is no " + reference);
        schema = &(*schema)[pointer];
    }
    apply(*schema, value, {file, at.pointer}, faults);
}

} // namespace busbar::test
