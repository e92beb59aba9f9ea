#include "busbarctl/exit_code.h"

#include <algorithm>
#include <array>

namespace busbar::ctl {

Exit worse(Exit a, Exit b) {
    constexpr std::array kOrder{Exit::done, Exit::waiting, Exit::partly, Exit::unreachable, Exit::denied, Exit::failed, Exit::usage};
    return std::find(kOrder.begin(), kOrder.end(), a) < std::find(kOrder.begin(), kOrder.end(), b) ? b : a;
}

Exit exitOf(const Status& status) {
    switch (status.code()) {
    case absl::StatusCode::kOk: return Exit::done;
    case absl::StatusCode::kInvalidArgument: return Exit::usage;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded: return Exit::unreachable;
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated: return Exit::denied;
    default: return Exit::failed;
    }
}

Exit exitOf(ActionState state) {
    switch (state) {
    case ActionState::failed:
    case ActionState::cancelled:
    case ActionState::superseded: return Exit::failed;
    case ActionState::partlySucceeded:
    case ActionState::unknown:
    case ActionState::unknownState: return Exit::partly;
    case ActionState::paused:
    case ActionState::awaitingApproval: return Exit::waiting;
    default: return Exit::done;
    }
}

} // namespace busbar::ctl
