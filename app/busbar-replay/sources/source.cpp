#include "busbar-replay/sources/source.h"

#include <fmt/format.h>

#include <cmath>

namespace busbar::replay {
namespace {
constexpr std::uint32_t kRacksPerRow = 12;
constexpr std::uint32_t kRowsPerHall = 8;
} // namespace

double hashed(std::uint32_t seed, std::uint32_t salt) {
    std::uint32_t x = seed * 0x9E3779B9U + salt * 0x85EBCA6BU + 0x165667B1U;
    x ^= x >> 16;
    x *= 0x7FEB352DU;
    x ^= x >> 15;
    x *= 0x846CA68BU;
    x ^= x >> 16;
    return static_cast<double>(x) / 4294967296.0;
}

double wave(std::uint32_t seed, std::int64_t wallMs, double periodMs) {
    const double phase = hashed(seed, 99) * 6.283185307179586;
    const double t = std::fmod(static_cast<double>(wallMs), periodMs * 1000) / periodMs * 6.283185307179586;
    return 0.7 * std::sin(t + phase) + 0.3 * std::sin(t * 3.7 + 2 * phase);
}

Place placeOf(std::uint32_t node, int nodesPerRack) {
    const std::uint32_t rack = node / static_cast<std::uint32_t>(nodesPerRack);
    const std::uint32_t row = rack / kRacksPerRow;
    Place place;
    place.hall = fmt::format("h{}", row / kRowsPerHall + 1);
    place.row = fmt::format("{}{:02}", static_cast<char>('a' + row / kRowsPerHall), row % kRowsPerHall + 1);
    place.rack = fmt::format("{}-r{:02}", place.row, rack % kRacksPerRow + 1);
    const int height = 44 / nodesPerRack;
    place.unit = 2 + static_cast<int>(node % static_cast<std::uint32_t>(nodesPerRack)) * height;
    place.leaf = fmt::format("{}-lf{}", place.row, rack % kRacksPerRow / 6 + 1);
    place.pdu = fmt::format("{}-p{}", place.row, rack % kRacksPerRow / 3 + 1);
    return place;
}

} // namespace busbar::replay
