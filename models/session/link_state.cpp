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

std::string actionTrouble(const std::string& site, const Status& failure, std::size_t unreadable, const std::string& firstWhy) {
    if (!failure.ok()) return fmt::format("What is shown of the actions of {} may be old: the stream of them ended ({}); it is tried again at least every {} s", site, sentenceOf(failure), kMaxActionPauseMs / 1000);
    if (unreadable == 0) return {};
    return fmt::format("{} of {} cannot be shown as {}: {}", unreadable == 1 ? "1 action" : fmt::format("{} actions", unreadable), site, unreadable == 1 ? "it is now" : "they are now", firstWhy);
}

} // namespace busbar::session
