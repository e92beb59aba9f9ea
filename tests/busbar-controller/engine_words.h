// What the tests of the engine share: words of values in the messages of failed comparisons, and requests.
#pragma once

#include "engine_world.h"

#include <QString>
#include <QTest>

#include <string>
#include <vector>

namespace busbar::controller {

template <typename Enum>
QString word(Enum value) {
    return QString::fromUtf8(toString(value).data(), static_cast<qsizetype>(toString(value).size()));
}

inline PlanRequest requestOf(Verb verb, std::vector<std::string> ids) {
    PlanRequest request;
    request.verb = verb;
    request.nodeIds = std::move(ids);
    request.details.tenant = "acme";
    request.details.profile = "quick";
    return request;
}

/// Plans and submits it; the action's id, and a failed test where it is refused.
inline std::string run(EngineWorld& world, const PlanRequest& request, const std::string& reason = "test") {
    const auto action = world.submit(world.plan(request), reason);
    if (!action.ok()) QTest::qFail(std::string(action.status().message()).c_str(), __FILE__, __LINE__);
    return action.ok() ? (*action)->id : std::string();
}
inline std::string run(EngineWorld& world, Verb verb, std::vector<std::string> ids) { return run(world, requestOf(verb, std::move(ids))); }

inline Occupancy occupancyOf(EngineWorld& world, const std::string& id) { return world.fleet.node(id)->facts.occupancy; }

} // namespace busbar::controller

#define SAME(actual, wanted) QCOMPARE(word(actual), word(wanted))
#define SAYS(text, words) QVERIFY2(std::string(text).find(words) != std::string::npos, std::string(text).c_str())
