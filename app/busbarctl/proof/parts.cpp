#include "busbarctl/proof/parts.h"

#include <absl/strings/numbers.h>

#include <filesystem>
#include <fstream>

namespace busbar::ctl {

namespace fs = std::filesystem;

std::string ProofPart::note(const std::string& key) const {
    const auto found = notes.find(key);
    return found == notes.end() ? std::string() : found->second;
}

std::int64_t ProofPart::number(const std::string& key) const {
    std::int64_t value = 0;
    return absl::SimpleAtoi(note(key), &value) ? value : 0;
}

const Json* ProofPart::file(const std::string& name) const {
    const auto found = files.find(name);
    return found == files.end() ? nullptr : &found->second;
}

StatusOr<ProofPart> readPart(const std::string& folder) {
    std::error_code error;
    if (!fs::is_directory(folder, error)) return notFound("no folder {}: packaging/prove-gpu.sh makes it", folder);
    ProofPart part;
    std::ifstream notes(folder + "/notes");
    for (std::string line; std::getline(notes, line);)
        if (const auto tab = line.find('\t'); tab != std::string::npos) part.notes[line.substr(0, tab)] = line.substr(tab + 1);
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
        if (entry.path().extension() != ".json") continue;
        std::ifstream text(entry.path());
        Json json = Json::parse(text, nullptr, false);
        if (json.is_object()) part.files[entry.path().stem().string()] = std::move(json);
    }
    return part;
}

std::string textOf(const Json& json, const char* key) { return json.is_object() && json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : std::string(); }

} // namespace busbar::ctl
