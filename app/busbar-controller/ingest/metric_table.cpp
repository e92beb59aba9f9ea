#include "busbar-controller/ingest/metric_table.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace busbar::controller {
namespace {

template <typename Word>
Word toWord(std::int64_t value) {
    constexpr Word kTop = std::numeric_limits<Word>::max();
    if (value == kNotSupported) return kTop;
    if (value < 0) return kTop - 1;
    if (static_cast<std::uint64_t>(value) >= kTop - 1) return kTop - 1;
    return static_cast<Word>(value);
}

template <typename Word>
std::int64_t fromWord(Word word) {
    constexpr Word kTop = std::numeric_limits<Word>::max();
    if (word == kTop) return kNotSupported;
    if (word == kTop - 1) return kNotRead;
    return static_cast<std::int64_t>(word);
}

template <typename Word>
bool writeRun(std::byte* at, std::uint32_t* stamps, std::span<const std::int64_t> values, std::uint32_t stamp) {
    bool changed = false;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const Word now = toWord<Word>(values[i]);
        Word was;
        std::memcpy(&was, at + i * sizeof(Word), sizeof(Word));
        if (was == now) continue;
        std::memcpy(at + i * sizeof(Word), &now, sizeof(Word));
        stamps[i] = stamp;
        changed = true;
    }
    return changed;
}

template <typename Word>
std::int64_t readOne(const std::byte* at) {
    Word word;
    std::memcpy(&word, at, sizeof(Word));
    return fromWord(word);
}

/// Bytes of `count` values kNotRead: all ones but the lowest bit of each little-endian word.
void fillNotRead(std::byte* at, std::size_t count, std::size_t width) {
    std::memset(at, 0xff, count * width);
    for (std::size_t i = 0; i < count; ++i) at[i * width] = std::byte{0xfe};
}

std::size_t widthOf(Metric metric) { return static_cast<std::size_t>(infoOf(metric).wireBytes); }

} // namespace

void MetricTable::append(std::uint32_t count, std::uint32_t stamp) { replaceRun(m_rows, 0, count, stamp); }

void MetricTable::replaceRun(std::uint32_t first, std::uint32_t oldCount, std::uint32_t newCount, std::uint32_t stamp) {
    m_rows = m_rows - oldCount + newCount;
    for (const MetricInfo& info : allMetrics()) {
        Column& to = column(info.metric);
        const std::size_t width = widthOf(info.metric);
        const auto valueAt = to.values.begin() + static_cast<std::ptrdiff_t>(first * width);
        const auto after = to.values.erase(valueAt, valueAt + static_cast<std::ptrdiff_t>(oldCount * width));
        const auto added = to.values.insert(after, newCount * width, std::byte{});
        if (newCount > 0) fillNotRead(&*added, newCount, width);
        const auto stampAt = to.stamps.begin() + first;
        to.stamps.insert(to.stamps.erase(stampAt, stampAt + oldCount), newCount, stamp);
        to.blockStamps.resize((m_rows + kStampBlockRows - 1) / kStampBlockRows);
        // Moved rows carry their stamps into other blocks; a block's stamp may be too new, never too old.
        std::fill(to.blockStamps.begin() + first / kStampBlockRows, to.blockStamps.end(), stamp);
    }
}

bool MetricTable::setRun(Metric metric, std::uint32_t first, std::span<const std::int64_t> values, std::uint32_t stamp) {
    if (values.empty() || first + values.size() > m_rows) return false;
    Column& to = column(metric);
    const std::size_t width = widthOf(metric);
    std::byte* at = to.values.data() + first * width;
    std::uint32_t* stamps = to.stamps.data() + first;
    bool changed = false;
    switch (width) {
    case 1: changed = writeRun<std::uint8_t>(at, stamps, values, stamp); break;
    case 2: changed = writeRun<std::uint16_t>(at, stamps, values, stamp); break;
    case 4: changed = writeRun<std::uint32_t>(at, stamps, values, stamp); break;
    default: changed = writeRun<std::uint64_t>(at, stamps, values, stamp); break;
    }
    if (changed) {
        const std::size_t last = (first + values.size() - 1) / kStampBlockRows;
        for (std::size_t block = first / kStampBlockRows; block <= last; ++block) to.blockStamps[block] = stamp;
    }
    return changed;
}

std::int64_t MetricTable::get(Metric metric, std::uint32_t row) const {
    if (row >= m_rows) return kNotRead;
    const std::size_t width = widthOf(metric);
    const std::byte* at = column(metric).values.data() + row * width;
    switch (width) {
    case 1: return readOne<std::uint8_t>(at);
    case 2: return readOne<std::uint16_t>(at);
    case 4: return readOne<std::uint32_t>(at);
    default: return readOne<std::uint64_t>(at);
    }
}

std::span<const std::byte> MetricTable::bytes(Metric metric, std::uint32_t first, std::uint32_t count) const {
    const std::size_t width = widthOf(metric);
    return std::span(column(metric).values).subspan(first * width, count * width);
}

void MetricTable::changedRows(Metric metric, std::uint32_t since, std::uint32_t first, std::uint32_t last,
                              std::vector<std::uint32_t>& rows) const {
    const Column& from = column(metric);
    for (std::uint32_t block = first / kStampBlockRows; block * kStampBlockRows < last; ++block) {
        if (from.blockStamps[block] <= since) continue;
        const std::uint32_t end = std::min(last, (block + 1) * kStampBlockRows);
        for (std::uint32_t row = std::max(first, block * kStampBlockRows); row < end; ++row)
            if (from.stamps[row] > since) rows.push_back(row);
    }
}

bool MetricTable::changed(Metric metric, std::uint32_t since, std::uint32_t first, std::uint32_t last) const {
    const Column& from = column(metric);
    for (std::uint32_t row = first; row < last; ++row)
        if (from.stamps[row] > since) return true;
    return false;
}

} // namespace busbar::controller
