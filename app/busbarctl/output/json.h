// JSON of busbarctl; its schemas are resources/schema/*.json. Times are ISO 8601 in UTC or null. Pure functions.
#pragma once

#include "busbarctl/link/site_link.h"
#include "transport/plan_json.h"

#include <nlohmann/json_fwd.hpp>

namespace busbar::ctl {

using Json = nlohmann::ordered_json;

/// A value that was read, or why there is none: {"value":97,"unit":"%","age_ms":400} or {"missing":"not supported"}.
Json jsonOf(const GpuDetail::Value& value);
/// `full`: also inventory, processes, events and host, as `node ID` shows.
Json jsonOf(const NodeDetail& node, bool full);
Json jsonOf(const Action& action);
using transport::jsonOf;
using transport::jsonTime;

} // namespace busbar::ctl
