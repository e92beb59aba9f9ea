// What a heatmap's colour means: which metric, on which scale, what its worst is, and how a stored value becomes an index of the
// 256-colour table. Values on the scale are indices 0..kRampTop; what is no value has indices of its own, which are no colour of the ramp.
// Immutable tables; GUI thread by habit, any by construction.
#pragma once

#include "domain/metric.h"
#include "store/fleet_snapshot.h"

#include <QString>

#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

namespace busbar::controls {

enum class Fill : std::uint8_t { utilisation, power, temperature, memory, health };
inline constexpr std::array<Fill, 5> kFills{Fill::utilisation, Fill::power, Fill::temperature, Fill::memory, Fill::health};

/// Indices above the ramp.
namespace heat {
inline constexpr std::uint8_t kTop = 100;         ///< kRampTop of theme.h
inline constexpr std::uint8_t kGround = 101;      ///< between cells
inline constexpr std::uint8_t kNotRead = 102;     ///< hatched
inline constexpr std::uint8_t kNotReadLine = 103;
inline constexpr std::uint8_t kNotSupported = 104; ///< dotted
inline constexpr std::uint8_t kDot = 105;
inline constexpr std::uint8_t kAbsentLine = 106;  ///< outline of a node without GPUs
inline constexpr std::uint8_t kStaleLine = 107;   ///< hatch over last known values
inline constexpr std::uint8_t kDim = 128;         ///< added to an index of the ramp: not matched, out of range, stale

constexpr bool isValue(std::uint8_t index) { return (index & (kDim - 1)) <= kTop; }
constexpr std::uint8_t dimmed(std::uint8_t index) { return isValue(index) ? index | kDim : index; }
} // namespace heat

struct FillInfo {
    Metric metric = Metric::unknown;
    Metric fallback = Metric::unknown; ///< where the device lacks `metric`
    QString key;                       ///< "SM active %": the toolbar's word
    QString title;                     ///< "SM active, %": the legend's
    QString unit;                      ///< after a number
    int low = 0, high = 100;           ///< ends of the scale; values beyond are at its ends
    bool lowIsWorst = false;
    int bins = 20;                     ///< of the legend
};
const FillInfo& infoOf(Fill fill);

/// Indices [low, high] that stay lit.
struct HeatRange {
    int low = 0, high = heat::kTop;
    bool all() const { return low <= 0 && high >= heat::kTop; }
    bool operator==(const HeatRange&) const = default;
};

/// A chunk's columns of one fill.
struct HeatColumns {
    const std::byte* value = nullptr;
    const std::byte* fallback = nullptr;
};

class HeatTable {
public:
    explicit HeatTable(Fill fill, HeatRange range = {});

    Fill fill() const { return m_fill; }
    HeatRange range() const { return m_range; }
    /// Index of the value at `position` of a chunk; columns must be those of this fill.
    std::uint8_t at(const HeatColumns& columns, std::uint32_t position) const {
        const std::uint8_t index = m_indices[raw(columns.value, position)];
        if (index != heat::kNotSupported || columns.fallback == nullptr) return index;
        return m_fallback[static_cast<std::uint8_t>(columns.fallback[position])];
    }
    /// The indices of `count` values from `position` on.
    void copy(const HeatColumns& columns, std::uint32_t position, std::uint32_t count, std::uint8_t* to) const;
    /// Of two indices the one that a cell standing for both shows: worst known value, else not read, else not supported.
    std::uint8_t worse(std::uint8_t a, std::uint8_t b) const { return m_ranks[a] >= m_ranks[b] ? a : b; }
    /// Index of a plain value, without regard to the range.
    std::uint8_t indexOf(std::int64_t value) const;
    /// The plain value at an index of the scale.
    int valueAt(int index) const;

    static HeatColumns columnsOf(Fill fill, const store::SiteSnapshot& site, std::uint32_t chunk);
    static std::uint64_t versionOf(Fill fill, const store::SiteSnapshot& site, std::uint32_t chunk);

private:
    std::uint32_t raw(const std::byte* column, std::uint32_t position) const {
        if (!m_wide) return static_cast<std::uint8_t>(column[position]);
        std::uint16_t value;
        std::memcpy(&value, column + std::size_t{position} * sizeof(value), sizeof(value));
        return value;
    }
    std::uint8_t ranged(std::uint8_t index) const;
    void makeRanks();

    Fill m_fill;
    HeatRange m_range;
    bool m_wide = false; ///< the metric has two bytes
    std::vector<std::uint8_t> m_indices, m_fallback;
    std::array<std::uint8_t, 256> m_ranks{};
};

/// Plain value of a GPU in the fill's metric, or in its fallback where the device lacks it.
std::int64_t heatValue(Fill fill, const store::SiteSnapshot& site, std::uint32_t row);
/// "91 %", "64 °C", "degraded", "not read", "not supported".
QString heatWords(Fill fill, std::int64_t value);

} // namespace busbar::controls
