#include "session/link_state.h"

#include "base/clock.h"

namespace busbar::session {
namespace {

using store::SiteState;

std::string because(const Status& failure) { return failure.ok() ? std::string() : fmt::format(": {}", sentenceOf(failure)); }

} // namespace

bool isRefusal(const Status& status) {
    switch (status.code()) {
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kUnimplemented: return true;
    default: return false;
    }
}

LinkVerdict judgeLink(const LinkSigns& signs) {
    if (isRefusal(signs.failure)) return {SiteState::refused, std::string(sentenceOf(signs.failure))};
    if (!signs.hasData) {
        if (signs.failure.ok() && signs.loading) return {SiteState::loading, fmt::format("loading {} from {}", signs.site, signs.address)};
        if (signs.failure.ok()) return {SiteState::connecting, fmt::format("connecting to {} at {}", signs.site, signs.address)};
        const auto state = signs.sinceHeartbeatMs >= kLostAfterMs ? SiteState::lost : SiteState::connecting;
        return {state, fmt::format("{} at {} does not answer{}", signs.site, signs.address, because(signs.failure))};
    }
    if (signs.sinceHeartbeatMs < kStaleAfterMs) return {SiteState::live, ""};
    const auto state = signs.sinceHeartbeatMs < kLostAfterMs ? SiteState::stale : SiteState::lost;
    return {state, fmt::format("{}: no heartbeat from {} since {}{}", signs.site, signs.address, formatUtc(signs.heartbeatWallMs), because(signs.failure))};
}

} // namespace busbar::session
