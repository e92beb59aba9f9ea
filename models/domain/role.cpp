#include "domain/role.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace busbar {
namespace {
constexpr std::array<std::string_view, 6> kRoles{"none", "viewer", "operator", "planner", "technician", "admin"};
constexpr std::array<std::string_view, 16> kRights{"read", "drain", "return", "release", "cancel", "approve", "lease", "provision", "reset", "reboot", "identify", "swap", "force", "override", "pki", "policy"};
} // namespace

std::string_view toString(Role role) { return kRoles.at(static_cast<std::size_t>(role)); }
std::string_view toString(Right right) { return kRights.at(static_cast<std::size_t>(right)); }

std::optional<Role> parseRole(std::string_view text) {
    for (std::size_t i = 1; i < kRoles.size(); ++i)
        if (kRoles[i] == text) return static_cast<Role>(i);
    return std::nullopt;
}

bool allows(Role role, Right right) {
    if (role == Role::none) return false;
    if (role == Role::admin || right == Right::read) return true;
    switch (right) {
    case Right::drain:
    case Right::giveBack:
    case Right::release:
    case Right::cancel:
    case Right::approve:
    case Right::reset:
    case Right::reboot:
    case Right::swap:
        return role == Role::operator_;
    case Right::lease:
        return role == Role::planner;
    case Right::provision:
        return role == Role::technician;
    case Right::identify:
        return role == Role::technician || role == Role::operator_;
    default:
        return false; // force, override, pki and policy are the admin's.
    }
}

bool allows(const std::vector<Role>& roles, Right right) {
    return std::any_of(roles.begin(), roles.end(), [right](Role role) { return allows(role, right); });
}

} // namespace busbar
