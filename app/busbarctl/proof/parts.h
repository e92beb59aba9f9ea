// What packaging/prove-gpu.sh left in DIR/parts: for each verb a folder with the JSON that busbarctl answered and the notes of what only the
// script saw. Pure values and one function that reads.
#pragma once

#include "base/status.h"

#include <nlohmann/json.hpp>

#include <map>
#include <string>

namespace busbar::ctl {

using Json = nlohmann::ordered_json;

struct ProofPart {
    std::map<std::string, std::string> notes; ///< the last of each key
    std::map<std::string, Json> files;        ///< "leased" → leased.json; a file that is no JSON object is left out

    std::string note(const std::string& key) const;
    /// 0 when it is not there or no number.
    std::int64_t number(const std::string& key) const;
    /// Null when it is not there.
    const Json* file(const std::string& name) const;
};

/// NotFound when there is no such folder.
StatusOr<ProofPart> readPart(const std::string& folder);

/// The member `key` when it is a text, else empty.
std::string textOf(const Json& json, const char* key);

} // namespace busbar::ctl
