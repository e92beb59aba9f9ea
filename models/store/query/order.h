// Order of a result: a 32-bit key a node, then a stable radix sort, so that sorts and groups can follow each other.
// Internal to models/store/query; one thread.
#pragma once

#include "store/query/ast.h"
#include "store/query/site_view.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace busbar::query {

/// Sorts after all others, in either direction.
inline constexpr std::uint32_t kUnknownKey = UINT32_MAX;

std::vector<std::uint32_t> keysOf(std::span<const SiteView> sites, std::span<const store::RowRef> nodes, const FieldInfo& field);

/// Puts nodes and keys into the order of the keys; equal ones stay as they are.
void sortByKeys(std::vector<store::RowRef>& nodes, std::vector<std::uint32_t>& keys, bool descending);

/// Runs of the same key in sorted nodes, labelled by the field's value.
std::vector<Result::Group> groupsOf(std::span<const SiteView> sites, std::span<const store::RowRef> nodes, std::span<const std::uint32_t> keys, const FieldInfo& field);

/// The field's value for a person and for a query ("H100", "80", "2026-12-01T14:00"); "" unknown. GPUs of several values: "several".
std::string valueText(const SiteView& rows, std::uint32_t node, const FieldInfo& field);

/// Value of a field that is not text and not rack.healthy, by which nodes are ordered; -1: unknown. GPUs: the largest; times: seconds.
std::int64_t orderValue(const SiteView& rows, std::uint32_t node, const FieldInfo& field);

/// -1, 0 or 1; numbers in names count as numbers (n2 before n10), without regard to case.
int compareNames(std::string_view a, std::string_view b);

} // namespace busbar::query
