#include "transport/evidence_json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <ctime>

namespace busbar::transport {
namespace {

template <typename T>
Json listOf(const std::vector<T>& values) {
    Json list = Json::array();
    for (const T& value : values) list.push_back(jsonOf(value));
    return list;
}

} // namespace

std::string isoTime(std::int64_t wallMs) {
    const std::time_t seconds = wallMs / 1000;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, wallMs % 1000);
}

Json jsonTime(std::int64_t wallMs) { return wallMs == 0 ? Json(nullptr) : Json(isoTime(wallMs)); }
Json textOrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json jsonOf(const Evidence& evidence) {
    return {{"subject", evidence.subject}, {"fact", evidence.fact},     {"before", evidence.before}, {"after", evidence.after},           {"expected", evidence.expected},
            {"unit", evidence.unit},       {"source", evidence.source}, {"verdict", toString(evidence.verdict)}, {"read", jsonTime(evidence.readWallMs)}};
}

Json jsonOf(const TestFigure& figure) {
    const bool judged = figure.rule != TestFigure::Rule::none, ranked = figure.fleetCount > 0;
    return {{"subject", figure.subject},
            {"name", figure.name},
            {"value", figure.value},
            {"unit", figure.unit},
            {"rule", judged ? Json(figure.rule == TestFigure::Rule::atLeast ? "at least" : "at most") : Json(nullptr)},
            {"threshold", judged ? Json(figure.threshold) : Json(nullptr)},
            {"threshold_source", textOrNull(figure.thresholdSource)},
            {"passed", judged ? Json(figure.passed()) : Json(nullptr)},
            {"fleet_median", ranked ? Json(figure.fleetMedian) : Json(nullptr)},
            {"fleet_rank", ranked ? Json(figure.fleetRank) : Json(nullptr)},
            {"fleet_count", ranked ? Json(figure.fleetCount) : Json(nullptr)}};
}

Json jsonOf(const Blocker& blocker) {
    return {{"pid", blocker.pid == 0 ? Json(nullptr) : Json(blocker.pid)},
            {"user", blocker.user},
            {"command", blocker.command},
            {"lease", textOrNull(blocker.lease)},
            {"gpu_uuid", textOrNull(blocker.gpuUuid)},
            {"memory_mib", blocker.memoryMib < 0 ? Json(nullptr) : Json(blocker.memoryMib)},
            {"age_ms", blocker.ageMs < 0 ? Json(nullptr) : Json(blocker.ageMs)},
            {"note", textOrNull(blocker.note)}};
}

Json jsonOf(const std::vector<Evidence>& evidence) { return listOf(evidence); }
Json jsonOf(const std::vector<TestFigure>& figures) { return listOf(figures); }
Json jsonOf(const std::vector<Blocker>& blockers) { return listOf(blockers); }

} // namespace busbar::transport
