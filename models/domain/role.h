// Roles and what each may do (design.md §9). Checked in the controller for every RPC, never in the GUI.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace busbar {

enum class Role : std::uint8_t { none, viewer, operator_, planner, technician, admin };
/// What an RPC needs.
enum class Right : std::uint8_t { read, drain, giveBack, release, cancel, approve, lease, provision, reset, reboot, identify, swap, force, override_, pki, policy };

std::string_view toString(Role role);
std::string_view toString(Right right);
std::optional<Role> parseRole(std::string_view text);

bool allows(Role role, Right right);
/// True if any of `roles` allows `right`.
bool allows(const std::vector<Role>& roles, Right right);

} // namespace busbar
