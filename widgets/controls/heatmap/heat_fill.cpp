#include "widgets/controls/heatmap/heat_fill.h"

#include "domain/facts.h"
#include "store/raw_values.h"

#include <algorithm>

namespace busbar::controls {

namespace {

// Scales: 700 W is the limit of an H100 or H200 SXM, 20 to 95 °C from a cold room to where GPUs throttle.
const std::array<FillInfo, kFills.size()>& table() {
    static const std::array<FillInfo, kFills.size()> infos{{
        {Metric::smActive, Metric::gpuUtil, QStringLiteral("SM active %"), QStringLiteral("SM active, %"), QStringLiteral(" %"), 0, 100, true, 20},
        {Metric::power, Metric::unknown, QStringLiteral("power"), QStringLiteral("Power, W"), QStringLiteral(" W"), 0, 700, false, 20},
        {Metric::temperature, Metric::unknown, QStringLiteral("temp"), QStringLiteral("Temperature, \u00b0C"), QStringLiteral(" \u00b0C"), 20, 95, false, 20},
        {Metric::memUsedPercent, Metric::unknown, QStringLiteral("memory"), QStringLiteral("Memory used, %"), QStringLiteral(" %"), 0, 100, false, 20},
        {Metric::health, Metric::unknown, QStringLiteral("health"), QStringLiteral("Health"), QString(), 0, 3, false, 4},
    }};
    return infos;
}

/// Health's steps on the scale: ok, watch, degraded, failed; unknown is none.
constexpr std::int64_t kHealthSteps[] = {0, -1, 1, 2, 3};

template <typename Raw>
std::vector<std::uint8_t> indicesOf(const HeatTable& heat) {
    std::vector<std::uint8_t> indices(std::size_t{std::numeric_limits<Raw>::max()} + 1);
    for (std::size_t raw = 0; raw < indices.size(); ++raw) indices[raw] = heat.indexOf(store::plainOf(static_cast<Raw>(raw)));
    return indices;
}

} // namespace

const FillInfo& infoOf(Fill fill) { return table()[static_cast<std::size_t>(fill)]; }

HeatTable::HeatTable(Fill fill, HeatRange range) : m_fill(fill), m_range(range), m_wide(busbar::infoOf(infoOf(fill).metric).wireBytes == 2) {
    m_indices = m_wide ? indicesOf<std::uint16_t>(*this) : indicesOf<std::uint8_t>(*this);
    m_fallback = indicesOf<std::uint8_t>(*this);
    for (auto* indices : {&m_indices, &m_fallback})
        for (std::uint8_t& index : *indices) index = ranged(index);
    makeRanks();
}

void HeatTable::copy(const HeatColumns& columns, std::uint32_t position, std::uint32_t count, std::uint8_t* to) const {
    for (std::uint32_t i = 0; i < count; ++i) to[i] = at(columns, position + i);
}

std::uint8_t HeatTable::ranged(std::uint8_t index) const {
    if (!heat::isValue(index) || (index >= m_range.low && index <= m_range.high)) return index;
    return heat::dimmed(index);
}

std::uint8_t HeatTable::indexOf(std::int64_t value) const {
    if (value == kNotSupported) return heat::kNotSupported;
    if (m_fill == Fill::health && value >= 0) value = value < std::ssize(kHealthSteps) ? kHealthSteps[value] : -1;
    if (value < 0) return heat::kNotRead;
    const FillInfo& info = infoOf(m_fill);
    const std::int64_t within = std::clamp<std::int64_t>(value, info.low, info.high) - info.low;
    return static_cast<std::uint8_t>((within * heat::kTop + (info.high - info.low) / 2) / (info.high - info.low));
}

int HeatTable::valueAt(int index) const {
    const FillInfo& info = infoOf(m_fill);
    return info.low + (index * (info.high - info.low) + heat::kTop / 2) / heat::kTop;
}

void HeatTable::makeRanks() {
    m_ranks[heat::kNotSupported] = 1;
    m_ranks[heat::kNotRead] = 2;
    for (int index = 0; index <= heat::kTop; ++index) {
        const int badness = infoOf(m_fill).lowIsWorst ? heat::kTop - index : index;
        m_ranks[static_cast<std::size_t>(index + heat::kDim)] = static_cast<std::uint8_t>(3 + badness);
        m_ranks[static_cast<std::size_t>(index)] = static_cast<std::uint8_t>(3 + heat::kTop + 1 + badness);
    }
    // A rack is not "ok" while the health of one of its GPUs is unknown.
    if (m_fill == Fill::health) m_ranks[heat::kNotRead] = m_ranks[0] + 1;
}

HeatColumns HeatTable::columnsOf(Fill fill, const store::SiteSnapshot& site, std::uint32_t chunk) {
    const FillInfo& info = infoOf(fill);
    HeatColumns columns{.value = site.chunk(info.metric, chunk).data()};
    if (info.fallback != Metric::unknown) columns.fallback = site.chunk(info.fallback, chunk).data();
    return columns;
}

std::uint64_t HeatTable::versionOf(Fill fill, const store::SiteSnapshot& site, std::uint32_t chunk) {
    const FillInfo& info = infoOf(fill);
    return site.chunkVersion(info.metric, chunk) + (info.fallback == Metric::unknown ? 0 : site.chunkVersion(info.fallback, chunk));
}

std::int64_t heatValue(Fill fill, const store::SiteSnapshot& site, std::uint32_t row) {
    const FillInfo& info = infoOf(fill);
    const std::int64_t value = site.value(info.metric, row);
    return value == kNotSupported && info.fallback != Metric::unknown ? site.value(info.fallback, row) : value;
}

QString heatWords(Fill fill, std::int64_t value) {
    if (value == kNotSupported) return QStringLiteral("not supported");
    if (value < 0) return QStringLiteral("not read");
    if (fill == Fill::health) {
        const auto word = toString(static_cast<Health>(value));
        return QString::fromUtf8(word.data(), static_cast<qsizetype>(word.size()));
    }
    return QString::number(value) + infoOf(fill).unit;
}

} // namespace busbar::controls
